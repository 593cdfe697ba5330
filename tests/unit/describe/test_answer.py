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
    assert parse_object(left, Context()) is None


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
