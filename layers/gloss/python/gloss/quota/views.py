"""The quota of an account as its owner sees it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from gloss.quota.model import (
    AccountPlan,
    Balances,
    Grant,
    Reservation,
    plan_part,
    resets_at,
)
from gloss.quota.plans import Meter
from gloss.schema import ApiModel


class GrantView(ApiModel):
    """A live grant: ``amount = used + held + remaining``."""

    id: str
    amount: int
    used: int
    held: int
    remaining: int
    expires_at: int | None
    priority: int


class MeterView(ApiModel):
    """One meter in the current month.

    ``used`` and ``held`` count the plan's own credits, ``bonus`` is what is left of the grants. What can be
    reserved now is ``remaining = max(0, limit - used - held) + bonus``.
    """

    meter: Meter
    period: str
    resets_at: str
    limit: int
    used: int
    held: int
    bonus: int
    remaining: int
    grants: tuple[GrantView, ...]


class QuotaView(ApiModel):
    """The plan of an account and what is left of it. ``upgradeUrl`` is empty where nothing is sold."""

    account: str
    plan: str
    upgrade_url: str
    meters: Mapping[Meter, MeterView]


def quota_view(
    plan: AccountPlan,
    balances: Mapping[Meter, Balances],
    open_: Sequence[Reservation],
    now: datetime,
    *,
    upgrade_url: str = "",
) -> QuotaView:
    """``balances`` of the current month; ``open_`` are all held reservations of the account."""
    return QuotaView(
        account=plan.account,
        plan=plan.plan,
        upgrade_url=upgrade_url,
        meters={
            meter: _meter_view(found, [held for held in open_ if held.meter == meter], now)
            for meter, found in balances.items()
        },
    )


def _meter_view(balances: Balances, open_: Sequence[Reservation], now: datetime) -> MeterView:
    period = balances.period
    held = sum(plan_part(found.allocation) for found in open_ if found.period == period.period)
    return MeterView(
        meter=period.meter,
        period=period.period,
        resets_at=resets_at(now),
        limit=period.limit,
        used=period.spent - held,
        held=held,
        bonus=balances.grants.available(now),
        remaining=balances.available(now),
        grants=_grant_views(balances.grants.burn_order(now), open_),
    )


def _grant_views(grants: Sequence[Grant], open_: Sequence[Reservation]) -> tuple[GrantView, ...]:
    held: Counter[str] = Counter()
    for reservation in open_:
        for share in reservation.allocation:
            held[share.grant or ""] += share.amount
    return tuple(
        GrantView(
            id=grant.id,
            amount=grant.amount,
            used=grant.spent - held[grant.id],
            held=held[grant.id],
            remaining=grant.rest,
            expires_at=grant.expires_at,
            priority=grant.priority,
        )
        for grant in grants
    )
