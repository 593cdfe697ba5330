"""Jobs as their owner starts, watches and steers them."""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from gloss import dynamodb
from gloss.bulk.estimating import AT_ONCE, Estimator, Look
from gloss.bulk.machine import BulkMachine
from gloss.bulk.model import WORKING, Job, JobStatus, Options, Outcome, Starter, Tally
from gloss.bulk.rates import Rates
from gloss.bulk.requests import ItemPage, ItemView, JobPage, JobRequest, JobView
from gloss.bulk.store import JobStore
from gloss.bulk.transitions import cancel, pause, resume, retry, undo
from gloss.clock import Clock, iso
from gloss.dynamodb import ConditionFailed
from gloss.errors import Busy, EmptySelection, InvalidCursor, ValidationFailed
from gloss.ids import is_id, new_id
from gloss.settings.model import Terms

logger = logging.getLogger(__name__)

Change = Callable[[Job, datetime, Tally], Job]
"""The job after somebody's wish."""

_FIRST_LOOK: Final = Look(100, timedelta(seconds=1))
"""Before a scheduled job runs: many start in one hour."""

_ATTEMPTS = 30
"""Tries to get a word in while the feeder writes; it pauses between two pages."""


class Jobs:
    def __init__(
        self,
        *,
        jobs: JobStore,
        machine: BulkMachine,
        estimator: Estimator,
        rates: Rates,
        terms: Callable[[str, Mapping[str, Any]], Terms],
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._jobs = jobs
        self._machine = machine
        self._estimator = estimator
        self._rates = rates
        self._terms = terms
        self._clock = clock
        self._sleep = sleep

    def create(self, user: str, request: JobRequest) -> JobView:
        """Begin a job, or estimate one. What an estimate finds at once it answers at once.

        The user's settings of this moment hold for the whole job; with a key of the user's own it needs no
        credits.

        Raises:
            EmptySelection: no image meets the selection.
            ValidationFailed: a limit in US dollars where the price is not known.
        """
        return self._open(user, request, new_id(), "user", AT_ONCE)

    def create_scheduled(self, user: str, request: JobRequest, job_id: str) -> JobView:
        """As :meth:`create`, under a given id, and with little more than a first look before it runs.

        Raises:
            ConditionFailed: the job with this id was created before.
        """
        return self._open(user, request, job_id, "schedule", _FIRST_LOOK)

    def _open(self, user: str, request: JobRequest, job_id: str, starter: Starter, look: Look) -> JobView:
        now = self._clock()
        terms = self._terms(user, request.regenerate.to_work())
        opened = Job(
            user=user,
            job=job_id,
            status=JobStatus.ESTIMATING,
            selection=request.selection.conditions(),
            request=terms.request,
            options=self._options(request, terms),
            created_at=iso(now),
            updated_at=iso(now),
            started_at=iso(now),
            started_by=starter,
        )
        # A query is asked by the machine: the index takes its time to be read in.
        job = opened.changed(now) if opened.searches else self._estimator.advance(opened, look)
        if job.estimate.complete and not job.estimate.matched and not request.dry_run:
            raise EmptySelection
        self._jobs.apply(self._jobs.create(job))
        self._start(job)
        return JobView.of(job, Tally(), now)

    def _options(self, request: JobRequest, terms: Terms) -> Options:
        options = Options(
            window=request.window,
            credits=terms.credits,
            auto_resume=request.auto_resume,
            dry_run=request.dry_run,
            max_images=request.max_credits if terms.credits else None,
            per_minute=terms.per_minute,
        )
        if request.max_cost_usd is None:
            return options
        price = self._rates.price(terms.request)
        if price is None:
            raise ValidationFailed("The price of this model is not known, so its cost cannot be limited.")
        affordable = int(request.max_cost_usd / price) if price else None
        return options.at_most(affordable, "max_cost")

    def show(self, user: str, job_id: str) -> JobView:
        """Raises ``JobNotFound`` where there is no such job of this user."""
        return JobView.of(*self._jobs.with_tally(user, job_id), self._clock())

    def page(self, user: str, *, before: str | None, limit: int) -> JobPage:
        """Raises ``InvalidCursor`` where ``before`` is the id of no job."""
        jobs, place = self._jobs.page(user, before=_id(before), limit=limit)
        now = self._clock()
        views = [JobView.of(job, self._jobs.tally(user, job.job), now) for job in jobs]
        return JobPage(jobs=views, next=place)

    def items(
        self, user: str, job_id: str, *, outcome: Outcome | None, after: str | None, limit: int
    ) -> ItemPage:
        """Up to ``limit`` items, in the order of the images' ids.

        Raises:
            JobNotFound: there is no such job of this user.
            InvalidCursor: ``after`` is no image's id.
        """
        job = self._jobs.existing(user, job_id)
        items, place = self._jobs.items(user, job.job, outcome=outcome, after=_id(after), limit=limit)
        return ItemPage(items=[ItemView.of(item) for item in items], next=place)

    def report(self, user: str, job_id: str, *, after: str | None, limit: int) -> ItemPage:
        """As :meth:`items`, but many: page after page until there are ``limit`` or no more."""
        items: list[ItemView] = []
        place = after
        while True:
            page = self.items(user, job_id, outcome=None, after=place, limit=min(1000, limit - len(items)))
            items += page.items
            place = page.next
            if place is None or len(items) >= limit:
                return ItemPage(items=items, next=place)

    # Each of these may be repeated, and raises JobNotFound, or Conflict where the status does not allow it.

    def pause(self, user: str, job_id: str) -> JobView:
        """Feed nothing more; what is in flight finishes."""
        return self._change(user, job_id, pause)

    def resume(self, user: str, job_id: str) -> JobView:
        """Go on where the job was paused or ran out of credits."""
        return self._change(user, job_id, resume)

    def cancel(self, user: str, job_id: str) -> JobView:
        """Call off what no worker holds and give its credits back; what is being worked on finishes."""
        return self._change(user, job_id, cancel)

    def retry_failed(self, user: str, job_id: str) -> JobView:
        """Put the images that failed to work again."""
        return self._change(user, job_id, retry)

    def undo(self, user: str, job_id: str) -> JobView:
        """Bring back the text before the job, but where somebody changed it since."""
        return self._change(user, job_id, undo)

    def _change(self, user: str, job_id: str, change: Change) -> JobView:
        for attempt in range(_ATTEMPTS):
            job, tally = self._jobs.with_tally(user, job_id)
            now = self._clock()
            after = change(job, now, tally)
            if after is job:
                return JobView.of(job, tally, now)
            try:
                self._jobs.apply(self._jobs.replace(job, after))
            except ConditionFailed:
                self._sleep(dynamodb.backoff(attempt))
                continue
            if after.epoch != job.epoch:
                self._start(after)
            return JobView.of(after, tally, now)
        raise Busy

    def _start(self, job: Job) -> None:
        """Should this fail, the sweep finds the job: it is due after its lease."""
        if job.status not in WORKING:
            return
        try:
            self._machine.start(job)
        except (ClientError, BotoCoreError) as fault:
            logger.warning(
                "machine not started",
                extra={"user": job.user, "job": job.job, "error": type(fault).__name__},
            )


def _id(cursor: str | None) -> str | None:
    if cursor is not None and not is_id(cursor):
        raise InvalidCursor
    return cursor
