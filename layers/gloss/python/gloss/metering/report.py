"""GET /usage: what a user's AI calls were, and what they cost."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from gloss.clock import Clock
from gloss.errors import InvalidCursor, ValidationFailed
from gloss.metering.model import Totals
from gloss.metering.store import UsageStore
from gloss.metering.views import Dimension, UsagePage, UsageReport, UsageRow, UsageTotals, grouped

MAX_DAYS: Final = 366


class UsageReports:
    def __init__(self, store: UsageStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def report(
        self, user: str, first: date | None, last: date | None, by: Sequence[Dimension]
    ) -> UsageReport:
        """Sums of the days asked for, of the current month where none are.

        Raises:
            ValidationFailed: the days are in the wrong order or too many.
        """
        end = last or self._clock().date()
        begin = first or end.replace(day=1)
        if not 0 <= (end - begin).days < MAX_DAYS:
            raise ValidationFailed(f"Ask for 1 to {MAX_DAYS} days.", first=str(begin), last=str(end))
        days = list(self._store.days(user, str(begin), str(end)))
        dimensions = list(dict.fromkeys(by))
        return UsageReport(
            first=str(begin),
            last=str(end),
            by=dimensions,
            groups=grouped(days, dimensions),
            total=UsageTotals.of(sum((entry.totals for entry in days), Totals())),
        )

    def calls(self, user: str, *, before: str | None, limit: int) -> UsagePage:
        """Single calls, newest first; ``next`` is the place of the last one, ``None`` at the end.

        Raises:
            InvalidCursor: ``before`` is not the place of a call.
        """
        if before is not None and not before[:1].isdigit():
            raise InvalidCursor("The cursor is not valid.")
        items, place = self._store.rows(user, before=before, limit=limit)
        return UsagePage(calls=[UsageRow.from_item(item) for item in items], next=place)
