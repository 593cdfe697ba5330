"""Entering calls in the usage log, whatever becomes of the log: caps and reports are wrong without a row."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from gloss.due import FAULTED
from gloss.errors import Busy
from gloss.metering.model import CallRecord
from gloss.metering.store import UsageStore
from gloss.records import dataclass

logger = logging.getLogger(__name__)

_FAULTS: Final = (Busy, BotoCoreError, ClientError)
_PAGE: Final = 200
"""Rows that one sweep makes up for; the rest is the next one's."""


@dataclass(frozen=True, slots=True)
class Books:
    """``lost`` hears of a row that could be put nowhere but into the log of the function."""

    usage: UsageStore
    lost: Callable[[CallRecord], None]

    def enter(self, records: Iterable[CallRecord]) -> None:
        """Write the rows of calls that were made; one that is there already changes nothing.

        It never raises: what is paid is paid, and an exception would have the step run again. A row whose
        sums are too busy is set aside for the sweep.
        """
        for record in records:
            try:
                self.usage.add(record)
            except _FAULTS:
                self._set_aside(record)

    def _set_aside(self, record: CallRecord) -> None:
        try:
            self.usage.set_aside(record)
            logger.warning("usage set aside", extra={"usage": record.to_item()})
        except _FAULTS:
            logger.exception("usage not recorded", extra={"usage": record.to_item()})
            self.lost(record)

    def make_up(self) -> dict[str, int]:
        """Write rows that were set aside; how often it could be done, or not."""
        done: Counter[str] = Counter()
        for record in self.usage.aside(_PAGE):
            try:
                self.usage.add(record)
                self.usage.forget_aside(record)
                done["usage made up"] += 1
            except _FAULTS:
                logger.exception("usage not made up", extra={"usage": record.to_item()})
                done[f"usage {FAULTED}"] += 1
        return dict(done)
