"""A generation and its rules. Pure: every transition is a function from one record to the next.

pending -> processing -> completed | failed | cancelled
failed -> processing, where the failure may pass
pending -> cancelled, by its owner or after an hour

While it is processing a generation waits in a queue, or a worker holds its ``lease``; once it is ``begun``
there may be pictures that were paid for.
"""

from collections.abc import Mapping
from dataclasses import asdict, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal, Self

from gloss.clock import iso
from gloss.errors import InvalidGenerationStatus
from gloss.generate.costs import Quality
from gloss.generate.prompt import AspectRatio, Style
from gloss.records import dataclass
from gloss.shards import due_shard

Priority = Literal["interactive", "batch"]

RESERVATION: Final = "generation-"
"""How the ids of the ledger's reservations for generations begin."""

PENDING_KEPT: Final = timedelta(hours=1)
"""How long a generation that nobody starts keeps its tokens."""

HOLD: Final = timedelta(hours=24)
"""How long the ledger holds tokens: longer than any generation takes, so that ours is the only clock."""

LEASE: Final = timedelta(seconds=300)
"""Longer than the longest execution of the machine, so that a live worker never loses its lease."""

PATIENCE: Final[Mapping[Priority, timedelta]] = {
    "interactive": timedelta(minutes=5),
    "batch": timedelta(minutes=60),
}
"""How long work may wait in a queue before the sweep takes its message for lost."""

DEADLINE: Final[Mapping[Priority, timedelta]] = {
    "interactive": timedelta(minutes=20),
    "batch": timedelta(hours=4),
}
"""From the start of a generation to the moment at which no further attempt begins."""

AT_ONCE: Final[Mapping[Priority, int]] = {"interactive": 5, "batch": 20}
"""Generations of one user that are processing at the same time."""

MAX_ATTEMPTS: Final = 2
"""Attempts between one start and the end; the last failure ends it. A rate limit uses none."""

MAX_SEED: Final = 858_993_459
"""The largest that every provider takes."""

MAX_RUNS: Final = 3
"""How often one generation may be started."""


class GenerationStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there are no pictures, or fewer than asked for; ``code`` is stable, ``message`` is for people."""

    code: str
    message: str
    at: str
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture that was made; ``image`` is what it became where it was added to the library."""

    number: int
    content_type: str
    width: int
    height: int
    bytes: int
    sha256: str
    image: str | None = None


_LISTS: Final = ("product_images", "model_images", "ignored")


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for. Inputs are image ids of the user's or https addresses.

    ``ignored`` names the parameters that were given and that the model does not follow.
    """

    product_images: tuple[str, ...]
    model_images: tuple[str, ...]
    model: str
    provider: str
    style: Style
    quality: Quality
    aspect_ratio: AspectRatio
    count: int
    seed: int
    custom_prompt: str | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """Products first, as the prompt counts them."""
        return (*self.product_images, *self.model_images)

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        lists = {name: tuple(item.get(name, ())) for name in _LISTS}
        return cls(**{**item, **lists})


@dataclass(frozen=True, slots=True)
class Generation:
    """The record of one generation. Times are ISO 8601 in UTC, ``due_at`` and ``deadline_at`` Unix seconds.

    ``tokens`` is what the reservation holds, ``charged`` what was used of it for good. ``run`` counts the
    starts, each with a reservation of its own; ``attempt`` the attempts since, ``tries`` all of them.
    ``revision`` counts the changes of the record; every write asks for the one it was computed from.
    """

    user: str
    generation: str
    status: GenerationStatus
    order: Order
    prompt: str
    tokens: int
    byok: bool
    priority: Priority
    created_at: str
    updated_at: str
    revision: int = 1
    run: int = 1
    attempt: int = 0
    tries: int = 0
    begun: bool = False
    lease: str | None = None
    due_at: int | None = None
    deadline_at: int | None = None
    started_at: str | None = None
    ended_at: str | None = None
    pictures: tuple[Picture, ...] = ()
    charged: int = 0
    failure: Failure | None = None
    origin: str | None = None

    @property
    def reservation(self) -> str:
        return f"{RESERVATION}{self.generation}-{self.run}"

    @property
    def retries(self) -> int:
        """How often work on it was taken up again."""
        return max(0, self.tries - 1)

    @property
    def seconds(self) -> float | None:
        """From the start to the end; ``None`` before that."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (
            datetime.fromisoformat(self.ended_at) - datetime.fromisoformat(self.started_at)
        ).total_seconds()

    @property
    def is_startable(self) -> bool:
        if self.status is GenerationStatus.FAILED:
            return self.failure is not None and self.failure.retryable and self.run < MAX_RUNS
        return self.status is GenerationStatus.PENDING

    def to_item(self) -> dict[str, Any]:
        item = asdict(self)
        item["order"] |= {name: list(item["order"][name]) for name in _LISTS}
        item["pictures"] = [
            {name: value for name, value in picture.items() if value is not None}
            for picture in item["pictures"]
        ]
        item["status"] = str(self.status)
        item["status_generation"] = status_key(self.status, self.generation)
        item["due_shard"] = due_shard(self.generation) if self.due_at is not None else None
        return {name: value for name, value in item.items() if value is not None}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        known = {name: item[name] for name in cls.__slots__ if name in item}
        known["status"] = GenerationStatus(item["status"])
        known["order"] = Order.from_item(item["order"])
        known["pictures"] = tuple(Picture(**picture) for picture in item.get("pictures", ()))
        known["failure"] = Failure(**item["failure"]) if "failure" in item else None
        return cls(**known)

    def changed(self, now: datetime, **changes: Any) -> "Generation":  # noqa: ANN401 - fields of many types
        return replace(self, revision=self.revision + 1, updated_at=iso(now), **changes)

    def ended(self, now: datetime, status: GenerationStatus, **changes: Any) -> "Generation":  # noqa: ANN401
        """With nothing open any more."""
        closed = {"lease": None, "due_at": None, "deadline_at": None, "begun": False}
        return self.changed(now, status=status, ended_at=iso(now), **closed, **changes)


def status_key(status: GenerationStatus, generation: str) -> str:
    return f"{status}#{generation}"


def epoch(moment: datetime) -> int:
    return int(moment.timestamp())


# Transitions


def start(generation: Generation, now: datetime) -> Generation:
    """Into its queue. A failed one begins a new run, with tokens of its own.

    Raises:
        InvalidGenerationStatus: it is neither pending nor failed in a way that may pass.
    """
    if not generation.is_startable:
        raise InvalidGenerationStatus(
            f"A generation that is {generation.status} cannot be started.", status=str(generation.status)
        )
    return generation.changed(
        now,
        status=GenerationStatus.PROCESSING,
        run=generation.run + (generation.status is GenerationStatus.FAILED),
        attempt=0,
        started_at=iso(now),
        ended_at=None,
        failure=None,
        due_at=epoch(now + PATIENCE[generation.priority]),
        deadline_at=epoch(now + DEADLINE[generation.priority]),
    )


def claim(generation: Generation, now: datetime, lease: str) -> Generation | None:
    """Into the hands of a worker; ``None`` where nothing waits for one."""
    if generation.status is not GenerationStatus.PROCESSING or generation.lease is not None:
        return None
    return generation.changed(
        now,
        lease=lease,
        attempt=generation.attempt + 1,
        tries=generation.tries + 1,
        due_at=epoch(now + LEASE),
    )


def is_late(generation: Generation, moment: datetime) -> bool:
    """Whether no attempt begins any more."""
    return generation.deadline_at is not None and epoch(moment) >= generation.deadline_at


def put_back(
    generation: Generation,
    now: datetime,
    delay: timedelta,
    *,
    free: bool,
    unmade: bool,
    failure: Failure | None = None,
) -> Generation:
    """Into the queue again, to be taken after ``delay``; ``free`` where the attempt does not count.

    Where nothing was made (``unmade``) it can be called off again; what was paid for is not thrown away.
    """
    return generation.changed(
        now,
        lease=None,
        begun=generation.begun and not unmade,
        attempt=generation.attempt - free,
        failure=failure,
        due_at=epoch(now + delay + PATIENCE[generation.priority]),
    )
