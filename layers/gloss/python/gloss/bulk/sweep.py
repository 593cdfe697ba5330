"""Finds jobs that nobody moves on: their execution died, or they wait for credits that have come."""

from typing import Final

from gloss.bulk.machine import BulkMachine
from gloss.bulk.model import WORKING, Job, JobStatus
from gloss.bulk.store import JobStore
from gloss.bulk.transitions import CREDIT_CHECK, resume
from gloss.clock import Clock
from gloss.due import SETTLED_MEANWHILE, Walk
from gloss.images.model import epoch
from gloss.quota.service import Ledger

PAGE: Final = 100
"""Jobs of one shard that one sweep looks at; the rest is the next one's."""


class JobSweep:
    def __init__(self, jobs: JobStore, machine: BulkMachine, ledger: Ledger, clock: Clock) -> None:
        self._jobs = jobs
        self._machine = machine
        self._ledger = ledger
        self._clock = clock
        self._walk = Walk(jobs.due, "job", PAGE, clock)

    def run(self) -> dict[str, int]:
        """Do all that is due now; how often each thing was done."""
        done = self._walk.run(self._look_at)
        return {f"job {what}": count for what, count in done.items()}

    def _look_at(self, user: str, job_id: str) -> str:
        job, tally = self._jobs.with_tally(user, job_id)
        now = self._clock()
        if job.due_at is None or job.due_at > epoch(now):
            return SETTLED_MEANWHILE
        if job.status in WORKING:
            return self._start(job, job.started(now, job.status, tally), "restarted")
        if job.status is JobStatus.QUOTA_EXHAUSTED and self._has_credits(job):
            return self._start(job, resume(job, now, tally), "resumed")
        self._replace(job, job.changed(now, due_at=epoch(now + CREDIT_CHECK)))
        return "waiting for credits"

    def _has_credits(self, job: Job) -> bool:
        return self._ledger.remaining(job.user, "images") >= job.options.credits

    def _start(self, before: Job, after: Job, done: str) -> str:
        self._replace(before, after)
        self._machine.start(after)
        return done

    def _replace(self, before: Job, after: Job) -> None:
        self._jobs.apply(self._jobs.replace(before, after))
