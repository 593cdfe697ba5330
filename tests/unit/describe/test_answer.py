import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gloss.describe.answer import parse, parse_object
from gloss.describe.model import Context
from tests.unit.describe.test_schema import ANSWER

TEXT = json.dumps(ANSWER)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"  {TEXT}\n",
        f"```json\n{TEXT}\n```",
        f"Here is the metadata you asked for:\n\n{TEXT}\n\nAnything else?",
        f"{TEXT}{TEXT}",
    ],
)
def test_the_wrapping_does_not_matter(text: str) -> None:
    output = parse(text, Context())

    assert output
    assert output.title == ANSWER["title"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"mood": "calm"}, {}),
        ({"tags": "fish, market"}, {"tags": ["fish", " market"]}),
        ({"safety": ["rude", "weapons", {"a": 1}]}, {"safety": ["weapons"]}),
        ({"safety": None}, {"safety": []}),
    ],
)
def test_what_can_be_understood_is(change: dict[str, Any], expected: dict[str, Any]) -> None:
    output = parse_object({**ANSWER, **change}, Context())

    assert output
    assert expected.items() <= output.model_dump().items()


def test_what_may_be_left_out_has_its_usual_value() -> None:
    left = {name: value for name, value in ANSWER.items() if name not in {"decorative", "safety", "language"}}

    output = parse_object(left, Context(language="pt-BR"))

    assert output
    assert (output.decorative, output.safety, output.language) == (False, [], "pt-BR")
    unnamed = parse_object(left, Context())
    assert unnamed
    assert unnamed.language == "und"


@pytest.mark.parametrize(
    ("said", "asked", "understood"),
    [
        ("English", None, "en"),
        ("Deutsch", "en", "de"),
        ("日本語", None, "ja"),
        ("thai", None, "th"),
        ("en_US", None, "en-US"),
        ("US English, mostly", "en", "en"),
        ("Klingonese", None, "und"),
        (7, "en", "en"),
        # Nobody says that a text is what it clearly is not.
        ("gibberish it is", "ja", "und"),
    ],
)
def test_a_language_may_be_named_in_other_words(said: object, asked: str | None, understood: str) -> None:
    output = parse_object({**ANSWER, "language": said}, Context(language=asked))

    assert output
    assert output.language == understood


@pytest.mark.parametrize("alt_text", ["", " \n", "\u200b"])
def test_a_picture_that_matters_without_an_alt_text_is_no_answer(alt_text: str) -> None:
    told = {**ANSWER, "alt_text": alt_text}

    assert parse_object(told, Context()) is None
    assert parse_object({**told, "decorative": True}, Context())


def test_too_few_tags_are_better_than_a_second_call() -> None:
    output = parse_object({**ANSWER, "tags": []}, Context())

    assert output
    assert output.tags == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no",
        "{",
        "[]",
        "null",
        '{"title": "A',
        "{}",
        '{"headline": "A"}',
        "[" * 5000 + '{"a":' * 5000,
        "{]",
    ],
)
def test_anything_else_is_no_answer(text: str) -> None:
    assert parse(text, Context()) is None


@pytest.mark.parametrize("safety", ["weapons", 3, {"weapons": True}])
def test_flags_of_another_form_are_no_answer(safety: object) -> None:
    assert parse_object({**ANSWER, "safety": safety}, Context()) is None


@given(st.text(max_size=80) | st.text(alphabet='{}[]",: \\antil', max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    parse(text, Context())


@given(st.integers(0, len(TEXT) - 1))
def test_a_truncated_answer_is_none(length: int) -> None:
    assert parse(TEXT[:length], Context()) is None
