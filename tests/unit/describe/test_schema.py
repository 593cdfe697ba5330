from typing import Any

import pytest
from pydantic import ValidationError

from gloss.describe.limits import MAX_CHARACTERS, MAX_TAGS
from gloss.describe.model import FIELDS, Usage
from gloss.describe.schema import ModelOutput, json_schema
from tests.unit.describe.samples import AI

ANSWER: dict[str, Any] = {
    "title": "Fish market in Valletta",
    "alt_text": "Photo of two women at a stall",
    "caption": "Two women sell fish.",
    "description": "Two women stand behind a wooden stall.",
    "tags": ["fish", "Fish", "market"],
    "decorative": False,
    "language": "en",
    "safety": ["weapons", "weapons"],
}


def test_an_answer_becomes_a_description_within_the_limits() -> None:
    output = ModelOutput.model_validate(
        {**ANSWER, "title": "Fish " * 40, "tags": [*ANSWER["tags"], *map(str, range(40))]}
    )
    description = output.to_description(AI, Usage(900, 100))
    assert description.metadata.alt_text == "Two women at a stall"
    assert len(description.metadata.title) <= MAX_CHARACTERS["title"]
    assert description.metadata.tags[:2] == ("fish", "market")
    assert len(description.metadata.tags) == MAX_TAGS
    assert description.provenance == dict.fromkeys(FIELDS, AI)
    assert description.safety == ("weapons",)
    assert description.usage == Usage(900, 100)


def test_a_decorative_picture_has_no_alt_text() -> None:
    description = ModelOutput.model_validate({**ANSWER, "decorative": True}).to_description(AI)
    assert description.metadata.decorative
    assert description.metadata.alt_text == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " "),
        ("caption", ""),
        ("description", "\n"),
        ("language", "English"),
        ("tags", "fish, market"),
        ("decorative", "perhaps"),
        ("safety", ["rude"]),
        ("mood", "calm"),
    ],
)
def test_an_answer_of_another_form_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        ModelOutput.model_validate({**ANSWER, field: value})


@pytest.mark.parametrize("field", ANSWER)
def test_every_field_has_to_be_there(field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        ModelOutput.model_validate({name: value for name, value in ANSWER.items() if name != field})


@pytest.mark.parametrize("text", ["", "{", '{"title": "Fish', "null", "[]"])
def test_broken_json_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        ModelOutput.model_validate_json(text)


def test_the_schema_is_strict() -> None:
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == set(schema["properties"]) == set(ANSWER)
    assert not {"maxLength", "minLength", "default"} & {
        key for part in schema["properties"].values() for key in part
    }
