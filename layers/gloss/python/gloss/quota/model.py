"""The rows of the ledger and its rules, without I/O.

Credits come out of two kinds of bucket: the plan's own credits of one month (:class:`PeriodBalance`) and
bonus grants (:class:`Grants`). What is taken is remembered share by share, so that it can go back to where it
came from. In every bucket ``spent`` is what is held by open reservations plus what is used for good.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, fields, replace
from datetime import UTC, datetime
from math import inf
from typing import Any, Final, Literal, Self

from gloss.quota.plans import Limits, Meter
from gloss.records import dataclass

Status = Literal["held", "committed", "released", "expired"]
HELD: Final = "held"

_RENEWED: Final = "~"
"""Stands between the id of a reservation and the number of its renewal."""

PeriodKey = tuple[Meter, str]
"""A meter and a month: what a :class:`PeriodBalance` of an account is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is stored, and can be read again."""

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        return cls(**cls._known(item))

    @classmethod
    def _known(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes of an item that there are fields for."""
        return {known.name: item[known.name] for known in fields(cls) if known.name in item}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(Row):
    """Credits out of one bucket: the grant with this id, or the plan's own credits where it is ``None``."""

    grant: str | None = None
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Row):
    """What a caller has to keep of a reservation to commit it in full without reading it again."""

    account: str
    id: str
    meter: Meter
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation(Claim):
    """Credits set aside under an id that stays taken for good.

    ``period`` is the month it was made in, ``allocation`` where its credits came from in burning order,
    ``expires_at`` in seconds of the epoch, ``actual`` what a commit used. ``batch`` is shared by the
    reservations of one call.
    """

    period: str
    status: Status = HELD
    actual: int | None = None
    allocation: tuple[Share, ...] = ()
    expires_at: int
    created_at: str
    actor: str
    reason: str
    batch: str
    settled_at: str | None = None
    settled_reason: str | None = None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        allocation = tuple(map(Share.from_item, item.get("allocation", ())))
        return cls(**cls._known(item) | {"allocation": allocation})

    @property
    def key(self) -> PeriodKey:
        return self.meter, self.period

    def is_due(self, now: datetime) -> bool:
        return self.status == HELD and self.expires_at <= epoch(now)

    def same_content(self, meter: Meter, amount: int) -> bool:
        return (self.meter, self.amount) == (meter, amount)

    def shares_beyond(self, kept: int) -> tuple[Share, ...]:
        """What goes back when only ``kept`` credits are used: the last to burn return first."""
        rest = []
        for share in self.allocation:
            used = min(kept, share.amount)
            kept -= used
            if used < share.amount:
                rest.append(Share(grant=share.grant, amount=share.amount - used))
        return tuple(rest)

    def from_plan(self) -> int:
        """Credits that the plan's own bucket holds for this reservation, or gave to it for good."""
        taken = plan_part(self.allocation)
        if self.status == HELD:
            return taken
        return taken - plan_part(self.shares_beyond(self.actual or 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodBalance(Row):
    """The plan's own credits of one account, meter and month. ``revision`` 0 means: not stored yet.

    ``balance`` goes below zero when a plan change lowers the limit under what is spent. Nothing is clamped
    here; such an account can take no more until the next month.
    """

    account: str
    meter: Meter
    period: str
    plan: str
    limit: int
    spent: int = 0
    revision: int = 0

    @property
    def balance(self) -> int:
        return self.limit - self.spent

    def moved(self, spent: int) -> "PeriodBalance":
        return replace(self, spent=self.spent + spent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Row):
    """Bonus credits. ``expires_at`` in seconds of the epoch, ``None`` for never."""

    id: str
    amount: int
    spent: int = 0
    expires_at: int | None = None
    priority: int = 0

    @property
    def rest(self) -> int:
        return self.amount - self.spent

    def is_live(self, now: datetime) -> bool:
        return self.expires_at is None or self.expires_at > epoch(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants(Row):
    """The grants of one account and meter that are not cleared away yet, by id."""

    account: str
    meter: Meter
    grants: Mapping[str, Grant] = field(default_factory=dict)
    revision: int = 0

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        grants = {key: Grant.from_item(grant) for key, grant in item.get("grants", {}).items()}
        return cls(**cls._known(item) | {"grants": grants})

    @property
    def balance(self) -> int:
        return sum(grant.rest for grant in self.grants.values())

    def burn_order(self, now: datetime) -> list[Grant]:
        """Live grants in the order in which they are used up: soonest-expiring first.

        Among grants that expire together the higher priority goes first, then the smaller id.
        """
        live = [grant for grant in self.grants.values() if grant.is_live(now)]
        return sorted(live, key=lambda grant: (grant.expires_at or inf, -grant.priority, grant.id))

    def available(self, now: datetime) -> int:
        return sum(grant.rest for grant in self.burn_order(now))

    def moved(self, grant_id: str, spent: int) -> "Grants":
        grant = self.grants[grant_id]
        changed = replace(grant, spent=grant.spent + spent)
        return replace(self, grants={**self.grants, grant_id: changed})

    def added(self, grant: Grant) -> "Grants":
        return replace(self, grants={**self.grants, grant.id: grant})

    def without_expired(self, now: datetime) -> "Grants":
        live = {key: grant for key, grant in self.grants.items() if grant.is_live(now)}
        return replace(self, grants=live)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRecord(Row):
    """A grant as it was given; stays for good, so that one id never grants twice."""

    account: str
    id: str
    meter: Meter
    amount: int
    expires_at: int | None = None
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlan(Row):
    """The plan of an account. ``limits`` only where the plan leaves them to the account."""

    account: str
    plan: str
    limits: Limits | None = None
    changed_at: str | None = None
    changed_by: str | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """The two rows that a transition may move, of one meter and month."""

    period: PeriodBalance
    grants: Grants

    def opened(self, plan: str, limit: int) -> "Balances":
        """With the month as it opens, unless it is open already."""
        if self.period.revision:
            return self
        return replace(self, period=replace(self.period, plan=plan, limit=limit))

    def unopened(self) -> "Balances":
        return replace(self, period=replace(self.period, limit=0))

    def on_plan(self, plan: str, limit: int) -> "Balances":
        """With another limit for this month; a month that is not open yet opens on the plan of its time."""
        if not self.period.revision:
            return self
        return replace(self, period=replace(self.period, plan=plan, limit=limit))

    def with_grant(self, grant: Grant) -> "Balances":
        return replace(self, grants=self.grants.added(grant))

    def with_grants(self, other: "Balances") -> "Balances":
        """With the grants of ``other``, where it is of the same meter."""
        if self.period.meter != other.period.meter:
            return self
        return replace(self, grants=other.grants)

    def without_expired_grants(self, now: datetime) -> "Balances":
        return replace(self, grants=self.grants.without_expired(now))

    def available(self, now: datetime) -> int:
        return max(0, self.period.balance) + self.grants.available(now)

    def _buckets(self, now: datetime) -> list[Share]:
        """All that is there, in burning order: what lapses first goes first, so that the least is lost.

        The plan's own credits lapse with the month, so they stand between the grants that expire until then
        and those that outlast it.
        """
        end = epoch(next_period_start(now))
        grants = self.grants.burn_order(now)
        first = [grant for grant in grants if grant.expires_at is not None and grant.expires_at <= end]
        plan = Share(amount=max(0, self.period.balance))
        ordered = [Share(grant=grant.id, amount=grant.rest) for grant in grants]
        return [*ordered[: len(first)], plan, *ordered[len(first) :]]

    def taken(self, amount: int, now: datetime) -> tuple["Balances", tuple[Share, ...]] | None:
        """``amount`` credits taken in burning order; ``None`` where there are not so many."""
        if amount > self.available(now):
            return None
        period, grants, shares = self.period, self.grants, []
        for bucket in self._buckets(now):
            if part := min(amount, bucket.amount):
                shares.append(Share(grant=bucket.grant, amount=part))
                amount -= part
                if bucket.grant is None:
                    period = period.moved(part)
                else:
                    grants = grants.moved(bucket.grant, part)
        return Balances(period=period, grants=grants), tuple(shares)

    def given_back(self, shares: Sequence[Share], now: datetime) -> "Balances":
        """Each share back in its bucket; what came from a grant that has expired since is gone with it."""
        period, grants = self.period.moved(-plan_part(shares)), self.grants
        for share in shares:
            grant = grants.grants.get(share.grant) if share.grant else None
            if grant and grant.is_live(now):
                grants = grants.moved(grant.id, -share.amount)
        return Balances(period=period, grants=grants)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """The reservations in the order of the ids asked for, and what the account can still reserve.

    ``replayed``: all of them were there before; nothing was written, nor was ``also``.
    """

    reservations: tuple[Reservation, ...]
    remaining: int
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement(Claim):
    """A reservation after it was resolved.

    ``changed`` is false where an earlier call did it; then nothing was written, nor was ``also``.
    ``returned`` is what was not used; it is back in its buckets, but for grants that have expired since.
    """

    status: Status
    actual: int
    changed: bool

    @property
    def returned(self) -> int:
        return self.amount - self.actual


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """The reservations that were expired, and how many could not be."""

    settled: tuple[Settlement, ...]
    faulted: int


def plan_part(shares: Sequence[Share]) -> int:
    return sum(share.amount for share in shares if share.grant is None)


def split(shares: Sequence[Share], amounts: Sequence[int]) -> list[tuple[Share, ...]]:
    """What reservations of these amounts get of shares in burning order."""
    left = [share for share in shares if share.amount]
    parts = []
    for amount in amounts:
        part, missing = [], amount
        while missing:
            share = left.pop(0)
            taken = min(missing, share.amount)
            part.append(Share(grant=share.grant, amount=taken))
            missing -= taken
            if taken < share.amount:
                left.insert(0, Share(grant=share.grant, amount=share.amount - taken))
        parts.append(tuple(part))
    return parts


def first_of(reservation_id: str) -> str:
    """The reservation that all renewals of it go back to."""
    return reservation_id.partition(_RENEWED)[0]


def renewal_of(reservation_id: str) -> str:
    """The id under which a reservation is renewed; each has one."""
    before, _, number = reservation_id.rpartition(_RENEWED)
    is_renewal = bool(before) and number.isdecimal()
    return f"{before}{_RENEWED}{int(number) + 1}" if is_renewal else f"{reservation_id}{_RENEWED}1"


def epoch(moment: datetime) -> int:
    """Whole seconds; everything that expires is compared in these."""
    return int(moment.timestamp())


def period_of(moment: datetime) -> str:
    """The calendar month in UTC, as ``2026-11``."""
    return moment.astimezone(UTC).strftime("%Y-%m")


def next_period_start(moment: datetime) -> datetime:
    """When the plan's credits are new again: the first of the next month in UTC."""
    utc = moment.astimezone(UTC)
    year, month = (utc.year + 1, 1) if utc.month == 12 else (utc.year, utc.month + 1)  # noqa: PLR2004
    return datetime(year, month, 1, tzinfo=UTC)


def resets_at(moment: datetime) -> str:
    """:func:`next_period_start` in ISO 8601, as clients are told."""
    return next_period_start(moment).strftime("%Y-%m-%dT%H:%M:%SZ")
