"""From the stream of the jobs to the queue."""

import json
from typing import Any

import pytest

from gloss.bulk.model import Job
from gloss.dynamodb import to_attributes
from gloss.webhooks.endings import Announcer
from gloss.webhooks.model import Delivery
from gloss.webhooks.queue import WebhookQueue
from tests.fakes.aws import FakeSqs
from tests.fakes.bulk import BulkKit
from tests.fakes.product import USER


class Kit(BulkKit):
    """Jobs, whose records are told to the announcer as the stream tells them."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.credits(100)
        self.sqs = FakeSqs()
        queue = WebhookQueue(self.sqs.client, "https://sqs.invalid/webhooks")
        self.announcer = Announcer(self.store, queue, self.product.clock)

    def told(self, before: Job | None, after: Job, times: int = 1) -> list[Delivery]:
        self.sqs.messages.clear()
        change = {"NewImage": to_attributes(after.to_item())}
        if before:
            change["OldImage"] = to_attributes(before.to_item())
        self.announcer.announce([{"dynamodb": change}] * times)
        return [Delivery.from_message(message["MessageBody"]) for message in self.sqs.messages]


@pytest.fixture
def kit() -> Kit:
    return Kit()


def data(delivery: Delivery) -> Any:
    return json.loads(delivery.body)["data"]


def test_a_job_that_has_ended_is_told_as_the_api_shows_it(kit: Kit) -> None:
    kit.library(3)
    job = kit.start(regenerate={"force": True})
    running = kit.record(job)
    view = kit.run(job)
    (delivery,) = kit.told(running, kit.record(job))
    assert (delivery.user, delivery.type, delivery.attempt) == (USER, "job.complete", 1)
    assert data(delivery) == view.model_dump(mode="json", by_alias=True)
    assert data(delivery)["counters"]["done"] == 3
    assert "amz" not in delivery.body.lower()


def test_a_duplicate_of_the_stream_has_the_same_id(kit: Kit) -> None:
    kit.library(1)
    job = kit.start(regenerate={"force": True})
    running = kit.record(job)
    kit.run(job)
    first, second = kit.told(running, kit.record(job), times=2)
    assert first.id == second.id


def test_a_job_that_ends_again_is_other_news(kit: Kit) -> None:
    kit.library(2)
    job = kit.start(regenerate={"force": True})
    running = kit.record(job)
    kit.run(job, refuse="permanent")
    (first,) = kit.told(running, kit.record(job))
    kit.jobs.retry_failed(USER, job)
    retrying = kit.record(job)
    kit.run(job)
    (second,) = kit.told(retrying, kit.record(job))
    assert (first.type, second.type) == ("job.complete", "job.complete")
    assert first.id != second.id
    assert (data(first)["counters"]["failed"], data(second)["counters"]["done"]) == (2, 2)


def test_cancelled_and_undone_are_endings_too(kit: Kit) -> None:
    kit.library(2)
    job = kit.start(regenerate={"force": True})
    kit.jobs.cancel(USER, job)
    cancelling = kit.record(job)
    kit.run(job)
    (delivery,) = kit.told(cancelling, kit.record(job))
    assert delivery.type == "job.cancelled"
    kit.jobs.undo(USER, job)
    undoing = kit.record(job)
    kit.run(job)
    (delivery,) = kit.told(undoing, kit.record(job))
    assert delivery.type == "job.undone"


def test_what_goes_on_or_had_ended_before_is_no_news(kit: Kit) -> None:
    kit.library(1)
    job = kit.start(regenerate={"force": True})
    running = kit.record(job)
    assert kit.told(None, running) == []
    kit.run(job)
    assert kit.told(kit.record(job), kit.record(job)) == []
    item = {"user": {"S": USER}, "job": {"S": f"I#{job}#x"}, "outcome": {"S": "done"}}
    assert kit.announcer.announce([{"dynamodb": {"NewImage": item}}]) == 0
    assert kit.announcer.announce([{"dynamodb": {"OldImage": item}}]) == 0


class TestGenerations:
    NOW = "2026-11-20T12:00:00.000000Z"

    def told(self, kit: Kit, before: str | None, after: str, at: str = NOW) -> list[Delivery]:
        kit.sqs.messages.clear()
        rows = {"OldImage": before, "NewImage": after}
        change = {
            name: to_attributes({"user": USER, "generation": "g-1", "status": status, "updated_at": at})
            for name, status in rows.items()
            if status
        }
        kit.announcer.announce([{"dynamodb": change}])
        return [Delivery.from_message(message["MessageBody"]) for message in kit.sqs.messages]

    @pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
    def test_an_end_is_told_once(self, kit: Kit, status: str) -> None:
        (delivery,) = self.told(kit, "processing", status)
        assert (delivery.user, delivery.type) == (USER, f"generation.{status}")
        assert json.loads(delivery.body) == {
            "type": f"generation.{status}",
            "timestamp": self.NOW,
            "data": {"id": "g-1", "status": status},
        }
        assert self.told(kit, "processing", status) == [delivery]
        assert self.told(kit, status, status) == []

    def test_what_fails_again_is_other_news(self, kit: Kit) -> None:
        (first,) = self.told(kit, "processing", "failed")
        (second,) = self.told(kit, "processing", "failed", "2026-11-20T12:05:00.000000Z")
        assert first.id != second.id

    def test_what_goes_on_is_no_news(self, kit: Kit) -> None:
        assert self.told(kit, None, "pending") == self.told(kit, "pending", "processing") == []
