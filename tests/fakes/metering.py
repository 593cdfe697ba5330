"""Metering on the in-memory DynamoDB: what stands around a provider call, with a clock set by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gloss.metering.books import Books
from gloss.metering.breaker import Breaker
from gloss.metering.limiter import Limiter
from gloss.metering.limits import Limits
from gloss.metering.model import Call, CallRecord
from gloss.metering.prices import Prices
from gloss.metering.rates import RatesStore
from gloss.metering.service import Metering
from gloss.metering.spending import Spending
from gloss.metering.store import UsageStore
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.tables import with_tables

START: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def call(**changes: Any) -> Call:
    known: dict[str, Any] = {
        "user": "ada",
        "purpose": "describe",
        "provider": "openai",
        "model": "gpt-4.1-mini",
        "image": "image-1",
    }
    return Call(**{**known, **changes})


def no_jitter(low: float, _high: float) -> float:
    return low


@dataclass
class MeteringKit:
    """Everything that metering is made of; ``reported``, ``lost``, ``refused``: what it told others."""

    now: datetime = START
    database: FakeDynamoDB = field(default_factory=lambda: with_tables("RatesTable", "UsageTable"))
    limits: str = '{"openai": {"describe": 3, "embed": 20}}'
    jitter: Callable[[float, float], float] = no_jitter
    stack_cap: int | None = None
    prices: str = ""
    reported: list[CallRecord] = field(default_factory=list)
    lost: list[CallRecord] = field(default_factory=list)
    refused: list[tuple[Call, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rates = RatesStore(self.database.client, "RatesTable")
        self.usage = UsageStore(self.database.client, "UsageTable", sleep=lambda _: None)
        self.books = Books(self.usage, self.lost.append)
        self.breaker = Breaker(self.rates, self.clock)
        self.limiter = Limiter(self.rates, Limits.load(self.limits), self.clock, jitter=self.jitter)
        self.spending = Spending(self.usage, self.clock, stack_cap=self.stack_cap)

    def clock(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def stopwatch(self) -> float:
        """Seconds on the same clock."""
        return self.now.timestamp()

    def metering(self, made: Call | None = None) -> Metering:
        """The meter for one call."""
        own = made is not None and made.payer == "user"
        return Metering(
            spending=self.spending,
            breaker=self.breaker,
            limiter=self.limiter,
            books=self.books,
            prices=Prices.load(self.prices),
            clock=self.clock,
            report=self.reported.append,
            key_refused=(lambda code: self.refused.append((made, code))) if made and own else None,
            stopwatch=self.stopwatch,
        )

    def rows(self, user: str = "ada") -> list[dict[str, Any]]:
        return self.usage.rows(user, before=None, limit=1000)[0]
