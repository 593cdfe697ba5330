import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gloss.describe.text import clean, cut, words_of
from tests.unit.describe.samples import any_text

FAMILY = "👩\u200d👩\u200d👧"
SPACED = st.lists(st.text(alphabet="abcé", min_size=1, max_size=12), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("short", 60, "short"),
        ("two words", 8, "two"),
        ("two words", 3, "two"),
        ("boats, nets and men", 6, "boats"),
        ("unbreakable", 4, "unbr"),
        ("old (and new)", 6, "old"),
        ("a – b", 3, "a"),
        ("東京タワーの夜景", 3, "東京タ"),
        ("สวัสดีชาวโลก", 3, "สวั"),
        ("สวัสดีชาวโลก", 2, "ส"),
        ("e\u0323\u0301e\u0323\u0301", 4, "e\u0323\u0301"),
        (f"{FAMILY}{FAMILY}", 6, FAMILY),
        (FAMILY, 3, ""),
        ("🇩🇪🇫🇷", 3, "🇩🇪"),
        ("👍🏽👍🏽", 3, "👍🏽"),
        ("\u1112\u1161\u11ab\u1112\u1161\u11ab", 4, "\u1112\u1161\u11ab"),
        ("00\u200d:0", 4, "00"),
        ("", 0, ""),
        ("word", 0, ""),
        ("((((word", 3, ""),
    ],
)
def test_cut(text: str, limit: int, expected: str) -> None:
    assert cut(text, limit) == expected


@given(SPACED, st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_a_cut_keeps_as_many_whole_words_as_fit(words: list[str], limit: int) -> None:
    fitting = [
        beginning for end in range(1, len(words) + 1) if len(beginning := " ".join(words[:end])) <= limit
    ]
    assert cut(" ".join(words), limit) == (fitting[-1] if fitting else words[0][:limit])


@given(any_text, st.integers(0, 80))
@settings(max_examples=100, deadline=None)
def test_a_cut_is_a_beginning_within_the_limit_that_splits_no_sequence(text: str, limit: int) -> None:
    cleaned = clean(text)
    beginning = cut(cleaned, limit)
    assert len(beginning) <= limit
    assert cleaned.startswith(beginning)
    assert cut(beginning, limit) == beginning
    if beginning and (rest := cleaned[len(beginning) :]):
        assert not unicodedata.combining(rest[0])
        assert not beginning.endswith("\u200d")


@given(any_text)
@settings(max_examples=60, deadline=None)
def test_cleaning_leaves_one_line_that_utf8_can_hold(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert cleaned == " ".join(cleaned.split()) == unicodedata.normalize("NFC", cleaned)
    assert clean(cleaned) == cleaned


def test_cleaning_drops_what_cannot_be_seen() -> None:
    assert clean("  a\tb\x00c\u200bd\ud800 e\u0301 ") == "a b cd é"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Müller's_Café-2", ["Müller's", "Café", "2"]),
        ("'quoted' dogs'", ["quoted", "dogs"]),
        ("प्रयागराज मेला", ["प्रयागराज", "मेला"]),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words
