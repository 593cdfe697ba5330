"""When a user's library is looked after, and by what job. Pure."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import Field

from gloss.ids import id_of
from gloss.images.model import epoch
from gloss.records import dataclass
from gloss.schema import ApiModel

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

GRACE: Final = timedelta(minutes=30)
"""A run that is due and has not started yet is not lost when its owner saves the settings: one that was due
so long ago is due still. If it has run already, its job is there and is not made a second time."""

DUE: Final = "schedules"
"""The one partition of the index of what is due: each user moves in it once a day at most."""

_DAY: Final = timedelta(days=1)
_WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)


class Schedule(ApiModel):
    """A bulk job every day or week, in the given hour (UTC); ``weekday`` counts for a weekly one.

    ``missing`` describes images that lack a text and fills only what is empty. ``if_better`` describes those
    that nobody has touched for ``minAgeDays`` and keeps what is better than before. The job stops at
    ``maxCredits``.
    """

    every: Literal["daily", "weekly"]
    hour: Annotated[int, Field(ge=0, le=23)] = 3
    weekday: Weekday = "monday"
    work: Literal["missing", "if_better"] = "missing"
    min_age_days: Annotated[int, Field(ge=0, le=365)] = 30
    max_credits: Annotated[int, Field(ge=1, le=1_000_000)]


@dataclass(frozen=True, slots=True)
class LastRun:
    """The latest job that a schedule started; ``problem`` is why it could start no other, and was paused."""

    job: str | None = None
    at: str | None = None
    problem: str | None = None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        return cls(**{name: item[name] for name in cls.__slots__ if name in item})


def next_run(schedule: Schedule, user: str, after: datetime) -> datetime:
    """The first moment behind ``after`` at which the schedule is due.

    Each user has a minute of the hour, so that not all of them begin at once.
    """
    minute = hashlib.sha256(user.encode()).digest()[0] * 60 // 256
    moment = after.astimezone(UTC).replace(hour=schedule.hour, minute=minute, second=0, microsecond=0)
    while moment <= after or (
        schedule.every == "weekly" and moment.weekday() != _WEEKDAYS.index(schedule.weekday)
    ):
        moment += _DAY
    return moment


def index_entry(due: datetime | None) -> dict[str, Any]:
    """What puts a user's preferences into the index of what is due, or keeps them out of it."""
    return {} if due is None else {"due_shard": DUE, "due_at": epoch(due)}


def job_id(user: str, due: datetime) -> str:
    """The id of the one job of this user and day, whoever starts it and however often."""
    day = due.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return id_of(day, f"schedule {user} {day.date()}")
