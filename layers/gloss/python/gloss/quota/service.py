"""The ledger: credits are reserved, then committed, released or expired; each transition is journalled.

Every transition is one transaction of the rows that it moves, its journal entries and, where the caller gives
some, writes of the caller (``also``). Rows with a balance are written under an optimistic lock. A commit in
full moves no balance and so meets nobody.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from gloss.clock import Clock, utc_now
from gloss.dynamodb import Item, Write
from gloss.errors import ConfigurationError, InvalidCursor, ReservationNotFound, ValidationFailed
from gloss.ids import new_id
from gloss.quota import settling
from gloss.quota.audit import AuditReport
from gloss.quota.auditing import Auditor
from gloss.quota.journal import JOURNAL, Draft, Page
from gloss.quota.locking import PATIENCE_S, SWEEP_PATIENCE_S, Transactor, log
from gloss.quota.model import (
    HELD,
    AccountPlan,
    Balances,
    Claim,
    Expiry,
    PeriodKey,
    Reservation,
    Reserved,
    Settlement,
    period_of,
)
from gloss.quota.plans import METERS, Limits, Meter, Plans
from gloss.quota.reserving import Order
from gloss.quota.settling import OVER, Resolution
from gloss.quota.store import LedgerStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from gloss.quota.views import QuotaView

MAX_BATCH: Final = 45
"""Reservations in one call; leaves room for as many writes of the caller in the transaction."""

_logger: Final = logging.getLogger(__name__)


class Ledger:
    """The accounts in one table.

    ``ids`` names transactions, ``sleep`` waits between two tries at a contended row.
    """

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
        upgrade_url: str = "",
    ) -> None:
        self._store = LedgerStore(client, table)
        self._transactor = Transactor(client, clock=clock, sleep=sleep, timer=timer)
        self._sleep = sleep
        self._plans = plans
        self._clock = clock
        self._ids = ids
        self._upgrade_url = upgrade_url

    def reserve(
        self,
        account: str,
        meter: Meter,
        ids: Sequence[str],
        *,
        amount: int | Mapping[str, int] = 1,
        ttl: timedelta,
        actor: str,
        reason: str,
        byok: bool = False,
        also: Sequence[Write] = (),
    ) -> Reserved:
        """Set ``amount`` credits aside for each id, all or none; with ``byok`` none are needed.

        Where ids need different amounts ``amount`` names them by id.

        An id that is there with the same content is answered as it stands, whatever became of it. Where only
        some are there the others are reserved, and ``also`` is written with them: so let its conditions
        refuse what must not happen twice.

        Raises:
            QuotaExceeded: fewer credits are left.
            ReservationReused: an id stands for another meter or amount.
            ConditionFailed: ``also`` was refused; positions count from its beginning.
            Busy: too many writers on this account.
            ValueError: no ids or more than :data:`MAX_BATCH`, an amount below zero, no time to live.
        """
        wanted = tuple(dict.fromkeys(ids))
        amounts = {key: amount if isinstance(amount, int) else amount[key] for key in wanted}
        if not 0 < len(wanted) <= MAX_BATCH or min(amounts.values()) < 0 or ttl <= timedelta(0):
            raise ValueError(f"not an order: {len(wanted)} ids, amount {amount}, ttl {ttl}")
        order = Order(
            account=account,
            meter=meter,
            amounts=dict.fromkeys(wanted, 0) if byok else amounts,
            ttl=ttl,
            actor=actor,
            reason=reason,
            also=also,
        )
        known: dict[str, Reservation] = {}
        return self._transactor.repeat(lambda now: self._try_reserve(order, known, now))

    def renew(
        self,
        account: str,
        reservation_id: str,
        *,
        ttl: timedelta,
        actor: str,
        reason: str,
        also: Sequence[Write] = (),
    ) -> Reservation:
        """Set the credits of a reservation whose time is over aside anew, under the id of its renewal.

        What it still holds goes back and is taken again in one transaction, so that nobody comes in between
        and an account's last credit is enough. A renewal that is there is answered as it stands, and ``also``
        is not written; a reservation whose time is not over is answered itself.

        Raises:
            ReservationNotFound: there is none.
            AlreadyCommitted, AlreadyReleased: it was resolved before its time was over.
            QuotaExceeded: it held credits of a month or grant that is over, and fewer are left now.
            ConditionFailed: ``also`` was refused; nothing was renewed.
            Busy: too many writers on this account.
        """
        over = self.reservation(account, reservation_id)
        if not settling.is_over(over, self._clock()):
            return over
        order = Order.renewing(over, ttl=ttl, actor=actor, reason=reason, also=also)
        known: dict[str, Reservation] = {}
        return self._transactor.repeat(lambda now: self._try_reserve(order, known, now)).reservations[0]

    def _try_reserve(self, order: Order, known: dict[str, Reservation], now: datetime) -> Reserved | None:
        """One attempt; reservations that turn out to stand already are added to ``known``."""
        missing = [reservation_id for reservation_id in order.amounts if reservation_id not in known]
        over = self._still_held(order, now)
        key = (order.meter, period_of(now))
        plan, before = self._current(order.account, key, {found.key for found in over})
        if not missing:
            return order.answer(known, before[key].available(now), replayed=True)
        draft = Draft(order.account, self._ids(), now, actor=order.actor, reason=order.reason)
        freed = OVER.give_back(before, over, draft)
        taken = order.take(missing, freed[key], draft)
        if taken is None:
            stood = self._store.reservations(order.account, missing)
            if not stood:
                raise order.refusal(missing, freed[key], now, self._upgrade_url)
            known |= order.accept(stood.values())
            return None
        current, made = taken
        after = {other: found.with_grants(current) for other, found in freed.items()} | {key: current}
        own = [self._store.put_reservation(reservation) for reservation in made]
        own += self._store.resolve(over, OVER, now)
        own += self._store.put_changed(before.values(), after.values())
        if plan and current.period != before[key].period:
            own.append(self._store.plan_unchanged(plan))
        refused = self._write(own, draft, order.also)
        if refused is None:
            fresh = {reservation.id: reservation for reservation in made}
            return order.answer(known | fresh, current.available(now), replayed=False)
        items = (item for position, item in refused.items() if item and position < len(made))
        known |= order.accept(map(Reservation.from_item, items))
        return None

    def _write(
        self, own: Sequence[Write], draft: Draft, also: Sequence[Write]
    ) -> Mapping[int, Item | None] | None:
        """As the transactor's, with the journal; what was written is logged."""
        refused = self._transactor.write([*own, *map(self._store.put_journal, draft.entries)], also)
        if refused is None:
            log(draft.entries)
        return refused

    def _still_held(self, order: Order, now: datetime) -> list[Reservation]:
        """The reservation that the order takes the place of, unless it was expired before."""
        if order.replaces is None:
            return []
        stood = self._store.reservations(order.account, [order.replaces])
        return [found for found in stood.values() if found.is_due(now)]

    def _current(
        self, account: str, key: PeriodKey, others: Collection[PeriodKey]
    ) -> tuple[AccountPlan | None, dict[PeriodKey, Balances]]:
        """Balances of this month, as it would open under this plan where it is not open, and of others."""
        balances = self._store.balances(account, {key, *others})
        if balances[key].period.revision:
            return None, balances
        plan = self._store.account_plan(account, self._plans.default)
        return plan, balances | {key: balances[key].opened(plan.plan, self._limits(plan)[key[0]])}

    def _limits(self, plan: AccountPlan) -> Limits:
        try:
            return self._plans.limits_for(plan.plan, plan.limits)
        except ValidationFailed as error:
            raise ConfigurationError("The plan of an account is not in the plans.", plan=plan.plan) from error

    def reservation(self, account: str, reservation_id: str) -> Reservation:
        """The reservation as it stands.

        Raises:
            ReservationNotFound: there is none.
        """
        found = self._store.reservations(account, [reservation_id]).get(reservation_id)
        if found is None:
            raise ReservationNotFound(account=account, reservations=[reservation_id])
        return found

    def settle(self, claim: Claim, *, actor: str, reason: str, also: Sequence[Write] = ()) -> Settlement:
        """Commit in full without reading first; otherwise as :meth:`commit`."""
        return self._transactor.repeat(lambda now: self._try_settle(claim, actor, reason, also, now))

    def _try_settle(
        self, claim: Claim, actor: str, reason: str, also: Sequence[Write], now: datetime
    ) -> Settlement | None:
        draft = Draft(claim.account, self._ids(), now, actor=actor, reason=reason)
        draft.add_commit(claim)
        commit = self._store.settle(claim, "committed", claim.amount, reason, now)
        refused = self._write([commit], draft, also)
        if refused is None:
            return settling.settlement(claim, "committed", claim.amount, changed=True)
        if 0 not in refused:
            return None
        stood = Reservation.from_item(refused[0]) if refused[0] else None
        return settling.earlier_outcome(stood, claim, "committed", claim.amount, now)

    def commit(
        self,
        account: str,
        reservation_id: str,
        *,
        actual: int | None = None,
        actor: str,
        reason: str,
        also: Sequence[Write] = (),
    ) -> Settlement:
        """Use ``actual`` credits of a reservation for good, all where it is ``None``, and return the rest.

        The rest goes back to where it came from, the last to burn first. A second commit of the same amount
        is no change, and does not write ``also``.

        Raises:
            ReservationNotFound: there is none.
            AlreadyCommitted: with another amount.
            AlreadyReleased, ReservationExpired: the credits went back before.
            ValidationFailed: ``actual`` is below zero or above what is reserved.
            ConditionFailed: ``also`` was refused; positions count from its beginning.
            Busy: too many writers on this account.
        """
        claim = self.reservation(account, reservation_id)
        used = claim.amount if actual is None else actual
        if not 0 <= used <= claim.amount:
            raise ValidationFailed("More is used than was reserved.", reserved=claim.amount, actual=used)
        if used == claim.amount:
            return self.settle(claim, actor=actor, reason=reason, also=also)
        resolution = Resolution("committed", used, actor, reason)
        return self._resolve(account, [reservation_id], resolution, also)[0]

    def release(
        self,
        account: str,
        reservation_ids: Sequence[str],
        *,
        reason: str,
        actor: str,
        also: Sequence[Write] = (),
    ) -> Sequence[Settlement]:
        """Return all credits of the reservations to the months and grants they came from, in one transaction.

        Those released or expired before are no change; where all are, ``also`` is not written.

        Raises:
            ReservationNotFound: one does not exist; nothing is released.
            AlreadyCommitted: one is; nothing is released.
            ConditionFailed: ``also`` was refused; positions count from its beginning.
            Busy: too many writers on this account.
            ValueError: no ids or more than :data:`MAX_BATCH`.
        """
        ids = list(dict.fromkeys(reservation_ids))
        if not 0 < len(ids) <= MAX_BATCH:
            raise ValueError(f"1 to {MAX_BATCH} reservations can be released together, not {len(ids)}")
        return self._resolve(account, ids, Resolution("released", 0, actor, reason), also)

    def expire_due(self, *, limit: int) -> Expiry:
        """Expire up to ``limit`` reservations whose time is over, of all accounts.

        What faults (an account that is too busy) is left to the next call and stops nothing else.
        """
        due = sorted(islice(self._store.due(self._clock()), limit), key=attrgetter("account"))
        settled: list[Settlement] = []
        faulted = 0
        for account, claims in groupby(due, key=attrgetter("account")):
            ids = [claim.id for claim in claims]
            for start in range(0, len(ids), MAX_BATCH):
                batch = ids[start : start + MAX_BATCH]
                try:
                    settled += self._resolve(account, batch, OVER, (), SWEEP_PATIENCE_S)
                except Exception:
                    faulted += len(batch)
                    _logger.exception("reservations did not expire", extra={"account": account})
        return Expiry(settled=tuple(it for it in settled if it.changed), faulted=faulted)

    def _resolve(
        self,
        account: str,
        ids: Sequence[str],
        resolution: Resolution,
        also: Sequence[Write],
        patience_s: float = PATIENCE_S,
    ) -> list[Settlement]:
        return self._transactor.repeat(
            lambda now: self._try_resolve(account, ids, resolution, also, now), patience_s
        )

    def _try_resolve(
        self, account: str, ids: Sequence[str], resolution: Resolution, also: Sequence[Write], now: datetime
    ) -> list[Settlement] | None:
        stood = self._store.reservations(account, ids)
        missing = [reservation_id for reservation_id in ids if reservation_id not in stood]
        if missing:
            raise ReservationNotFound(account=account, reservations=missing)
        settled = {key: resolution.earlier_outcome(found, now) for key, found in stood.items()}
        open_ = [stood[key] for key in ids if settled[key] is None]
        if open_:
            draft = Draft(account, self._ids(), now, actor=resolution.actor, reason=resolution.reason)
            if self._write(self._resolving(open_, resolution, draft), draft, also) is not None:
                return None
        return [settled[key] or resolution.settlement(stood[key]) for key in ids]

    def _resolving(self, open_: Sequence[Reservation], resolution: Resolution, draft: Draft) -> list[Write]:
        keys = {reservation.key for reservation in open_}
        before = self._store.balances(draft.account, keys)
        after = resolution.give_back(before, open_, draft)
        return [
            *self._store.resolve(open_, resolution, draft.now),
            *self._store.put_changed(before.values(), after.values()),
        ]

    def remaining(self, account: str, meter: Meter) -> int:
        """Credits of the meter that the account can still reserve this month."""
        key = (meter, period_of(now := self._clock()))
        return self._current(account, key, ())[1][key].available(now)

    def quota(self, account: str) -> "QuotaView":
        """What the account has, uses and holds this month.

        What was reserved a moment ago may still count as used and not as held, for an index lists it.

        Raises:
            Busy: the account kept changing while it was read.
        """
        return self._transactor.repeat(lambda now: self._try_quota(account, now))

    def _try_quota(self, account: str, now: datetime) -> "QuotaView | None":
        """``None`` where credits came or went between the readings of balances and reservations."""
        from gloss.quota.views import quota_view  # noqa: PLC0415 - the API alone shows it, with pydantic

        keys: list[PeriodKey] = [(meter, period_of(now)) for meter in METERS]
        listed = [found.id for found in self._store.open_reservations(account)]
        plan, balances = self._store.overview(account, self._plans.default, keys)
        held = [found for found in self._store.reservations(account, listed).values() if found.status == HELD]
        if listed and self._store.balances(account, keys) != balances:
            return None
        limits = self._limits(plan)
        opened = {key[0]: found.opened(plan.plan, limits[key[0]]) for key, found in balances.items()}
        return quota_view(plan, opened, held, now, upgrade_url=self._upgrade_url)

    def journal(self, account: str, *, limit: int, start: str | None = None) -> Page:
        """Up to ``limit`` entries, newest first; ``start`` is ``next`` of the page before.

        Raises:
            InvalidCursor: ``start`` is not the place of an entry.
        """
        if start is not None and not start.startswith(JOURNAL):
            raise InvalidCursor(start=start)
        return self._store.journal(account, limit, start)

    def audit(self, account: str | None = None) -> AuditReport:
        """Prove the rows of one account, or of all, against the journal; repairs nothing."""
        return Auditor(self._store, self._sleep).audit(account)
