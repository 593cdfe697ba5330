"""What operators do to an account: choose its plan, grant it a bonus."""

import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING

from gloss.clock import Clock, iso, utc_now
from gloss.errors import IdempotencyConflict, ValidationFailed
from gloss.ids import new_id
from gloss.quota.journal import Draft
from gloss.quota.locking import Transactor, log
from gloss.quota.model import (
    AccountPlan,
    Grant,
    GrantRecord,
    PeriodKey,
    epoch,
    next_period_start,
    period_of,
)
from gloss.quota.plans import METERS, Limits, Meter, Plans
from gloss.quota.store import LedgerStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Accounts:
    """The accounts in one table, as an operator sees them."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        plans: Plans,
        *,
        clock: Clock = utc_now,
        ids: Callable[[], str] = new_id,
        sleep: Callable[[float], None] = time.sleep,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = LedgerStore(client, table)
        self._transactor = Transactor(client, clock=clock, sleep=sleep, timer=timer)
        self._plans = plans
        self._ids = ids

    def change_plan(
        self, account: str, plan: str, *, limits: Limits | None = None, actor: str, reason: str
    ) -> AccountPlan:
        """Put the account on a plan, from now on; what is used of this month stays used.

        ``limits`` only for a plan that leaves them to the account. The same plan again is no change, unless
        a month is open with other limits.

        Raises:
            ValidationFailed: no such plan, or limits that do not go with it.
            Busy: too many writers on this account.
        """
        new = self._plans.limits_for(plan, limits)
        wanted = AccountPlan(account=account, plan=plan, limits=limits, changed_by=actor)
        return self._transactor.repeat(lambda now: self._try_change_plan(wanted, new, reason, now))

    def _try_change_plan(
        self, wanted: AccountPlan, limits: Limits, reason: str, now: datetime
    ) -> AccountPlan | None:
        """One attempt. The next month belongs to it: a clock that is ahead may open it at this moment."""
        account, actor = wanted.account, wanted.changed_by or ""
        this, following = period_of(now), period_of(next_period_start(now))
        keys: list[PeriodKey] = [(meter, period) for period in (this, following) for meter in METERS]
        stood, balances = self._store.overview(account, self._plans.default, keys)
        moved = {key: found.on_plan(wanted.plan, limits[key[0]]) for key, found in balances.items()}
        is_same = bool(stood.revision) and (stood.plan, stood.limits) == (wanted.plan, wanted.limits)
        if is_same and moved == balances:
            return stood
        changed = replace(wanted, changed_at=iso(now), revision=stood.revision)
        draft = Draft(account, self._ids(), now, actor=actor, reason=reason)
        for key, before in balances.items():
            if key[1] == this or before.period.revision:
                draft.add("plan_change", before, moved[key], amount=limits[key[0]])
        unopened = [found.period for found in balances.values() if not found.period.revision]
        writes = [
            self._store.put_account_plan(changed),
            *map(self._store.period_unopened, unopened),
            *self._store.put_changed(balances.values(), moved.values()),
            *map(self._store.put_journal, draft.entries),
        ]
        if self._transactor.write(writes) is not None:
            return None
        log(draft.entries)
        return changed

    def grant(
        self,
        account: str,
        meter: Meter,
        grant_id: str,
        amount: int,
        *,
        expires_at: datetime | None = None,
        priority: int = 0,
        actor: str,
        reason: str,
    ) -> GrantRecord:
        """Give bonus credits. What lapses first burns first: grants by their expiry, and the plan's own
        credits before the grants that outlast the month.

        ``priority`` decides among grants that expire together: the higher burns first. The same grant again
        is no change.

        Raises:
            IdempotencyConflict: the id stands for another grant.
            ValidationFailed: no credits, or they would be expired already.
            Busy: too many writers on this account.
        """
        if amount < 1:
            raise ValidationFailed("A grant gives at least one credit.", amount=amount)
        record = GrantRecord(
            account=account,
            id=grant_id,
            meter=meter,
            amount=amount,
            expires_at=None if expires_at is None else epoch(expires_at),
            priority=priority,
        )
        return self._transactor.repeat(lambda now: self._try_grant(record, actor, reason, now))

    def _try_grant(self, record: GrantRecord, actor: str, reason: str, now: datetime) -> GrantRecord | None:
        stood = self._store.grant_record(record.account, record.id)
        if stood == record:
            return record
        if stood:
            raise IdempotencyConflict(account=record.account, grant=record.id)
        grant = Grant.from_item(asdict(record))
        if not grant.is_live(now):
            raise ValidationFailed("The grant would be expired already.", grant=record.id)
        key = (record.meter, period_of(now))
        before = self._store.balances(record.account, [key])[key]
        cleared = before.without_expired_grants(now)
        after = cleared.with_grant(grant)
        draft = Draft(record.account, self._ids(), now, actor=actor, reason=reason)
        draft.add_cleared(before, cleared)
        draft.add("grant", cleared, after, amount=grant.amount)
        writes = [self._store.put_grant_record(record), *self._store.put_changed([before], [after])]
        writes += map(self._store.put_journal, draft.entries)
        if self._transactor.write(writes) is not None:
            return None
        log(draft.entries)
        return record
