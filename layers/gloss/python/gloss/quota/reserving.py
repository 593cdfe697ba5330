"""The rules of setting credits aside: what an order needs, and what it does to the balances."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Self

from gloss.clock import iso
from gloss.dynamodb import Write
from gloss.errors import QuotaExceeded, ReservationReused
from gloss.quota.journal import Draft
from gloss.quota.model import (
    Balances,
    Reservation,
    Reserved,
    Share,
    epoch,
    renewal_of,
    resets_at,
    split,
)
from gloss.quota.plans import Meter
from gloss.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """``amounts``: credits by id, for all of them or none.

    ``replaces`` is the reservation that a renewal takes the place of.
    """

    account: str
    meter: Meter
    amounts: Mapping[str, int]
    ttl: timedelta
    actor: str
    reason: str
    also: Sequence[Write]
    replaces: str | None = None

    @classmethod
    def renewing(
        cls, over: Reservation, *, ttl: timedelta, actor: str, reason: str, also: Sequence[Write]
    ) -> Self:
        """The order for what a reservation held whose time is over."""
        return cls(
            account=over.account,
            meter=over.meter,
            amounts={renewal_of(over.id): over.amount},
            ttl=ttl,
            actor=actor,
            reason=reason,
            also=also,
            replaces=over.id,
        )

    def accept(self, stood: Iterable[Reservation]) -> dict[str, Reservation]:
        """Reservations that stand under ids of the order, by id.

        Raises:
            ReservationReused: one has another content.
        """
        accepted = {reservation.id: reservation for reservation in stood}
        other = sorted(
            key for key, it in accepted.items() if not it.same_content(self.meter, self.amounts[key])
        )
        if other:
            raise ReservationReused(account=self.account, reservations=other)
        return accepted

    def answer(self, known: dict[str, Reservation], remaining: int, *, replayed: bool) -> Reserved:
        reservations = tuple(known[reservation_id] for reservation_id in self.amounts)
        return Reserved(reservations=reservations, remaining=remaining, replayed=replayed)

    def take(
        self, missing: Sequence[str], before: Balances, draft: Draft
    ) -> tuple[Balances, list[Reservation]] | None:
        """The balances and reservations once the order is met for ``missing``; ``None``: not enough credits.

        Grants that have expired are cleared away where the order takes anything; the month is opened where
        the order is the first to take from it.
        """
        total = self._total(missing)
        cleared = before.without_expired_grants(draft.now) if total else before
        taken = cleared.taken(total, draft.now)
        if taken is None:
            return None
        after, shares = taken
        if after.period != before.period and before.period.revision == 0:
            draft.add("open_period", before.unopened(), before, amount=before.period.limit)
        draft.add_cleared(before, cleared)
        draft.add("reserve", cleared, after, amount=total, reservations=tuple(missing))
        return after, self._reservations(missing, shares, before.period.period, draft)

    def _total(self, ids: Iterable[str]) -> int:
        return sum(self.amounts[reservation_id] for reservation_id in ids)

    def _reservations(
        self, ids: Sequence[str], shares: Sequence[Share], period: str, draft: Draft
    ) -> list[Reservation]:
        parts = [self.amounts[reservation_id] for reservation_id in ids]
        return [
            Reservation(
                account=self.account,
                id=reservation_id,
                meter=self.meter,
                amount=self.amounts[reservation_id],
                period=period,
                allocation=allocation,
                expires_at=epoch(draft.now + self.ttl),
                created_at=iso(draft.now),
                actor=self.actor,
                reason=self.reason,
                batch=draft.number,
            )
            for reservation_id, allocation in zip(ids, split(shares, parts), strict=True)
        ]

    def refusal(
        self, missing: Sequence[str], before: Balances, now: datetime, upgrade_url: str
    ) -> QuotaExceeded:
        return QuotaExceeded(
            account=self.account,
            meter=self.meter,
            plan=before.period.plan,
            requested=self._total(missing),
            remaining=before.available(now),
            resets_at=resets_at(now),
            upgrade_url=upgrade_url,
        )
