"""Finds what nobody else finished. Every open record carries the moment at which the sweep has to look at it.

pending     the upload never came (or its announcement got lost); a file to import was not fetched
queued      the message got lost
retrying    the delay is over
processing  the worker died and its lease ran out
cancelled   its form is over: a file that came all the same is discarded
removed     what a deletion may have left behind is cleared away

Rows of the usage log that could not be written, or whose worker died for the last time, are made up for.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Final

from gloss.clock import Clock, iso
from gloss.due import FAULTED, SETTLED_MEANWHILE, Walk, run_parts
from gloss.dynamodb import Write
from gloss.images.holds import release_with
from gloss.images.model import (
    MAX_ATTEMPTS,
    QUEUE_PATIENCE,
    REMOVED,
    Failure,
    Image,
    Status,
    epoch,
    settled_status,
)
from gloss.images.objects import ObjectStore
from gloss.images.outcomes import Ending
from gloss.images.removal import Removals
from gloss.images.store import Changes, ImageStore
from gloss.log_scope import say
from gloss.metering.books import Books
from gloss.pipeline.paid import enter_owed
from gloss.pipeline.queues import WorkQueues
from gloss.quota.service import Ledger
from gloss.sources.imports import FETCH_PATIENCE, MAX_FETCHES
from gloss.sources.queue import ImportQueue

ACTOR: Final = "sweep"
PAGE: Final = 200
"""Records of one shard, and expired reservations, that one sweep works on; the rest is the next one's."""

_UNCHANGED: Final = "#status = :was AND due_at = :was_due"


class Sweep:
    def __init__(
        self,
        images: ImageStore,
        objects: ObjectStore,
        queues: WorkQueues,
        ledger: Ledger,
        clock: Clock,
        *,
        books: Books,
        imports: ImportQueue,
    ) -> None:
        self._images = images
        self._objects = objects
        self._queues = queues
        self._imports = imports
        self._ledger = ledger
        self._clock = clock
        self._books = books
        self._removals = Removals(images, objects, clock)
        self._walk = Walk(images.due, "image", PAGE, clock)

    def run(self) -> dict[str, int]:
        """Do all that is due now; how often each thing was done."""
        return run_parts(
            {
                "images": lambda: self._walk.run(self._settle),
                "reservations": self._expire,
                "usage": self._books.make_up,
            }
        )

    def _expire(self) -> dict[str, int]:
        expiry = self._ledger.expire_due(limit=PAGE)
        return {"expired": len(expiry.settled), f"reservation {FAULTED}": expiry.faulted}

    def _settle(self, user: str, image_id: str) -> str:
        if image_id.startswith(REMOVED):
            done = self._removals.finish(user, image_id.removeprefix(REMOVED))
            return "cleared" if done else SETTLED_MEANWHILE
        image = self._images.get(user, image_id)
        if image is None or image.due_at is None or image.due_at > epoch(self._clock()):
            return SETTLED_MEANWHILE
        say(job=image.work and image.work.job, attempt=image.attempt)
        return self._ACTIONS[image.status](self, image)

    def _pending(self, image: Image) -> str:
        if self._objects.has_original(image.user, image.image):
            return self._enqueue(image)
        if image.is_imported:
            return self._fetch(image)
        changes = Changes.to_status(
            Status.CANCELLED,
            image.image,
            self._clock(),
            sets={"failure": self._failure(image, "UPLOAD_NOT_SENT", "The file was never uploaded.")},
            removes=("work",),
        )
        self._release(image, changes, "cancelled", "UPLOAD_NOT_SENT")
        return "cancelled"

    def _fetch(self, image: Image) -> str:
        """The order to fetch the file got lost, its worker died, or its source did not answer."""
        now = self._clock()
        if image.source.get("tries", 0) >= MAX_FETCHES:
            failure = self._failure(
                image, "FETCH_BROKE_OFF", "Fetching the file broke off without an answer."
            )
            changes = Changes.to_status(
                Status.FAILED, image.image, now, sets={"failure": failure}, removes=("lease", "work")
            )
            self._release(image, changes, "failed", "FETCH_BROKE_OFF")
            return "failed"
        due_at = epoch(now + FETCH_PATIENCE)
        changes = Changes.to_status(Status.PENDING, image.image, now, due_at=due_at, removes=("lease",))
        self._images.apply(self._change(image, changes))
        self._imports.fetch(image.user, image.image)
        return "fetched again"

    def _processing(self, image: Image) -> str:
        if image.attempt < MAX_ATTEMPTS:
            return self._enqueue(image)
        changes = Changes.to_status(
            settled_status(image),
            image.image,
            self._clock(),
            sets={
                "failure": self._failure(image, "WORKER_DIED", "Processing broke off without an answer."),
                "attempt": 0,
            },
            removes=("lease", "work"),
        )
        self._release(image, changes, "failed", "WORKER_DIED")
        enter_owed(self._books, image)
        return "failed"

    def _cancelled(self, image: Image) -> str:
        """Whoever cancelled it may have died before the file was deleted, or the file came later."""
        self._objects.delete_original(image.user, image.image)
        changes = Changes({}, removes=("due_at", "due_shard"))
        self._images.apply(self._change(image, changes))
        return "discarded"

    def _enqueue(self, image: Image) -> str:
        """Back into its queue. The record moves first: should the message fail, it is due again later."""
        queue = image.work.queue if image.work else "interactive"
        due_at = epoch(self._clock() + QUEUE_PATIENCE)
        changes = Changes.to_status(
            Status.QUEUED, image.image, self._clock(), due_at=due_at, removes=("lease",)
        )
        self._images.apply(self._change(image, changes))
        self._queues.send(queue, image.user, image.image)
        return "queued"

    _ACTIONS: Final[dict[Status, Callable[["Sweep", Image], str]]] = {
        Status.PENDING: _pending,
        Status.QUEUED: _enqueue,
        Status.RETRYING: _enqueue,
        Status.PROCESSING: _processing,
        Status.CANCELLED: _cancelled,
    }

    def _failure(self, image: Image, code: str, message: str) -> dict[str, object]:
        return asdict(Failure(code, message, at=iso(self._clock()), attempt=image.attempt))

    def _release(self, image: Image, changes: Changes, ending: Ending, reason: str) -> None:
        change = self._change(image, changes)
        release_with(
            self._images, self._ledger, image, ending=ending, reason=reason, actor=ACTOR, change=change
        )

    def _change(self, image: Image, changes: Changes) -> Write:
        values = {":was": str(image.status), ":was_due": image.due_at}
        return self._images.change(image.user, image.image, changes, condition=_UNCHANGED, values=values)
