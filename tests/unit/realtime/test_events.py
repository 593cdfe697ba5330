"""What users are told, and what they are not."""

import json
from dataclasses import asdict
from typing import Any

import pytest

from gloss.bulk.model import Estimate
from gloss.dynamodb import Item, from_attributes, to_attributes
from gloss.images.model import Image, Status, Work
from gloss.realtime.model import (
    FRAME_EVENTS,
    Event,
    events_of,
    frames,
    generation_event,
    image_event,
    job_event,
    quota_event,
)

IMAGE = "01a1f8d7-288b-741e-91f3-36b49ea7941a"
TRANSLATORS = {"images": image_event, "ledger": quota_event}


def record(status: Status, **more: Any) -> Item:
    return Image(
        user="ann",
        image=IMAGE,
        status=status,
        file_name="secret name.jpg",
        content_type="image/jpeg",
        size=1,
        created_at="2026-11-20T12:00:00.000000Z",
        updated_at="2026-11-20T12:00:01.000000Z",
        **more,
    ).to_item()


def stream(table: str, old: Item, new: Item) -> dict[str, Any]:
    images = {"OldImage": old, "NewImage": new}
    return {
        "eventSourceARN": f"arn:aws:dynamodb:eu-central-1:1:table/{table}/stream/2026-11-20T00:00:00.000",
        "dynamodb": {name: to_attributes(item) for name, item in images.items() if item},
    }


def balance(spent: int, account: str = "ann") -> Item:
    entry = "METER#images#2026-11"
    return {"account": account, "entry": entry, "period": "2026-11", "limit": 100, "spent": spent}


def test_a_new_status_is_told_with_where_the_image_stands() -> None:
    assert image_event(record(Status.QUEUED), record(Status.PROCESSING)) == Event(
        "ann",
        "image",
        IMAGE,
        {"changed": ["status"], "status": "processing", "version": 0, "at": "2026-11-20T12:00:01.000000Z"},
    )


def test_a_new_image_has_a_status_and_no_metadata_yet() -> None:
    event = image_event({}, record(Status.PENDING))

    assert event
    assert event.facts["changed"] == ["status"]


def test_new_metadata_and_a_new_failure_are_named() -> None:
    failure = {"code": "CORRUPT_IMAGE", "message": "quotes the file", "at": "", "attempt": 1}
    edited = image_event(record(Status.COMPLETE, version=1), record(Status.COMPLETE, version=2))
    failed = image_event(
        record(Status.COMPLETE, version=1), {**record(Status.COMPLETE, version=1), "failure": failure}
    )

    assert edited
    assert (edited.facts["changed"], edited.facts["version"]) == (["metadata"], 2)
    assert failed
    assert (failed.facts["changed"], failed.facts["failure"]) == (["failure"], "CORRUPT_IMAGE")
    assert "quotes" not in json.dumps(failed.to_dict(1))


def test_leases_and_timers_are_not_told() -> None:
    before = record(Status.PROCESSING, lease="a", due_at=1)

    assert image_event(before, record(Status.PROCESSING, lease="b", due_at=2)) is None


def test_work_of_a_job_names_it() -> None:
    event = image_event(
        record(Status.COMPLETE, version=1), record(Status.QUEUED, version=1, work=Work("r", job="job-1"))
    )

    assert event
    assert event.facts["job"] == "job-1"


def test_a_removed_image_is_told_by_its_id() -> None:
    assert image_event(record(Status.COMPLETE), {}) == Event("ann", "image.removed", IMAGE)


def test_rows_that_are_no_images_are_not_told() -> None:
    version = {"user": "ann", "image": f"V#{IMAGE}#000001", "number": 1}

    assert image_event({}, version) is None
    assert image_event(version, {}) is None


def test_nothing_internal_is_in_an_event() -> None:
    row = record(Status.QUEUED, version=1, lease="the-lease", work=Work("the-reservation"), due_at=7)
    event = image_event({}, row)

    assert event
    assert set(event.to_dict(1)) == {"type", "seq", "id", "changed", "status", "version", "at"}


def test_a_balance_is_told_with_what_is_left() -> None:
    assert quota_event({}, balance(spent=3)) == Event(
        "ann",
        "quota",
        "images",
        {"period": "2026-11", "limit": 100, "spent": 3, "left": 97},
        replaces=True,
    )


def test_bonus_credits_are_told_as_one_sum() -> None:
    grants = {"a": {"id": "a", "amount": 10, "spent": 4}, "b": {"id": "b", "amount": 5}}
    event = quota_event({}, {"account": "ann", "entry": "GRANTS#images", "grants": grants})

    assert event
    assert (event.id, event.facts) == ("images", {"bonus": 11})


@pytest.mark.parametrize(
    "row", [{}, {"account": "ann", "entry": "JRNL#2026"}, {"account": "a", "entry": "RES#1"}]
)
def test_other_rows_of_the_ledger_are_not_told(row: Item) -> None:
    assert quota_event({}, row) is None


def test_of_many_balances_in_a_batch_the_last_is_told_and_every_status_is() -> None:
    queued, processing, complete = (
        record(status) for status in (Status.QUEUED, Status.PROCESSING, Status.COMPLETE)
    )
    batch = [
        stream("ledger", {}, balance(1)),
        stream("images", queued, processing),
        stream("ledger", {}, balance(1, account="ben")),
        stream("images", processing, complete),
        stream("ledger", {}, balance(2)),
        stream("ledger", {}, {"account": "ann", "entry": "JRNL#1"}),
    ]

    told = [
        (event.user, event.facts.get("status") or event.facts["spent"])
        for event in events_of(batch, TRANSLATORS)
    ]

    assert told == [("ann", "processing"), ("ben", 1), ("ann", "complete"), ("ann", 2)]


def test_frames_number_the_events_without_gaps() -> None:
    events = [Event("ann", "image", str(number)) for number in range(FRAME_EVENTS + 1)]

    sent = [json.loads(frame)["events"] for frame in frames(events, 7)]

    assert [len(batch) for batch in sent] == [FRAME_EVENTS, 1]
    assert [event["seq"] for batch in sent for event in batch] == list(range(7, 7 + FRAME_EVENTS + 1))
    assert [event["id"] for batch in sent for event in batch] == [event.id for event in events]


JOB = {
    "user": "ann",
    "job": "job-1",
    "status": "running",
    "selection": {},
    "estimate": {"complete": False, "matched": 12},
    "fed": 30,
    "updated_at": "2026-11-20T12:00:00.000000Z",
    "unsent": ["image-1"],
}


@pytest.mark.parametrize("change", [{"status": "paused"}, {"fed": 0}, {"walked": True}])
def test_a_job_that_moves_is_told(change: dict[str, Any]) -> None:
    event = job_event({**JOB, **change}, JOB)

    facts = {"status": "running", "fed": 30, "at": JOB["updated_at"]}
    assert event == Event("ann", "job", "job-1", facts, replaces=True)


def test_an_estimate_is_told_with_its_figures() -> None:
    estimate = Estimate(
        matched=12, process=10, skipped={"no_file": 2}, complete=True, credits=10, available=7, seconds=5
    )
    done = {**JOB, "status": "estimated", "estimate": asdict(estimate)}
    stored = from_attributes(to_attributes(done))

    event = job_event(JOB, stored)

    assert event is not None
    assert event.facts["status"] == "estimated"
    assert event.facts["estimate"] == {
        "matched": 12,
        "toProcess": 10,
        "skipped": {"no_file": 2},
        "creditsNeeded": 10,
        "creditsAvailable": 7,
        "costUsd": None,
        "durationSeconds": 5,
    }


def test_what_a_job_keeps_to_itself_is_not_told() -> None:
    item = {"user": "ann", "job": "I#job-1#image-1", "outcome": "done"}

    assert job_event({**JOB, "unsent": [], "epoch": 2}, JOB) is None
    assert job_event({}, item) is None
    assert job_event(JOB, {}) is None


GENERATION: Item = {
    "user": "ann",
    "generation": "generation-1",
    "status": "processing",
    "updated_at": "2026-11-20T12:00:01.000000Z",
    "lease": "secret-lease",
}


def test_a_generation_that_changes_its_status_is_told() -> None:
    at = GENERATION["updated_at"]
    began = generation_event({**GENERATION, "status": "pending"}, GENERATION)
    assert began == Event("ann", "generation", "generation-1", {"status": "processing", "at": at})
    failed = {**GENERATION, "status": "failed", "failure": {"code": "DEADLINE_EXCEEDED", "message": "late"}}
    ended = generation_event(GENERATION, failed)
    facts = {"status": "failed", "at": at, "failure": "DEADLINE_EXCEEDED"}
    assert ended == Event("ann", "generation", "generation-1", facts)


def test_what_a_generation_keeps_to_itself_is_not_told() -> None:
    assert generation_event(GENERATION, {**GENERATION, "begun": True}) is None
    assert generation_event({}, {"user": "ann", "generation": "TEMPLATE#marble"}) is None
    assert generation_event(GENERATION, {}) is None
