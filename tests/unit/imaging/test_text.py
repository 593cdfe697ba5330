import time
import unicodedata
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gloss.imaging.inflate import inflate
from gloss.imaging.text import KEYWORD_CHARS, MAX_KEYWORDS, clean, clean_keywords, decode


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  A  boat \t ", "A boat"),
        ("a\u0308", "ä"),
        ("one\r\ntwo\u2028three", "one two three"),
        ("\x00\x07bell\x1b[31m", "bell[31m"),
        ("pay\u202efdp.exe\u2066x\u2069", "payfdp.exex"),
        ("tag\U000e0041\U000e0042", "tag"),
        ("soft\u00adhy\ufeffphen", "softhyphen"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("private\ue000use", "privateuse"),
        ("half\ud800", "half"),
        ("", None),
        (" \u200b\n\0", None),
    ],
)
def test_clean(text: str, expected: str | None) -> None:
    assert clean(text, 300) == expected


def test_lines_are_kept_where_they_are_wanted() -> None:
    assert clean("one \r\n\r\n two\u2029three", 300, lines=True) == "one\ntwo\nthree"
    assert clean("one\ntwo", 300) == "one two"


def test_the_length_is_bounded() -> None:
    assert clean("ab cd", 3) == "ab"
    assert clean("x" * 10**6, 10) == "x" * 10


def test_a_tower_of_combining_marks_costs_no_time() -> None:
    """Left alone, bringing these into their canonical order takes twelve seconds."""
    start = time.process_time()
    cleaned = clean("a" + "\u0301\u0316" * 40_000 + "b", 4000)
    assert time.process_time() - start < 1
    assert cleaned is not None
    assert cleaned[-1] == "b"
    assert len(cleaned) <= 32


@settings(deadline=None)
@given(st.text(), st.integers(1, 50))
def test_what_is_clean_is_printable_bounded_and_stays_clean(text: str, limit: int) -> None:
    cleaned = clean(text, limit, lines=True)
    if cleaned is not None:
        assert 0 < len(cleaned) <= limit
        assert not any(
            unicodedata.category(character) in ("Cc", "Cs") for character in cleaned if character != "\n"
        )
        assert clean(cleaned, limit, lines=True) == cleaned


def test_keywords_are_distinct_bounded_and_in_order() -> None:
    assert clean_keywords(["Sea", " ", "sand", "SEA", "x" * 200]) == ("Sea", "sand", "x" * KEYWORD_CHARS)
    assert len(clean_keywords([f"word {number}" for number in range(5000)])) == MAX_KEYWORDS


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("Tür".encode(), "Tür"),
        ("Tür".encode("latin-1"), "Tür"),
        (b"\x93quoted\x94\0\0", "“quoted”"),
        (b"", ""),
    ],
)
def test_decode(data: bytes, expected: str) -> None:
    assert decode(data) == expected


def test_inflate_is_bounded() -> None:
    packed = zlib.compress(bytes(1000))
    assert inflate(packed, 1000) == bytes(1000)
    assert inflate(packed, 999) is None
    assert inflate(packed[:-6], 1000) is None
    assert inflate(b"no zlib", 1000) is None
