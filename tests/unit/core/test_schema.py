"""Numbers and moments that the API takes."""

from typing import Any

import pytest
from pydantic import ValidationError

from gloss.clock import iso
from gloss.schema import ApiModel, Moment, Natural, Positive
from gloss.web.problems import of_validation
from gloss.webhooks.views import WebhookRequest


class Form(ApiModel):
    count: Natural = 0
    size: Positive = 1
    at: Moment | None = None


def complaint(form: type[ApiModel], **fields: Any) -> str:
    with pytest.raises(ValidationError) as refusal:
        form.model_validate(fields)
    envelope = of_validation([dict(failure) for failure in refusal.value.errors()])
    message: str = envelope["error"]["details"]["fields"][0]["message"]
    return message


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("count", -1, "This has to be at least 0."),
        ("count", 10**40, "This has to be at most 1000000000000."),
        ("count", "1", "A whole number is needed."),
        ("count", True, "A whole number is needed."),
        ("size", 0, "This has to be at least 1."),
        ("size", 10**13, "This has to be at most 1000000000000."),
        ("at", "0001-01-01T00:00:00+14:00", "This moment lies outside the calendar."),
        ("at", "9999-12-31T23:59:59-14:00", "This moment lies outside the calendar."),
        ("at", "2026-01-01T00:00:00", "The time zone is needed."),
    ],
)
def test_what_no_store_could_hold_is_refused_in_a_sentence(field: str, value: Any, message: str) -> None:
    assert complaint(Form, **{field: value}) == message


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_ends_of_the_calendar_are_in_it(end: str) -> None:
    found = Form.model_validate({"at": end}).at
    assert found
    assert iso(found).startswith(end[:19])


@pytest.mark.parametrize(("length", "message"), [(3, "At least 16"), (300, "At most 200")])
def test_a_secret_has_characters_and_not_entries(length: int, message: str) -> None:
    found = complaint(WebhookRequest, url="https://hooks.example.com/gloss", secret="x" * length)
    assert found.startswith(message)
    assert "characters" in found
