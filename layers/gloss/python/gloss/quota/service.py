"""The ledger: credits are reserved, then committed, released or expired; each transition is journalled.

Every transition is one transaction of the rows that it moves, its journal entries and, where the caller gives
some, writes of the caller (``also``). Rows with a balance are written under an optimistic lock. A commit in
full moves no balance and so meets nobody.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from gloss.clock import Clock, utc_now
from gloss.dynamodb import Item, Write
from gloss.errors import Busy, ConfigurationError, InvalidCursor, ReservationNotFound, ValidationFailed
from gloss.ids import new_id
from gloss.quota import settling
from gloss.quota.audit import Audit, AuditReport, Drift
from gloss.quota.journal import JOURNAL, Draft, Page
from gloss.quota.locking import Transactor, log
from gloss.quota.model import (
    AccountPlan,
    Balances,
    Claim,
    Reservation,
    Reserved,
    Settlement,
    period_of,
)
from gloss.quota.plans import Limits, Meter, Plans
from gloss.quota.reserving import Order
from gloss.quota.settling import Resolution
from gloss.quota.store import LedgerStore
from gloss.quota.views import QuotaView, quota_view

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_BATCH: Final = 45
"""Reservations in one call; leaves room for as many writes of the caller in the transaction."""

SWEEP: Final = "sweep"
"""The actor of what happens by itself."""

AUDIT_READINGS: Final = 3
"""Times that a drift must be seen again before it is one, and not a transaction that came in between."""

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
        upgrade_url: str = "",
    ) -> None:
        self._store = LedgerStore(client, table)
        self._transactor = Transactor(client, clock=clock, sleep=sleep)
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

    def _try_reserve(self, order: Order, known: dict[str, Reservation], now: datetime) -> Reserved | None:
        """One attempt; reservations that turn out to stand already are added to ``known``."""
        missing = [reservation_id for reservation_id in order.amounts if reservation_id not in known]
        plan, before = self._current(order.account, order.meter, now)
        if not missing:
            return order.answer(known, before.available(now), replayed=True)
        draft = Draft(order.account, self._ids(), now, actor=order.actor, reason=order.reason)
        taken = order.take(missing, before, draft)
        if taken is None:
            stood = self._store.reservations(order.account, missing)
            if not stood:
                raise order.refusal(missing, before, now, self._upgrade_url)
            known |= order.accept(stood.values())
            return None
        after, made = taken
        own = [self._store.put_reservation(reservation) for reservation in made]
        own += self._store.put_changed([before], [after])
        if plan and after.period != before.period:
            own.append(self._store.plan_unchanged(plan))
        own += map(self._store.put_journal, draft.entries)
        refused = self._transactor.write(own, order.also)
        if refused is None:
            log(draft.entries)
            fresh = {reservation.id: reservation for reservation in made}
            return order.answer(known | fresh, after.available(now), replayed=False)
        known |= order.accept(
            Reservation.model_validate(item)
            for position, item in refused.items()
            if item and position < len(made)
        )
        return None

    def _current(self, account: str, meter: Meter, now: datetime) -> tuple[AccountPlan | None, Balances]:
        """The balances of this month; a month that is not open yet as it would open, and under which plan."""
        key = (meter, period_of(now))
        balances = self._store.balances(account, [key])[key]
        if balances.period.revision:
            return None, balances
        plan = self._store.account_plan(account, self._plans.default)
        return plan, balances.opened(plan.plan, self._limits(plan)[meter])

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

    def settle_writes(self, claim: Claim, *, actor: str, reason: str) -> list[Write]:
        """The commit of a reservation in full, as values for the transaction of a caller.

        Nothing is read: the first write refuses unless the reservation is held, unexpired and as claimed.
        After the transaction the caller owes :meth:`log_settled`, after a refusal :meth:`settle_outcome`.
        """
        return self._settle_writes(claim, self._commit_draft(claim, actor, reason, self._clock()))

    def log_settled(self, claim: Claim, *, actor: str, reason: str) -> None:
        """Log a commit that :meth:`settle_writes` described and a caller's transaction made."""
        log(self._commit_draft(claim, actor, reason, self._clock()).entries)

    def settle_outcome(self, claim: Claim, stood: Item | None) -> Settlement:
        """What it means that the first of :meth:`settle_writes` was refused by the item that ``stood`` there.

        Raises:
            As :meth:`commit`; Busy where the reservation is open and the caller may try again.
        """
        found = Reservation.model_validate(stood) if stood else None
        outcome = settling.earlier_outcome(found, claim, "committed", claim.amount, self._clock())
        if outcome is None:
            raise Busy
        return outcome

    def settle(self, claim: Claim, *, actor: str, reason: str, also: Sequence[Write] = ()) -> Settlement:
        """Commit in full without reading first; otherwise as :meth:`commit`."""
        return self._transactor.repeat(lambda now: self._try_settle(claim, actor, reason, also, now))

    def _try_settle(
        self, claim: Claim, actor: str, reason: str, also: Sequence[Write], now: datetime
    ) -> Settlement | None:
        draft = self._commit_draft(claim, actor, reason, now)
        refused = self._transactor.write(self._settle_writes(claim, draft), also)
        if refused is None:
            log(draft.entries)
            return settling.settlement(claim, "committed", claim.amount, changed=True)
        if 0 not in refused:
            return None
        stood = Reservation.model_validate(refused[0]) if refused[0] else None
        return settling.earlier_outcome(stood, claim, "committed", claim.amount, now)

    def _commit_draft(self, claim: Claim, actor: str, reason: str, now: datetime) -> Draft:
        draft = Draft(claim.account, self._ids(), now, actor=actor, reason=reason)
        draft.add_commit(claim)
        return draft

    def _settle_writes(self, claim: Claim, draft: Draft) -> list[Write]:
        settle = self._store.settle(claim, "committed", claim.amount, draft.reason, draft.now)
        return [settle, *map(self._store.put_journal, draft.entries)]

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

    def expire_due(self, *, limit: int) -> Sequence[Settlement]:
        """Expire up to ``limit`` reservations whose time is over, of all accounts.

        An account that is too busy is left to the next sweep.
        """
        due = sorted(islice(self._store.due(self._clock()), limit), key=attrgetter("account"))
        resolution = Resolution("expired", 0, SWEEP, "time to live is over")
        settled: list[Settlement] = []
        for account, claims in groupby(due, key=attrgetter("account")):
            ids = [claim.id for claim in claims]
            for start in range(0, len(ids), MAX_BATCH):
                try:
                    settled += self._resolve(account, ids[start : start + MAX_BATCH], resolution, ())
                except Busy:
                    _logger.warning("quota account is busy", extra={"account": account})
        return [settlement for settlement in settled if settlement.changed]

    def _resolve(
        self, account: str, ids: Sequence[str], resolution: Resolution, also: Sequence[Write]
    ) -> list[Settlement]:
        return self._transactor.repeat(lambda now: self._try_resolve(account, ids, resolution, also, now))

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
            if self._transactor.write(self._resolving(open_, resolution, draft), also) is not None:
                return None
            log(draft.entries)
        return [settled[key] or resolution.settlement(stood[key]) for key in ids]

    def _resolving(self, open_: Sequence[Reservation], resolution: Resolution, draft: Draft) -> list[Write]:
        keys = {reservation.key for reservation in open_}
        before = self._store.balances(draft.account, keys)
        after = resolution.give_back(before, open_, draft)
        return [
            *(
                self._store.settle(found, resolution.status, resolution.actual, draft.reason, draft.now)
                for found in open_
            ),
            *self._store.put_changed(before.values(), after.values()),
            *map(self._store.put_journal, draft.entries),
        ]

    def remaining(self, account: str, meter: Meter) -> int:
        """Credits of the meter that the account can still reserve this month."""
        now = self._clock()
        return self._current(account, meter, now)[1].available(now)

    def quota(self, account: str) -> QuotaView:
        """What the account has, uses and holds this month. ``held`` may lag behind by a moment."""
        now = self._clock()
        plan, balances = self._store.overview(account, self._plans.default, now)
        limits = self._limits(plan)
        opened = {meter: found.opened(plan.plan, limits[meter]) for meter, found in balances.items()}
        held = list(self._store.open_reservations(account))
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
        """Prove the rows of one account, or of all, against the journal; repairs nothing.

        Rows are not read at one instant: what drifts is read again, and reported if it still does.
        """
        first = Audit.of(self._store.rows(account))
        suspects = sorted({drift.account for drift in first.drifts()})
        drifts = [drift for name in suspects for drift in self._confirmed(name)]
        return AuditReport(accounts=first.accounts, rows=first.rows, drifts=tuple(drifts))

    def _confirmed(self, account: str) -> Sequence[Drift]:
        for _ in range(AUDIT_READINGS):
            drifts = Audit.of(self._store.rows(account)).drifts()
            if not drifts:
                break
        return drifts
