"""Finds jobs that nobody moves on: their execution died, or they wait for credits that have come."""

import logging
from collections import Counter
from typing import Final

from gloss.bulk.machine import BulkMachine
from gloss.bulk.model import CREDIT_CHECK, WORKING, Job, JobStatus, resume
from gloss.bulk.store import JobStore
from gloss.clock import Clock
from gloss.dynamodb import ConditionFailed
from gloss.images.model import DUE_SHARDS, epoch
from gloss.quota.service import Ledger

logger = logging.getLogger(__name__)

PAGE: Final = 100
"""Jobs of one shard that one sweep looks at; the rest is the next one's."""


class JobSweep:
    def __init__(self, jobs: JobStore, machine: BulkMachine, ledger: Ledger, clock: Clock) -> None:
        self._jobs = jobs
        self._machine = machine
        self._ledger = ledger
        self._clock = clock

    def run(self) -> dict[str, int]:
        """Do all that is due now; how often each thing was done."""
        done: Counter[str] = Counter()
        for shard in DUE_SHARDS:
            for user, job in self._jobs.due(shard, epoch(self._clock()), PAGE):
                done[f"job {self._look_at(user, job)}"] += 1
        return dict(done)

    def _look_at(self, user: str, job_id: str) -> str:
        try:
            job, tally = self._jobs.with_tally(user, job_id)
            done = self._move(job, tally.ended)
        except ConditionFailed:
            return "moved meanwhile"
        except Exception:  # one job that cannot be helped now must not keep the others waiting
            logger.exception("sweep of one job failed", extra={"user": user, "job": job_id})
            return "faulted"
        logger.info("swept", extra={"user": user, "job": job_id, "done": done})
        return done

    def _move(self, job: Job, ended: int) -> str:
        now = self._clock()
        if job.due_at is None or job.due_at > epoch(now):
            return "moved meanwhile"
        if job.status in WORKING:
            return self._start(job, job.started(now, job.status, ended), "restarted")
        if job.status is JobStatus.QUOTA_EXHAUSTED and self._has_credits(job):
            return self._start(job, resume(job, now, ended), "resumed")
        self._replace(job, job.changed(now, due_at=epoch(now + CREDIT_CHECK)))
        return "waiting for credits"

    def _has_credits(self, job: Job) -> bool:
        return self._ledger.quota(job.user).meters["images"].remaining >= job.options.credits

    def _start(self, before: Job, after: Job, done: str) -> str:
        self._replace(before, after)
        self._machine.start(after)
        return done

    def _replace(self, before: Job, after: Job) -> None:
        self._jobs.apply(self._jobs.replace(before, after))
