"""Optimistic locking: try a transaction, and compute it anew when somebody else was faster."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Final, TypeVar

from gloss import dynamodb
from gloss.clock import Clock
from gloss.dynamodb import ConditionFailed, Item, Write
from gloss.errors import Busy
from gloss.quota.journal import JournalEntry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PATIENCE_S: Final = 10.0
"""How long a caller is kept waiting for the optimistic lock. A function that serves the API is ended after 15
seconds; before that it has to tell its caller that the account is busy."""

SWEEP_PATIENCE_S: Final = 1.0
"""How long the sweep waits for one account: it comes round again, and others wait behind it."""

_LONGEST_WAIT_S: Final = 2.0
"""Long enough for a crowd on one row to thin out: only a try that nobody overtakes can win."""

_NOT_LOGGED: Final = frozenset({"entry", "at", "type"})

Outcome = TypeVar("Outcome")

_logger: Final = logging.getLogger(__name__)


class Transactor:
    """Runs the ledger's transactions."""

    def __init__(
        self,
        client: "DynamoDBClient",
        *,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._clock = clock
        self._sleep = sleep
        self._timer = timer

    def repeat(
        self, attempt: Callable[[datetime], Outcome | None], patience_s: float = PATIENCE_S
    ) -> Outcome:
        """The first outcome of ``attempt``, which is given the time and answers ``None`` to be called again.

        Raises:
            Busy: none by the time that ``patience_s`` would be over with another wait.
        """
        deadline = self._timer() + patience_s
        for number in count():
            outcome = attempt(self._clock())
            if outcome is not None:
                return outcome
            wait = dynamodb.backoff(number, _LONGEST_WAIT_S)
            if self._timer() + wait > deadline:
                break
            self._sleep(wait)
        raise Busy

    def write(self, own: Sequence[Write], also: Sequence[Write] = ()) -> Mapping[int, Item | None] | None:
        """``None`` once everything is written; else which of ``own`` were refused, by position.

        Empty where the transaction met another one. What ``own`` refuses hides what ``also`` refuses: then
        the ledger has moved on, and its caller first finds out how.

        Raises:
            ConditionFailed: only ``also`` was refused; positions count from its beginning.
            ValueError: more writes than a transaction can hold.
        """
        if len(own) + len(also) > dynamodb.MAX_TRANSACTION_ITEMS:
            raise ValueError(f"{len(own)} writes of the ledger and {len(also)} of the caller are too many")
        try:
            dynamodb.transact(self._client, [*own, *also], attempts=1)
        except Busy:
            return {}
        except ConditionFailed as refused:
            mine = {position: item for position, item in refused.failures.items() if position < len(own)}
            if mine:
                return mine
            theirs = {position - len(own): item for position, item in refused.failures.items()}
            raise ConditionFailed(theirs) from refused
        return None


def log(entries: Sequence[JournalEntry]) -> None:
    """One structured record for each entry that was written, with the fields of the journal."""
    for entry in entries:
        fields = {name: value for name, value in asdict(entry).items() if name not in _NOT_LOGGED}
        _logger.info("quota %s", entry.type, extra=fields | {"transition": entry.type})
