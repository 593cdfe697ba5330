"""What stands around every paid call: the cap, the circuit breaker, the rate limit, and the record of it."""

import logging
import time
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from gloss.clock import Clock
from gloss.describe.model import Failure, Permanent, RateLimited, Transient
from gloss.errors import Busy
from gloss.ids import new_id
from gloss.metering.books import Books
from gloss.metering.breaker import Breaker, Circuit
from gloss.metering.limiter import Limiter
from gloss.metering.model import Call, CallRecord, OutcomeKind, Receipts, Tokens
from gloss.metering.model import usd as dollars
from gloss.metering.prices import Prices
from gloss.metering.spending import Spending
from gloss.providers.model import (
    INVALID_ANSWER,
    PROVIDER_TIMEOUT,
    REPHRASED,
    USELESS_KEY,
    transient,
)
from gloss.records import dataclass

logger = logging.getLogger(__name__)

PROVIDER_DOWN: Final = "PROVIDER_UNAVAILABLE"
KEY_PAUSE_S: Final = 300.0
"""How long the stack's own key rests after the provider refused it; then one call finds out anew."""

_OF_THE_MODEL: Final = frozenset({INVALID_ANSWER, REPHRASED})
"""Faults of what was asked or said, not of the way to the provider: they do not open the circuit."""


class Answer(Protocol):
    @property
    def kind(self) -> OutcomeKind: ...


Answered = TypeVar("Answered", bound=Answer)
Report = Callable[[CallRecord], None]


@dataclass(frozen=True, slots=True)
class Metering:
    """``report`` hears of every call made; ``key_refused``, where the key is a user's, by which code it is
    refused, ``key_served`` that it is good. ``receipts`` get the calls that had a result, for who keeps it
    first and enters them then; without them each call is entered at once."""

    spending: Spending
    breaker: Breaker
    limiter: Limiter
    books: Books
    prices: Prices
    clock: Clock
    report: Report
    key_refused: Callable[[str], object] | None = None
    key_served: Callable[[], object] | None = None
    receipts: Receipts | None = None
    stopwatch: Callable[[], float] = time.monotonic

    def run(
        self,
        call: Call,
        send: Callable[[], Answered],
        tokens: Callable[[Answered], Tokens],
        *,
        latest: float | None = None,
    ) -> Answered | Failure:
        """What ``send`` answers, metered; a failure without sending where the call must not be made now.

        ``send`` makes one request, for each is a call of its own to the provider. After ``latest`` on the
        stopwatch there would be no time left to wait for its answer.
        """
        if refusal := self.spending.refusal(call, priced=self.usd(call, Tokens()) is not None):
            return refusal
        circuit = self.breaker.look(call)
        if circuit.state == "open":
            return Transient(PROVIDER_DOWN, "The provider keeps failing and is left alone for a moment.")
        if obstacle := self._obstacle(call, latest):
            self.breaker.not_tried(call, circuit)
            return obstacle
        begin = self.stopwatch()
        answer = send()
        latency_ms = round((self.stopwatch() - begin) * 1000)
        self._record(call, answer, tokens(answer), latency_ms)
        try:
            self._learn(call, circuit, answer)
        except (Busy, BotoCoreError, ClientError):
            # An exception would have the step run again, and a paid call repeated.
            logger.warning("nothing learned from a call", exc_info=True, extra={"provider": call.provider})
        return answer

    def _obstacle(self, call: Call, latest: float | None) -> Failure | None:
        permit = self.limiter.acquire(call)
        if isinstance(permit, RateLimited):
            return permit
        return transient(PROVIDER_TIMEOUT) if latest is not None and self.stopwatch() > latest else None

    def usd(self, call: Call, tokens: Tokens) -> float | None:
        """What these tokens cost today; ``None`` where no price is known."""
        nano_dollars = self.prices.cost(call.provider, call.model, tokens, self.clock().date())
        return None if nano_dollars is None else dollars(nano_dollars)

    def _record(self, call: Call, answer: Answer, tokens: Tokens, latency_ms: int) -> None:
        now = self.clock()
        record = CallRecord(
            id=new_id(),
            at=now,
            call=call,
            outcome=answer.kind,
            code=getattr(answer, "code", None),
            tokens=tokens,
            cost=self.prices.cost(call.provider, call.model, tokens, now.date()),
            latency_ms=latency_ms,
        )
        self.report(record)
        if self.receipts is not None and record.outcome == "ok":
            self.receipts.append(record)
        else:
            self.books.enter([record])

    def _learn(self, call: Call, circuit: Circuit, answer: Answer) -> None:
        if isinstance(answer, RateLimited):
            self.limiter.pause(call, answer.retry_after_s)
        if isinstance(answer, Transient) and answer.code not in _OF_THE_MODEL:
            self.breaker.failed(call, circuit)
            return
        self.breaker.answered(call, circuit)
        if isinstance(answer, Permanent) and answer.code in USELESS_KEY:
            self._rest(call, answer.code)
        elif answer.kind == "ok" and self.key_served:
            self.key_served()

    def _rest(self, call: Call, code: str) -> None:
        if self.key_refused:
            self.key_refused(code)
        else:
            logger.error("the stack's key is refused", extra={"provider": call.provider, "code": code})
            self.limiter.pause(call, KEY_PAUSE_S)
