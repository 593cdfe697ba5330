"""The clock, as a value that tests replace."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """Microsecond ISO 8601 in UTC; sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def iso_of_epoch(seconds: int) -> str:
    return iso(datetime.fromtimestamp(seconds, UTC))
