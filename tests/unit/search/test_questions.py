"""Query strings of the search API."""

import pytest
from pydantic import ValidationError

from gloss.search.colours import near_hex
from gloss.search.model import Filters, micros
from gloss.search.questions import ColourQuestion, Question, TextQuestion
from gloss.search.service import Wanted


def test_an_empty_question_wants_everything() -> None:
    assert Question().wanted(None) == Wanted()


def test_every_filter_is_passed_on() -> None:
    question = TextQuestion.model_validate(
        {
            "q": " harbor ",
            "tags": ["a", "b"],
            "language": "en",
            "source": "upload",
            "createdFrom": "2026-11-01",
            "createdTo": "2026-11-20T12:00:00+01:00",
            "color": "#4682b4",
            "tolerance": "20",
            "limit": "3",
            "status": "complete",
        }
    )
    wanted = question.wanted("place")
    assert question.q == "harbor"
    assert wanted.filters == Filters(
        tags=("a", "b"),
        language="en",
        source="upload",
        created_from=micros("2026-11-01T00:00:00Z"),
        created_to=micros("2026-11-20T11:00:00Z"),
        colour=near_hex("4682b4", 20),
    )
    assert (wanted.cursor, wanted.limit, str(wanted.status)) == ("place", 3, "complete")


def test_a_colour_is_asked_for_by_its_hex() -> None:
    assert ColourQuestion.model_validate({"hex": "4682B4"}).near() == near_hex("#4682b4")


@pytest.mark.parametrize(
    "changes",
    [
        {"q": " "},
        {"q": "x" * 501},
        {"createdFrom": "yesterday"},
        {"color": "blue"},
        {"tolerance": "0"},
        {"tolerance": "nan"},
        {"limit": "101"},
        {"status": "lost"},
        {"language": "x y"},
        {"tags": ["x"] * 21},
        {"cursor": "x" * 201},
    ],
)
def test_what_has_another_form_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TextQuestion.model_validate({"q": "harbor", **changes})
