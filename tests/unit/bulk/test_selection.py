"""Which images a job is about."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic.alias_generators import to_snake

from gloss.bulk.conditions import Conditions, may_change, skip_reason
from gloss.bulk.selection import MAX_IDS, Selection
from gloss.describe.model import FIELDS, Metadata, Provenance, Source
from gloss.dynamodb import from_attributes, to_attributes
from gloss.ids import new_id
from gloss.images.model import Image, Status, Work

FULL = Metadata(
    title="A pier at dusk",
    alt_text="A wooden pier under a red evening sky",
    caption="The old pier on the last evening of the summer",
    description="A wooden pier reaches into a calm sea under a red sky; two boats lie beside it.",
    tags=("pier", "sea", "evening", "boats"),
    language="en",
)


def image(source: Source = "ai", **changes: Any) -> Image:
    described = Image(
        user="ann",
        image=new_id(),
        status=Status.COMPLETE,
        file_name="holiday/pier.jpg",
        content_type="image/jpeg",
        size=1,
        created_at="2026-05-01T00:00:00.000000Z",
        updated_at="2026-06-01T00:00:00.000000Z",
        version=1,
        described_at="2026-05-20T00:00:00.000000Z",
        metadata=FULL,
        provenance=dict.fromkeys(FIELDS, Provenance(source, "openai", "gpt-4o-mini", 3)),
        source={"provider": "dropbox", "path": "/Photos/2026/pier.jpg"},
    )
    return replace(described, **changes)


def work(**request: Any) -> Work:
    return Work("r", request=request)


@pytest.mark.parametrize(
    ("selection", "matches"),
    [
        ({}, True),
        ({"status": "complete"}, True),
        ({"status": "failed"}, False),
        ({"source": "dropbox"}, True),
        ({"source": "upload"}, False),
        ({"folder": "/Photos/2026"}, True),
        ({"folder": "/Photos/2025"}, False),
        ({"prefix": "holiday/"}, True),
        ({"prefix": "work"}, False),
        ({"createdFrom": "2026-05-01T00:00:00Z"}, True),
        ({"createdFrom": "2026-05-01T00:00:01Z"}, False),
        ({"createdBefore": "2026-05-01T00:00:00Z"}, False),
        ({"createdBefore": "2026-05-01T02:00:01+02:00"}, True),
        ({"updatedBefore": "2026-06-02T00:00:00Z"}, True),
        ({"updatedBefore": "2026-06-01T00:00:00Z"}, False),
        ({"describedBefore": "2026-05-20T00:00:01Z"}, True),
        ({"describedBefore": "2026-05-20T00:00:00Z"}, False),
        ({"language": "EN"}, True),
        ({"language": "de"}, False),
        ({"provider": "openai"}, True),
        ({"provider": "bedrock"}, False),
        ({"modelOtherThan": "gpt-5"}, True),
        ({"modelOtherThan": "gpt-4o-mini"}, False),
        ({"promptVersionBelow": 4}, True),
        ({"promptVersionBelow": 3}, False),
        ({"qualityBelow": 50}, False),
        ({"missing": []}, False),
        ({"missing": ["altText"]}, False),
        ({"language": "en", "provider": "bedrock"}, False),
    ],
)
def test_an_image_meets_every_condition_or_is_left_out(selection: dict[str, Any], *, matches: bool) -> None:
    assert Selection.model_validate(selection).conditions().matches(image()) is matches


def test_missing_names_fields_of_which_one_is_empty() -> None:
    lacking = image(metadata=replace(FULL, caption=""))
    assert Conditions(missing=["caption", "title"]).matches(lacking)
    assert not Conditions(missing=["title"]).matches(lacking)


def test_the_empty_alt_text_of_a_decorative_image_is_not_missing() -> None:
    assert not Conditions(missing=["altText"]).matches(
        image(metadata=replace(FULL, alt_text="", decorative=True))
    )


def test_what_was_never_described_is_missing_whatever_is_named() -> None:
    assert Conditions(missing=[]).matches(image(status=Status.FAILED))
    assert Conditions(missing=["title"]).matches(image(status=Status.FAILED))
    assert not Conditions(missing=["title"]).matches(image(status=Status.COMPLETE))


def test_when_text_was_written_where_nobody_noted_it() -> None:
    selection = Conditions(described_before=datetime(2026, 5, 2, tzinfo=UTC))
    assert selection.matches(image(described_at=None))
    assert not selection.matches(image(described_at=None, created_at="2026-05-03T00:00:00.000000Z"))
    assert not selection.matches(image(described_at=None, version=0))


def test_poor_text_is_below_a_quality() -> None:
    assert Conditions(quality_below=60).matches(image(metadata=Metadata(title="IMG_2034.jpg")))


def test_a_job_remembers_what_was_asked_for_and_nothing_else() -> None:
    asked = {
        "query": "pier",
        "color": "4682b4",
        "tolerance": 2.5,
        "missing": ["altText"],
        "status": "complete",
        "createdFrom": "2026-05-01T02:00:00+02:00",
        "updatedBefore": "2026-06-01T00:00:00Z",
        "limit": 5,
    }
    selection = Selection.model_validate(asked)
    item = selection.conditions().to_item()
    assert item.keys() == {to_snake(name) for name in asked}
    remembered = Conditions.from_item(from_attributes(to_attributes(item)))
    assert remembered == selection.conditions()
    assert (
        Selection.model_validate(remembered).model_dump(mode="json", by_alias=True, exclude_defaults=True)
        == asked
    )


def test_a_job_remembers_every_field_of_a_selection() -> None:
    defaults = {name: field.default for name, field in Selection.model_fields.items()}
    assert {field.name: field.default for field in fields(Conditions)} == defaults
    assert Conditions().to_item() == {}
    assert Conditions(missing=[]).to_item() == {"missing": []}


@pytest.mark.parametrize(
    "wrong",
    [
        {"ids": []},
        {"ids": ["not-an-id"]},
        {"ids": [(twice := new_id()), twice]},
        {"ids": [new_id() for _ in range(MAX_IDS + 1)]},
        {"limit": 0},
        {"offset": -1},
        {"qualityBelow": 101},
        {"createdFrom": datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)},
        {"unknown": 1},
    ],
)
def test_a_selection_of_another_form_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Selection.model_validate(wrong)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (Status.PENDING, "no_file"),
        (Status.CANCELLED, "no_file"),
        (Status.QUEUED, "in_progress"),
        (Status.PROCESSING, "in_progress"),
        (Status.RETRYING, "in_progress"),
        (Status.FAILED, None),
        (Status.COMPLETE, None),
    ],
)
def test_only_an_image_at_rest_is_begun(status: Status, reason: str | None) -> None:
    assert skip_reason(image(status=status), work()) == reason


def test_an_image_that_is_gone() -> None:
    assert skip_reason(None, work()) == "not_found"


@pytest.mark.parametrize(
    ("source", "request_", "changes"),
    [
        ("ai", {}, True),
        ("ai", {"policy": "only_empty"}, False),
        ("ai", {"policy": "only_empty", "policies": {"title": "always"}}, True),
        ("human", {"policy": "always"}, False),
        ("human", {"policy": "always", "force": True}, True),
        ("human", {"policy": "only_empty", "force": True}, False),
    ],
)
def test_policies_leave_something_to_do_or_not(
    source: Source, request_: dict[str, Any], *, changes: bool
) -> None:
    expected = None if changes else "nothing_to_do"
    assert skip_reason(image(source), work(**request_)) == expected


def test_an_empty_field_may_be_filled_and_only_if_it_is_asked_for() -> None:
    lacking = image("human", metadata=replace(FULL, caption=""))
    assert may_change(lacking, "caption", work(policy="only_empty"))
    assert not may_change(lacking, "caption", work(fields=["title"]))
    assert skip_reason(lacking, work(fields=["title"])) == "nothing_to_do"


def test_text_of_unknown_origin_is_protected_like_a_persons() -> None:
    assert not may_change(image(provenance={}), "title", work(policy="always"))
