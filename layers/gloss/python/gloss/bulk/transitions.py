"""How a job moves on: every transition is a function from one record to the next. Pure."""

from datetime import datetime, timedelta
from typing import Final

from gloss.bulk.model import FED, Estimate, Job, JobStatus, Tally, counters
from gloss.errors import Conflict
from gloss.images.model import epoch

CREDIT_CHECK: Final = timedelta(minutes=4)
"""How often a job that waits for credits asks for them."""

ESTIMATE_KEPT: Final = timedelta(days=7)
"""How long a dry run can be looked at."""

_HALTABLE: Final = frozenset({JobStatus.ESTIMATING, *FED})
_HALTED: Final = frozenset({JobStatus.PAUSED, JobStatus.QUOTA_EXHAUSTED})
_ENDED: Final = frozenset({JobStatus.COMPLETE, JobStatus.CANCELLED})


def pause(job: Job, now: datetime, _tally: Tally) -> Job:
    """Raises ``Conflict`` where nothing is being fed any more."""
    if job.status is JobStatus.PAUSED:
        return job
    if job.status is JobStatus.QUOTA_EXHAUSTED:
        return job.changed(now, status=JobStatus.PAUSED)
    if job.status not in _HALTABLE:
        raise _not_now(job, "paused")
    return job.changed(now, status=JobStatus.PAUSED, resumes=job.status)


def resume(job: Job, now: datetime, tally: Tally) -> Job:
    """Raises ``Conflict`` where the job is neither halted nor at work."""
    if job.status in _HALTABLE:
        return job
    if job.status not in _HALTED or job.resumes is None:
        raise _not_now(job, "resumed")
    return job.started(now, job.resumes, tally)


def cancel(job: Job, now: datetime, tally: Tally) -> Job:
    """Raises ``Conflict`` where the job has ended in another way."""
    if job.status in {JobStatus.CANCELLING, JobStatus.CANCELLED}:
        return job
    if job.status not in _HALTABLE | _HALTED | {JobStatus.FINISHING}:
        raise _not_now(job, "cancelled")
    return job.started(now, JobStatus.CANCELLING, tally)


def retry(job: Job, now: datetime, tally: Tally) -> Job:
    """Raises ``Conflict`` where the job has not ended."""
    if job.status is JobStatus.RETRYING:
        return job
    if job.status not in _ENDED:
        raise _not_now(job, "retried")
    failed = counters(job, tally).failed
    return job.started(now, JobStatus.RETRYING, tally, place=None, stopped=None, again=failed, met_again=0)


def undo(job: Job, now: datetime, tally: Tally) -> Job:
    """Raises ``Conflict`` where the job has not ended."""
    if job.status in {JobStatus.UNDOING, JobStatus.UNDONE}:
        return job
    if job.status not in _ENDED:
        raise _not_now(job, "undone")
    return job.started(now, JobStatus.UNDOING, tally, place=None)


def exhaust(job: Job, now: datetime) -> Job:
    """Without credits; the sweep asks again where the user wants the job to go on by itself."""
    return job.changed(
        now,
        status=JobStatus.QUOTA_EXHAUSTED,
        resumes=job.status,
        due_at=epoch(now + CREDIT_CHECK) if job.options.auto_resume else None,
    )


def with_estimate(job: Job, now: datetime, estimate: Estimate) -> Job:
    """With its estimate complete: a dry run ends, any other job begins."""
    if job.options.dry_run:
        kept = epoch(now + ESTIMATE_KEPT)
        return job.changed(
            now, status=JobStatus.ESTIMATED, estimate=estimate, place=None, seen=0, expires_at=kept
        )
    return job.changed(now, status=JobStatus.RUNNING, estimate=estimate, place=None, seen=0)


def _not_now(job: Job, wish: str) -> Conflict:
    return Conflict(f"A job that is {job.status} cannot be {wish}.", status=str(job.status))
