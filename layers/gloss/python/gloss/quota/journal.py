"""The journal: one entry for each transition, appended in the transaction that makes it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Literal, Self

from gloss.clock import iso
from gloss.quota.model import Balances, Claim, Grants, Row, period_of
from gloss.quota.plans import Meter
from gloss.records import dataclass

JOURNAL = "JRNL#"

Transition = Literal[
    "open_period", "reserve", "commit", "release", "expire", "grant", "grant_expired", "plan_change"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry(Row):
    """One transition.

    ``delta`` is the change of the plan's balance in ``period``, ``grants`` the change of each grant;
    ``balance_*`` and ``bonus_*`` are the two rows before and after, ``None`` where a row was not touched (a
    commit in full touches none). ``amount`` is what the transition is about: credits reserved, used,
    returned, granted or run out, the limit of a month or plan.
    """

    account: str
    entry: str
    at: str
    type: Transition
    meter: Meter
    period: str
    amount: int
    delta: int = 0
    grants: Mapping[str, int] = field(default_factory=dict)
    reservations: tuple[str, ...] = ()
    actor: str
    reason: str
    balance_before: int | None = None
    balance_after: int | None = None
    bonus_before: int | None = None
    bonus_after: int | None = None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        return cls(**cls._known(item) | {"reservations": tuple(item.get("reservations", ()))})

    @property
    def batch(self) -> str:
        """The transaction, whose number its reservations carry."""
        return self.entry.split("#")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of the journal, newest first; ``next`` is where the following part starts."""

    entries: tuple[JournalEntry, ...]
    next: str | None = None


class Draft:
    """The entries of one transaction, in the order in which they happen."""

    def __init__(self, account: str, number: str, now: datetime, *, actor: str, reason: str) -> None:
        self.entries: list[JournalEntry] = []
        self.account = account
        self.number = number
        self.now = now
        self.actor = actor
        self.reason = reason

    def add(
        self,
        kind: Transition,
        before: Balances,
        after: Balances,
        *,
        amount: int,
        reservations: tuple[str, ...] = (),
    ) -> None:
        """A transition that moves the balances of one meter and month."""
        self._append(
            kind,
            after.period.meter,
            after.period.period,
            amount=amount,
            reservations=reservations,
            **_movement(before, after),
        )

    def add_cleared(self, before: Balances, cleared: Balances) -> None:
        """Grants that have expired are cleared away, with what was left of them."""
        if lost := before.grants.balance - cleared.grants.balance:
            self.add("grant_expired", before, cleared, amount=lost)

    def add_commit(self, claim: Claim) -> None:
        """A commit in full: it moves no balance, and is put down under the month it happens in."""
        period = period_of(self.now)
        self._append("commit", claim.meter, period, amount=claim.amount, reservations=(claim.id,))

    def _append(self, kind: Transition, meter: Meter, period: str, **content: Any) -> None:  # noqa: ANN401 - fields of many types
        at = iso(self.now)
        entry = JournalEntry(
            account=self.account,
            entry=f"{JOURNAL}{at}#{self.number}#{len(self.entries):02d}",
            at=at,
            type=kind,
            meter=meter,
            period=period,
            actor=self.actor,
            reason=self.reason,
            **content,
        )
        self.entries.append(entry)


def _movement(before: Balances, after: Balances) -> dict[str, Any]:
    movement: dict[str, Any] = {}
    if before.period != after.period:
        old, new = before.period.balance, after.period.balance
        movement |= {"delta": new - old, "balance_before": old, "balance_after": new}
    if before.grants != after.grants:
        deltas = _grant_deltas(before.grants, after.grants)
        old, new = before.grants.balance, after.grants.balance
        movement |= {"grants": deltas, "bonus_before": old, "bonus_after": new}
    return movement


def _grant_deltas(before: Grants, after: Grants) -> dict[str, int]:
    old = {key: grant.rest for key, grant in before.grants.items()}
    new = {key: grant.rest for key, grant in after.grants.items()}
    deltas = {key: new.get(key, 0) - old.get(key, 0) for key in old | new}
    return {key: delta for key, delta in deltas.items() if delta}
