"""Puts a job's images to work, a page at a time; a page and all that it means is one transaction."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from gloss.bulk.candidates import Candidate, Candidates
from gloss.bulk.model import FED, Counters, Item, Job, JobStatus, allowance
from gloss.bulk.store import JobStore
from gloss.bulk.transitions import exhaust
from gloss.clock import Clock, iso
from gloss.dynamodb import ConditionFailed, Write
from gloss.errors import QuotaExceeded
from gloss.images.holds import regeneration_reservation
from gloss.images.model import HOLD, QUEUE_PATIENCE, Image, Status, Work, epoch, found_as
from gloss.images.store import Changes, ImageStore
from gloss.pipeline.queues import WorkQueues
from gloss.quota.service import Ledger
from gloss.records import dataclass

MOST_WRITES: Final = 90
"""Writes that a page may hold beside the job's record and the ledger's balances and journal (at most 7)."""

MOST_LOOKED_AT: Final = 2_000
"""Images that a page passes over before it saves its place."""

FEEDING: Final = timedelta(seconds=15)
"""How long one step feeds; a running page ends all the same."""

_WORTH_FEEDING: Final = 4
"""A window is filled up once this part of it is free. Whatever room there is each time would read the library
again for a handful of images; half a window would leave workers idle from one look to the next."""

_OPENED: Final = 3
"""Writes for an image that is put to work: reservation, record and row. One that is skipped has but a row."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """Candidates that are dealt with together; ``ended`` where nothing follows them."""

    candidates: Sequence[Candidate]
    place: str | None
    seen: int
    ended: bool

    @property
    def opened(self) -> list[Candidate]:
        return [candidate for candidate in self.candidates if candidate.reason is None]

    @property
    def skipped(self) -> list[Candidate]:
        return [candidate for candidate in self.candidates if candidate.reason is not None]

    def first(self, opened: int, job: Job) -> "Page":
        """What comes before the image that is one too many."""
        end = self.candidates.index(self.opened[opened])
        kept = self.candidates[:end]
        place, seen = (kept[-1].place, kept[-1].seen) if kept else (job.place, job.seen)
        return Page(kept, place, seen, ended=False)


def next_page(job: Job, walk: Iterator[Candidate], room: int) -> Page:
    """As many candidates as one transaction can hold, and no more than ``room`` to put to work."""
    taken: list[Candidate] = []
    place, seen, writes, opened = job.place, job.seen, 0, 0
    for looked, candidate in enumerate(walk, 1):
        place, seen = candidate.place, candidate.seen
        if candidate.meant:
            taken.append(candidate)
            opened += candidate.reason is None
            writes += _OPENED if candidate.reason is None else 1
        if opened == room or writes > MOST_WRITES - _OPENED or looked == MOST_LOOKED_AT:
            return Page(taken, place, seen, ended=False)
    return Page(taken, place, seen, ended=True)


class Feeder:
    def __init__(
        self,
        *,
        jobs: JobStore,
        images: ImageStore,
        candidates: Candidates,
        ledger: Ledger,
        queues: WorkQueues,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._images = images
        self._candidates = candidates
        self._ledger = ledger
        self._queues = queues
        self._clock = clock

    def feed(self, job: Job, counters: Counters) -> Job:
        """Put images to work until the window is full, a pin is reached, credits or images are at an end;
        none yet where the window has hardly any room.

        Raises:
            ConditionFailed: somebody changed the job; the page at hand was not begun.
        """
        allowed = allowance(job, counters)
        if allowed == 0:
            return self._replace(
                job, job.changed(self._clock(), status=JobStatus.FINISHING, stopped=job.options.max_stop)
            )
        room = job.options.window - counters.in_flight
        if room < job.options.window // _WORTH_FEEDING:
            return job
        until = self._clock() + FEEDING
        full = job.begun + (room if allowed is None else min(room, allowed))
        walk = self._candidates.walk(job)
        while job.begun < full and job.status in FED and self._clock() < until:
            page = next_page(job, walk, full - job.begun)
            try:
                job = self._commit(job, page)
            except QuotaExceeded as refusal:
                job = self._commit_affordable(job, page, _remaining(refusal))
                walk = self._candidates.walk(job)
            except ConditionFailed as refusal:
                if 0 in refusal.failures:
                    raise
                walk = self._candidates.walk(job, fresh=True)
        return job

    def send(self, job: Job) -> None:
        """Send the messages of the last page; a second time changes nothing."""
        if job.unsent:
            self._queues.send_many("bulk", job.user, job.unsent)

    def _commit_affordable(self, job: Job, page: Page, credits_left: int) -> Job:
        """The part of the page that the credits suffice for; without any the job waits for some."""
        part = page.first(credits_left // max(1, job.options.credits), job)
        if part.candidates:
            return self._commit(job, part)
        return self._replace(job, exhaust(job, self._clock()))

    def _replace(self, before: Job, after: Job) -> Job:
        self._jobs.apply(self._jobs.replace(before, after))
        return after

    def _commit(self, job: Job, page: Page) -> Job:
        after = self._after(job, page)
        works = [(it, _work(job, it)) for it in page.opened]
        writes = [self._jobs.replace(job, after), *(self._open(it, work) for it, work in works)]
        writes += [self._jobs.add_item(job, self._opened_item(it, work)) for it, work in works]
        if job.status is JobStatus.RUNNING:
            writes += [self._jobs.add_item(job, self._skipped_item(it)) for it in page.skipped]
        if works:
            self._reserve(job, [work.reservation for _, work in works], writes)
        else:
            self._jobs.apply_all(writes)
        logger.info(
            "page fed",
            extra={"user": job.user, "job": job.job, "opened": len(works), "skipped": len(page.skipped)},
        )
        self.send(after)
        return after

    def _after(self, job: Job, page: Page) -> Job:
        """The record once the page is in: what failed once and is tried again is counted apart."""
        opened = len(page.opened)
        after = job.changed(
            self._clock(),
            status=JobStatus.FINISHING if page.ended else job.status,
            place=page.place,
            unsent=tuple(candidate.id for candidate in page.opened),
        )
        if job.status is JobStatus.RETRYING:
            met = job.met_again + len(page.candidates)
            return replace(after, retried=job.retried + opened, met_again=met)
        reasons = Counter(str(candidate.reason) for candidate in page.skipped)
        return replace(
            after,
            fed=job.fed + opened,
            seen=page.seen,
            skipped=dict(Counter(job.skipped) + reasons),
            walked=page.ended,
        )

    def _reserve(self, job: Job, reservations: Sequence[str], also: Sequence[Write]) -> None:
        self._ledger.reserve(
            job.user,
            "images",
            reservations,
            ttl=HOLD,
            actor=job.user,
            reason="bulk",
            byok=job.options.credits == 0,
            also=also,
        )

    def _open(self, candidate: Candidate, work: Work) -> Write:
        """Refused where anything happened to the image since it was read."""
        image = _existing(candidate)
        now = self._clock()
        changes = Changes.to_status(
            Status.QUEUED,
            image.image,
            now,
            due_at=epoch(now + QUEUE_PATIENCE),
            sets={"work": work.to_item(), "attempt": 0},
            removes=("failure",),
        )
        return self._images.change(
            image.user,
            image.image,
            changes,
            condition="#status = :was AND #version = :seen",
            values={":was": str(image.status), ":seen": image.version},
        )

    def _opened_item(self, candidate: Candidate, work: Work) -> Item:
        return Item(candidate.id, "open", iso(self._clock()), reservation=work.reservation)

    def _skipped_item(self, candidate: Candidate) -> Item:
        return Item(candidate.id, "skipped", iso(self._clock()), reason=str(candidate.reason))


def _work(job: Job, candidate: Candidate) -> Work:
    work = job.work(regeneration_reservation(candidate.id))
    return replace(work, found=found_as(_existing(candidate)))


def _existing(candidate: Candidate) -> Image:
    if candidate.image is None:
        raise ValueError(f"there is no image {candidate.id} to put to work")
    return candidate.image


def _remaining(refusal: QuotaExceeded) -> int:
    return int(str(refusal.details["remaining"]))
