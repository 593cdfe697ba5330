"""A job, its rows and its figures. Pure.

estimating -> estimated (a dry run ends here)
estimating -> running -> finishing -> complete -> retrying -> finishing …
running, retrying -> paused | quota_exhausted -> running, retrying
whatever is open -> cancelling -> cancelled
complete, cancelled -> undoing -> undone
"""

from collections.abc import Mapping
from dataclasses import asdict, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal, Self

from gloss.bulk.conditions import Conditions
from gloss.clock import iso
from gloss.images.model import Work, epoch
from gloss.records import dataclass
from gloss.shards import due_shard

LEASE: Final = timedelta(minutes=4)
"""A job that nobody has touched for so long is stuck; the sweep, every five minutes, moves it within ten."""

DEFAULT_WINDOW: Final = 200


class JobStatus(StrEnum):
    ESTIMATING = "estimating"
    ESTIMATED = "estimated"
    RUNNING = "running"
    RETRYING = "retrying"
    PAUSED = "paused"
    QUOTA_EXHAUSTED = "quota_exhausted"
    FINISHING = "finishing"
    COMPLETE = "complete"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    UNDOING = "undoing"
    UNDONE = "undone"


WORKING: Final = frozenset(
    {
        JobStatus.ESTIMATING,
        JobStatus.RUNNING,
        JobStatus.RETRYING,
        JobStatus.FINISHING,
        JobStatus.CANCELLING,
        JobStatus.UNDOING,
    }
)
"""States in which an execution of the machine moves the job on."""

FED: Final = frozenset({JobStatus.RUNNING, JobStatus.RETRYING})
"""States in which images are put to work."""

_WALKING: Final = frozenset({JobStatus.ESTIMATING, JobStatus.RUNNING})
"""States from which the walk over the library goes on, at once or when the job is resumed."""


Outcome = Literal["open", "done", "failed", "cancelled", "skipped"]
Stop = Literal["max_credits", "max_cost"]
Starter = Literal["user", "schedule"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a job would do. ``available`` credits and ``usd`` are as of the moment it was worked out."""

    matched: int = 0
    process: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    complete: bool = False
    credits: int = 0
    available: int = 0
    usd: float | None = None
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Options:
    """How a job behaves; ``max_images`` is what its pins come to, ``max_stop`` which of them it is.

    ``per_minute`` is the limit that the owner of the key has set, where the job is done with a user's own.
    """

    window: int = DEFAULT_WINDOW
    credits: int = 1
    auto_resume: bool = False
    dry_run: bool = False
    max_images: int | None = None
    max_stop: Stop = "max_credits"
    per_minute: int | None = None

    def at_most(self, images: int | None, stop: Stop) -> "Options":
        """With another pin; the tighter one counts."""
        if images is None or (self.max_images is not None and self.max_images <= images):
            return self
        return replace(self, max_images=images, max_stop=stop)


@dataclass(frozen=True, slots=True)
class Hits:
    """What a job's query has found: ``count`` images in the list of this name."""

    list: str
    count: int


@dataclass(frozen=True, slots=True)
class Job:
    """The record of one job. Times are ISO 8601 in UTC, ``due_at`` is Unix seconds.

    ``epoch`` counts the executions that were given the job: an older one finds that it has been replaced.
    ``revision`` counts the changes of the record; every write asks for the one it was computed from.
    ``place`` is where the walk over the library, or over the job's items, goes on; ``seen`` how many matching
    images it has met. ``again`` is how many images a retry sets out to put to work, ``met_again`` how many of
    them it has come to. ``unsent`` are images whose messages may not have been sent. ``resumes`` is the
    status that a halted job goes back to.
    """

    user: str
    job: str
    status: JobStatus
    selection: Conditions
    request: Mapping[str, Any]
    options: Options
    created_at: str
    updated_at: str
    estimate: Estimate = field(default_factory=Estimate)
    epoch: int = 1
    revision: int = 1
    place: str | None = None
    seen: int = 0
    fed: int = 0
    retried: int = 0
    again: int = 0
    met_again: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    walked: bool = False
    unsent: tuple[str, ...] = ()
    resumes: JobStatus | None = None
    stopped: Stop | None = None
    started_at: str | None = None
    ended_before: int = 0
    due_at: int | None = None
    expires_at: int | None = None
    started_by: Starter = "user"
    hits: Hits | None = None

    @property
    def searches(self) -> bool:
        """Whether the query has still to be asked."""
        return self.selection.query is not None and self.hits is None

    @property
    def begun(self) -> int:
        """How often an image was put to work."""
        return self.fed + self.retried

    def to_item(self) -> dict[str, Any]:
        item = {name: getattr(self, name) for name in self.__slots__}
        item["status"] = str(self.status)
        item["resumes"] = str(self.resumes) if self.resumes else None
        item["selection"] = self.selection.to_item()
        item["options"] = asdict(self.options)
        item["estimate"] = asdict(self.estimate)
        item["hits"] = asdict(self.hits) if self.hits else None
        item["due_shard"] = due_shard(self.job) if self.due_at is not None else None
        return {name: value for name, value in item.items() if value is not None}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        known = {name: item[name] for name in cls.__slots__ if name in item}
        known["status"] = JobStatus(item["status"])
        known["resumes"] = JobStatus(item["resumes"]) if "resumes" in item else None
        known["selection"] = Conditions.from_item(item["selection"])
        known["options"] = Options(**item["options"])
        known["estimate"] = Estimate(**item["estimate"])
        known["hits"] = Hits(**item["hits"]) if "hits" in item else None
        known["unsent"] = tuple(item.get("unsent", ()))
        return cls(**known)

    def work(self, reservation: str) -> Work:
        return Work(
            reservation=reservation,
            credits=self.options.credits,
            queue="bulk",
            kind="regenerate",
            request=self.request,
            job=self.job,
        )

    def changed(self, now: datetime, **changes: Any) -> "Job":  # noqa: ANN401 - fields of many types
        """The next revision; a job that is being worked on is due again after the lease."""
        after = replace(self, revision=self.revision + 1, updated_at=iso(now), **changes)
        if "due_at" in changes:
            return after
        return replace(after, due_at=epoch(now + LEASE) if after.status in WORKING else None)

    def started(self, now: datetime, status: JobStatus, tally: "Tally", **changes: Any) -> "Job":  # noqa: ANN401
        """Under a new execution; what ended before it does not count for its pace."""
        return self.changed(
            now,
            status=status,
            resumes=None,
            epoch=self.epoch + 1,
            started_at=iso(now),
            ended_before=tally.settled,
            **changes,
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each thing has happened to the job's images, summed over the counter rows; only ever grows.

    ``undone`` and ``kept``: what an undo took back, and what it left because somebody changed it since.
    """

    done: int = 0
    failed: int = 0
    cancelled: int = 0
    undone: int = 0
    kept: int = 0

    @property
    def ended(self) -> int:
        return self.done + self.failed + self.cancelled

    @property
    def settled(self) -> int:
        """Ends of any kind, of work and of taking it back."""
        return self.ended + self.undone + self.kept


@dataclass(frozen=True, slots=True)
class Counters:
    """Where the job's images are now; ``total`` is the sum of all others.

    ``waiting`` are those that the estimate promises and the walk is still to meet, and failed ones that a
    retry is still to come to; ``unreached`` those that the walk will not meet any more: the job was
    cancelled, stopped by a pin, or only estimates.
    """

    total: int
    done: int
    skipped: int
    failed: int
    cancelled: int
    in_flight: int
    waiting: int
    unreached: int


def counters(job: Job, tally: Tally) -> Counters:
    """A retried image failed before and is counted by its last ending alone."""
    skipped = sum(job.skipped.values())
    met = job.fed + skipped
    unmet = 0 if job.walked else max(0, job.estimate.matched - met)
    walks = (job.resumes or job.status) in _WALKING
    to_retry = _to_retry(job)
    return Counters(
        total=met + unmet,
        done=tally.done,
        skipped=skipped,
        failed=tally.failed - job.retried - to_retry,
        cancelled=tally.cancelled,
        in_flight=job.begun - tally.ended,
        waiting=(unmet if walks else 0) + to_retry,
        unreached=0 if walks else unmet,
    )


def _to_retry(job: Job) -> int:
    """Failed images that a retry is still to come to."""
    retries = (job.resumes or job.status) is JobStatus.RETRYING
    return job.again - job.met_again if retries else 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the job is with what it is at: all of its images, those that it tries again, or those that it
    takes back."""

    done: int
    total: int

    @property
    def left(self) -> int:
        return self.total - self.done


def progress(job: Job, tally: Tally) -> Progress:
    found = counters(job, tally)
    if job.status in {JobStatus.UNDOING, JobStatus.UNDONE}:
        return Progress(tally.undone + tally.kept, tally.done)
    left = found.waiting + found.in_flight
    total = job.again or found.total - found.unreached
    return Progress(total - left, total)


def allowance(job: Job, now: Counters) -> int | None:
    """Images that may still be begun under the job's pins; ``None`` for any number.

    What fails gives its credit back, but whoever was asked about it may want money for the answer.
    """
    most = job.options.max_images
    if most is None:
        return None
    begun = job.begun if job.options.max_stop == "max_cost" else now.done + now.in_flight
    return max(0, most - begun)


@dataclass(frozen=True, slots=True)
class Item:
    """One image of a job. ``reason`` says why it was skipped, failed or called off; ``undo`` what became of
    taking the change back; ``before`` and ``after`` are the versions around the job's own."""

    image: str
    outcome: Outcome
    at: str
    reason: str = ""
    reservation: str | None = None
    before: int | None = None
    after: int | None = None
    undo: str | None = None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        known = {name: item[name] for name in cls.__slots__ if name in item}
        return cls(**known | {"image": item["job"].rpartition("#")[2]})
