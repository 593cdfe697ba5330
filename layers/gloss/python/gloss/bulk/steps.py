"""One step of the bulk_regenerate machine: look at the job, do what its status asks for, say what comes next.

A step may run twice, and beside a step of an older execution: whatever it writes asks for the revision of the
record that it was computed from.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, Literal

from gloss.bulk.estimating import IN_BACKGROUND, Estimator
from gloss.bulk.feeding import Feeder
from gloss.bulk.model import FED, LEASE, WORKING, Counters, Job, JobStatus, counters
from gloss.bulk.stopping import Canceller
from gloss.bulk.store import JobStore
from gloss.bulk.undoing import Undoer
from gloss.clock import Clock
from gloss.dynamodb import ConditionFailed
from gloss.errors import JobNotFound
from gloss.images.model import epoch
from gloss.records import dataclass

FEED_AGAIN: Final = timedelta(seconds=2)
"""Between two looks at a full window; in that time half of it may be done."""

LOOK_AGAIN: Final = timedelta(seconds=5)
"""Between two looks at what is in flight once nothing more is fed."""


@dataclass(frozen=True, slots=True)
class Next:
    """What the machine does next: another step at once (``more``) or after a while (``wait``), or none.

    ``find``: the job's query has to be asked before the next step.
    """

    next: Literal["more", "find", "wait", "ended"]
    wait_s: int = 0

    def to_dict(self) -> dict[str, Any]:
        return {"next": self.next, "waitS": self.wait_s}


MORE: Final = Next("more")
FIND: Final = Next("find")
ENDED: Final = Next("ended")


def _after(delay: timedelta) -> Next:
    return Next("wait", int(delay.total_seconds()))


class Worker:
    def __init__(
        self,
        *,
        jobs: JobStore,
        estimator: Estimator,
        feeder: Feeder,
        canceller: Canceller,
        undoer: Undoer,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._estimator = estimator
        self._feeder = feeder
        self._canceller = canceller
        self._undoer = undoer
        self._clock = clock

    def step(self, user: str, job_id: str, job_epoch: int) -> Next:
        """Move the job on, if it is still this execution's."""
        try:
            job, tally = self._jobs.with_tally(user, job_id)
        except JobNotFound:
            return ENDED
        if job.epoch != job_epoch or job.status not in WORKING:
            return ENDED
        try:
            return self._ACTIONS[job.status](self, job, counters(job, tally))
        except ConditionFailed:
            # Somebody changed the job meanwhile; the next step sees how.
            return MORE

    def _estimate(self, job: Job, _now: Counters) -> Next:
        if job.searches:
            self._keep_alive(job)
            return FIND
        self._replace(job, self._estimator.advance(job, IN_BACKGROUND))
        return MORE

    def _feed(self, job: Job, now: Counters) -> Next:
        self._feeder.send(job)
        job = self._feeder.feed(job, now)
        if job.status not in WORKING:
            return ENDED
        self._keep_alive(job)
        return _after(FEED_AGAIN) if job.status in FED else MORE

    def _finish(self, job: Job, now: Counters) -> Next:
        self._feeder.send(job)
        return self._end(job, now, JobStatus.COMPLETE)

    def _cancel(self, job: Job, now: Counters) -> Next:
        self._canceller.call_off(job)
        return self._end(job, now, JobStatus.CANCELLED)

    def _undo(self, job: Job, _now: Counters) -> Next:
        return MORE if self._undoer.advance(job).status is JobStatus.UNDOING else ENDED

    def _end(self, job: Job, now: Counters, status: JobStatus) -> Next:
        """Ended once nothing is in flight any more."""
        if now.in_flight:
            self._keep_alive(job)
            return _after(LOOK_AGAIN)
        self._replace(job, job.changed(self._clock(), status=status, unsent=()))
        return ENDED

    def _keep_alive(self, job: Job) -> None:
        """The messages are sent; and a job that merely waits must not be taken for stuck."""
        if job.unsent or (job.due_at or 0) < epoch(self._clock() + LEASE / 2):
            self._replace(job, job.changed(self._clock(), unsent=()))

    def _replace(self, before: Job, after: Job) -> None:
        self._jobs.apply(self._jobs.replace(before, after))

    _ACTIONS: Final[dict[JobStatus, Callable[["Worker", Job, Counters], Next]]] = {
        JobStatus.ESTIMATING: _estimate,
        JobStatus.RUNNING: _feed,
        JobStatus.RETRYING: _feed,
        JobStatus.FINISHING: _finish,
        JobStatus.CANCELLING: _cancel,
        JobStatus.UNDOING: _undo,
    }
