"""A ledger on the in-memory DynamoDB, with a clock that is set by hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

from gloss.dynamodb import Write
from gloss.quota.accounts import Accounts
from gloss.quota.model import Reservation, Reserved, Settlement
from gloss.quota.plans import Meter, Plans
from gloss.quota.service import Ledger
from gloss.quota.views import MeterView
from tests.fakes.dynamodb import FakeDynamoDB

TABLE: Final = "Ledger"
HOUR: Final = timedelta(hours=1)
START: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PLANS: Final = """{"default": "free", "plans": {
    "free": {"limits": {"images": 10, "tokens": 100}},
    "pro": {"limits": {"images": 50, "tokens": 500}},
    "custom": {"limits": null}}}"""

DEFINITION: Final[dict[str, Any]] = {
    "TableName": TABLE,
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [
        {"AttributeName": "account", "KeyType": "HASH"},
        {"AttributeName": "entry", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "account", "AttributeType": "S"},
        {"AttributeName": "entry", "AttributeType": "S"},
        {"AttributeName": "open_account", "AttributeType": "S"},
        {"AttributeName": "expires_at", "AttributeType": "N"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "open-reservations",
            "KeySchema": [
                {"AttributeName": "open_account", "KeyType": "HASH"},
                {"AttributeName": "expires_at", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}
"""The Ledger table of ``template.yaml``; a test holds the two together."""


@dataclass
class HandClock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


def numbers(prefix: str) -> Callable[[], str]:
    """Ids that count up and sort in that order."""
    steps = count(1)
    return lambda: f"{prefix}{next(steps):06d}"


@dataclass
class LedgerKit:
    """A ledger and what it stands on. The short calls fill in what a test does not care about."""

    fake: FakeDynamoDB = field(default_factory=FakeDynamoDB)
    clock: HandClock = field(default_factory=HandClock)
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fake.create_table(**DEFINITION)
        plans = Plans.load(PLANS)
        common: dict[str, Any] = {
            "clock": self.clock,
            "ids": numbers("t"),
            "sleep": self.slept.append,
            "timer": lambda: sum(self.slept),
        }
        self.ledger = Ledger(
            self.fake.client, TABLE, plans, upgrade_url="https://gloss.example/upgrade", **common
        )
        self.accounts = Accounts(self.fake.client, TABLE, plans, **common)

    def reserve(
        self,
        *ids: str,
        amount: int | Mapping[str, int] = 1,
        account: str = "ann",
        meter: Meter = "images",
        ttl: timedelta = HOUR,
        byok: bool = False,
        also: Sequence[Write] = (),
    ) -> Reserved:
        return self.ledger.reserve(
            account,
            meter,
            ids,
            amount=amount,
            ttl=ttl,
            byok=byok,
            actor="ann",
            reason="upload",
            also=also,
        )

    def commit(
        self, reservation: str, *, actual: int | None = None, account: str = "ann", also: Sequence[Write] = ()
    ) -> Settlement:
        return self.ledger.commit(
            account, reservation, actual=actual, actor="pipeline", reason="complete", also=also
        )

    def release(self, *ids: str, account: str = "ann", also: Sequence[Write] = ()) -> Sequence[Settlement]:
        return self.ledger.release(account, ids, actor="ann", reason="cancelled", also=also)

    def grant(
        self,
        grant_id: str,
        amount: int,
        *,
        expires_in: timedelta | None = None,
        priority: int = 0,
        account: str = "ann",
        meter: Meter = "images",
    ) -> None:
        self.accounts.grant(
            account,
            meter,
            grant_id,
            amount,
            expires_at=self.clock.now + expires_in if expires_in is not None else None,
            priority=priority,
            actor="operator",
            reason="gift",
        )

    def change_plan(self, plan: str, *, limits: Any = None, account: str = "ann") -> None:
        self.accounts.change_plan(account, plan, limits=limits, actor="operator", reason="paid")

    def quota(self, account: str = "ann", meter: Meter = "images") -> MeterView:
        return self.ledger.quota(account).meters[meter]

    def standing(self, reservation: str, account: str = "ann") -> Reservation:
        return self.ledger.reservation(account, reservation)

    def drifts(self) -> list[str]:
        """What the audit finds wrong; empty is right."""
        return [repr(drift) for drift in self.ledger.audit().drifts]
