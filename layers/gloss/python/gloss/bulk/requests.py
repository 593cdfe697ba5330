"""What the API takes and shows of jobs."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Self

from pydantic import Field, StrictBool
from pydantic.alias_generators import to_camel

from gloss.bulk.conditions import Conditions
from gloss.bulk.model import (
    DEFAULT_WINDOW,
    FED,
    WORKING,
    Item,
    Job,
    JobStatus,
    Outcome,
    Starter,
    Tally,
    counters,
    progress,
)
from gloss.bulk.selection import Selection
from gloss.regenerate.model import RegenerateRequest
from gloss.schema import ApiModel, Positive

MAX_WINDOW: Final = 1_000


class JobRequest(ApiModel):
    """Describe every image of ``selection`` again, as ``regenerate`` says.

    ``dry_run`` only estimates. ``max_credits`` and ``max_cost_usd`` (by the estimated price of an image) stop
    the job once it has used as much. ``window`` is how many images are in flight at most. ``auto_resume``:
    a job that ran out of credits goes on by itself when there are some.
    """

    selection: Selection = Selection()
    regenerate: RegenerateRequest = RegenerateRequest()
    dry_run: StrictBool = False
    max_credits: Positive | None = None
    max_cost_usd: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)] | None = None
    window: Annotated[int, Field(ge=1, le=MAX_WINDOW)] = DEFAULT_WINDOW
    auto_resume: bool = False


class EstimateView(ApiModel):
    """What the job does, or will do: ``matched = to_process + skipped``, skipped by reason.

    ``cost_usd`` is null where the price of the model is not known.
    """

    complete: bool
    matched: int
    to_process: int
    skipped: dict[str, int]
    credits_needed: int
    credits_available: int
    cost_usd: float | None
    duration_seconds: int


class CountersView(ApiModel):
    """``total`` is the sum of all others.

    ``waiting``: the job will come to them, for the first time or to try again what failed; ``unreached``: it
    will not, for it was cancelled, stopped by a pin, or only estimates.
    """

    total: int
    done: int
    skipped: int
    failed: int
    cancelled: int
    in_flight: int
    waiting: int
    unreached: int


class ProgressView(ApiModel):
    """Images that the job is through with, of those that it is at: all, those that it tries again, or those
    that it takes back."""

    done: int
    total: int


class JobView(ApiModel):
    """One job. ``stopped`` names the pin that ended it; ``kept`` counts what an undo left as it was."""

    id: str
    status: JobStatus
    dry_run: bool
    auto_resume: bool
    started_by: Starter
    window: int
    selection: dict[str, Any]
    created_at: str
    updated_at: str
    estimate: EstimateView
    counters: CountersView
    progress: ProgressView
    skipped: dict[str, int]
    undone: int
    kept: int
    stopped: str | None
    eta_seconds: int | None

    @classmethod
    def of(cls, job: Job, tally: Tally, now: datetime) -> Self:
        found = counters(job, tally)
        return cls(
            id=job.job,
            status=job.status,
            dry_run=job.options.dry_run,
            auto_resume=job.options.auto_resume,
            started_by=job.started_by,
            window=job.options.window,
            selection=_summary(job.selection),
            created_at=job.created_at,
            updated_at=job.updated_at,
            estimate=_estimate(job),
            counters=CountersView.model_validate(found),
            progress=ProgressView.model_validate(progress(job, tally)),
            skipped=dict(job.skipped),
            undone=tally.undone,
            kept=tally.kept,
            stopped=job.stopped,
            eta_seconds=eta_seconds(job, tally, now),
        )


class JobPage(ApiModel):
    """A part of the jobs, newest first; ``next`` is the cursor of the following part."""

    jobs: list[JobView]
    next: str | None


class ItemView(ApiModel):
    """One image of a job: what became of it and why, and the versions before and after.

    ``undo``: undone, or why not: changed_since, version_expired, image_deleted.
    """

    image_id: str
    outcome: Outcome
    reason: str
    at: str
    version_before: int | None
    version_after: int | None
    undo: str | None

    @classmethod
    def of(cls, item: Item) -> Self:
        return cls(
            image_id=item.image,
            outcome=item.outcome,
            reason=item.reason,
            at=item.at,
            version_before=item.before,
            version_after=item.after,
            undo=item.undo,
        )


class ItemPage(ApiModel):
    """A part of the items; a filtered part may be short although more follow: the cursor tells."""

    items: list[ItemView]
    next: str | None


_COLUMNS: Final = tuple(ItemView.model_fields)


def report_csv(items: Sequence[ItemView]) -> str:
    """RFC 4180, a header line first. No cell holds text of a user's."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(map(to_camel, _COLUMNS))
    writer.writerows([getattr(item, column) for column in _COLUMNS] for item in items)
    return text.getvalue()


def eta_seconds(job: Job, tally: Tally, now: datetime) -> int | None:
    """Time to the end at the pace since the job was last started; by the estimate while none has ended."""
    if job.status not in _TIMED or not job.started_at:
        return None
    left = progress(job, tally).left
    ended = tally.settled - job.ended_before
    if ended <= 0:
        return _expected(job, left)
    elapsed = (now - datetime.fromisoformat(job.started_at)).total_seconds()
    return round(left * elapsed / ended)


_TIMED: Final = WORKING - {JobStatus.ESTIMATING}


def _expected(job: Job, left: int) -> int | None:
    """The part of the estimate that so many images are; nobody knows how fast an end without work comes."""
    if job.status not in FED | {JobStatus.FINISHING}:
        return None
    return round(job.estimate.seconds * left / max(1, job.estimate.process))


def _estimate(job: Job) -> EstimateView:
    estimate = job.estimate
    return EstimateView(
        complete=estimate.complete,
        matched=estimate.matched,
        to_process=estimate.process,
        skipped=dict(estimate.skipped),
        credits_needed=estimate.credits,
        credits_available=estimate.available,
        cost_usd=estimate.usd,
        duration_seconds=estimate.seconds,
    )


def _summary(conditions: Conditions) -> dict[str, Any]:
    """The conditions as they hold; of ids only how many there are."""
    selection = Selection.model_validate(conditions)
    given = selection.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    if conditions.ids:
        given["ids"] = len(conditions.ids)
    if conditions.most is not None:
        given["limit"] = conditions.most
    return given
