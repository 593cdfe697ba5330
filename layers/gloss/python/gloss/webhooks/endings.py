"""Finds in the tables' streams what has ended, and queues the news of it."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

from gloss.bulk.model import Job, JobStatus
from gloss.bulk.requests import JobView
from gloss.bulk.store import JobStore
from gloss.clock import Clock
from gloss.dynamodb import Item, from_attributes
from gloss.webhooks.model import Delivery, message_id
from gloss.webhooks.queue import WebhookQueue

ENDED: Final = frozenset({JobStatus.COMPLETE, JobStatus.CANCELLED, JobStatus.UNDONE})

GENERATION_ENDED: Final = frozenset({"completed", "failed", "cancelled"})

_LOG: Final = logging.getLogger(__name__)


class Announcer:
    """Who has no webhook is found out when the news is delivered: endings are few, and settings change."""

    def __init__(self, jobs: JobStore, queue: WebhookQueue, clock: Clock) -> None:
        self._jobs = jobs
        self._queue = queue
        self._clock = clock

    def announce(self, records: Iterable[Mapping[str, Any]]) -> int:
        """Queue the endings among these stream records; how many there were.

        A record that comes twice is queued twice, under the same id.
        """
        news = [told for record in records if (told := self._news(*_images(record)))]
        for delivery in news:
            self._queue.send(delivery)
            _LOG.info("ending queued", extra={"user": delivery.user, "webhook_id": delivery.id})
        return len(news)

    def _news(self, old: Item, new: Item) -> Delivery | None:
        if "generation" in new:
            return ended_generation(old, new)
        job = ended_job(old, new)
        return self._of_job(job) if job else None

    def _of_job(self, job: Job) -> Delivery:
        """A job that is retried ends again, as another epoch of it: that is other news."""
        view = JobView.of(job, self._jobs.tally(job.user, job.job), self._clock())
        id_ = message_id("job", job.user, job.job, job.epoch, str(job.status))
        data = view.model_dump(mode="json", by_alias=True)
        return Delivery.of(job.user, id_, f"job.{job.status}", job.updated_at, data)


def ended_job(old: Item, new: Item) -> Job | None:
    """The job whose record changed, where it has just ended."""
    if "selection" not in new or new["status"] not in ENDED or old.get("status") == new["status"]:
        return None
    return Job.from_item(new)


def ended_generation(old: Item, new: Item) -> Delivery | None:
    """The news of a generation that has just ended; one that fails again is other news.

    What it made is read through the API: links to it would not outlive the tries.
    """
    status = new.get("status", "")
    if status not in GENERATION_ENDED or old.get("status") == status:
        return None
    user, generation, at = new["user"], new["generation"], new["updated_at"]
    id_ = message_id("generation", user, generation, status, at)
    return Delivery.of(user, id_, f"generation.{status}", at, {"id": generation, "status": status})


def _images(record: Mapping[str, Any]) -> tuple[Item, Item]:
    change = record["dynamodb"]
    return from_attributes(change.get("OldImage", {})), from_attributes(change.get("NewImage", {}))
