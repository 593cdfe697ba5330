"""The Ledger table: what its rows look like, reading them, and writes on them as values.

===================== =========================== =====================================================
``account``           ``entry``                   row
===================== =========================== =====================================================
owner of the credits  ``ACCOUNT``                 :class:`AccountPlan`
..                    ``GRANT#<id>``              :class:`GrantRecord`
..                    ``GRANTS#<meter>``          :class:`Grants`
..                    ``JRNL#<time>#<id>#<n>``    :class:`JournalEntry`, never changed
..                    ``METER#<meter>#<month>``   :class:`PeriodBalance`
..                    ``RES#<id>``                :class:`Reservation`
===================== =========================== =====================================================

A held reservation also has ``open_account`` (the account again); the index ``open-reservations``
(``open_account``, ``expires_at``) is sparse and holds just those.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from gloss import dynamodb
from gloss.clock import iso
from gloss.dynamodb import Item, Write
from gloss.quota.journal import JOURNAL, JournalEntry, Page
from gloss.quota.model import (
    HELD,
    AccountPlan,
    Balances,
    Claim,
    GrantRecord,
    Grants,
    PeriodBalance,
    PeriodKey,
    Reservation,
    Row,
    Status,
    epoch,
)
from gloss.quota.plans import Meter
from gloss.quota.settling import Resolution

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OPEN_INDEX: Final = "open-reservations"
ACCOUNT: Final = "ACCOUNT"
GRANT: Final = "GRANT#"
GRANTS: Final = "GRANTS#"
METER: Final = "METER#"
RESERVATION: Final = "RES#"

_UNTAKEN: Final = "attribute_not_exists(entry)"
_GUARD: Final = "revision = :read"


class LedgerStore:
    """The rows of every account in one table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def reservations(self, account: str, ids: Iterable[str]) -> dict[str, Reservation]:
        """Those that exist, by id."""
        keys = [_key(account, RESERVATION + reservation_id) for reservation_id in ids]
        items = dynamodb.get_items(self._client, self._table, keys)
        return {found.id: found for found in map(Reservation.from_item, items)}

    def balances(self, account: str, keys: Iterable[PeriodKey]) -> dict[PeriodKey, Balances]:
        """The two rows of each meter and month; a row that is not stored has revision 0 and no credits."""
        wanted = list(keys)
        return _balances(account, wanted, self._rows(account, _balance_entries(wanted)))

    def account_plan(self, account: str, default: str) -> AccountPlan:
        """The plan that was chosen, else ``default`` with revision 0."""
        return _account_plan(account, default, self._rows(account, [ACCOUNT]).get(ACCOUNT))

    def overview(
        self, account: str, default: str, keys: Sequence[PeriodKey]
    ) -> tuple[AccountPlan, dict[PeriodKey, Balances]]:
        """The plan as :meth:`account_plan` and the rows as :meth:`balances`, read in one call."""
        rows = self._rows(account, [ACCOUNT, *_balance_entries(keys)])
        return _account_plan(account, default, rows.get(ACCOUNT)), _balances(account, keys, rows)

    def grant_record(self, account: str, grant_id: str) -> GrantRecord | None:
        row = self._rows(account, [GRANT + grant_id]).get(GRANT + grant_id)
        return GrantRecord.from_item(row) if row else None

    def open_reservations(self, account: str) -> Iterator[Reservation]:
        """Held reservations of one account, soonest-expiring first; may lag behind by a moment."""
        found = dynamodb.pages(
            self._client.query,
            TableName=self._table,
            IndexName=OPEN_INDEX,
            KeyConditionExpression="open_account = :account",
            ExpressionAttributeValues=dynamodb.to_attributes({":account": account}),
        )
        return map(Reservation.from_item, found)

    def due(self, now: datetime) -> Iterator[Claim]:
        """Held reservations of every account whose time is over; may lag behind by a moment."""
        found = dynamodb.pages(
            self._client.scan,
            TableName=self._table,
            IndexName=OPEN_INDEX,
            FilterExpression="expires_at <= :now",
            ExpressionAttributeValues=dynamodb.to_attributes({":now": epoch(now)}),
        )
        return map(Claim.from_item, found)

    def journal(self, account: str, limit: int, start: str | None) -> Page:
        """Up to ``limit`` entries, newest first, from the one after ``start``."""
        more: dict[str, Any] = {}
        if start:
            more["ExclusiveStartKey"] = dynamodb.to_attributes(_key(account, start))
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="account = :account AND begins_with(entry, :journal)",
            ExpressionAttributeValues=dynamodb.to_attributes({":account": account, ":journal": JOURNAL}),
            ScanIndexForward=False,
            Limit=limit,
            **more,
        )
        last = answer.get("LastEvaluatedKey")
        return Page(
            entries=tuple(map(JournalEntry.from_item, map(dynamodb.from_attributes, answer["Items"]))),
            next=dynamodb.from_attributes(last)["entry"] if last else None,
        )

    def rows(self, account: str | None = None) -> Iterator[Item]:
        """Every row of one account, or of all; consistent row by row, not as a whole."""
        if account is None:
            return dynamodb.pages(self._client.scan, TableName=self._table, ConsistentRead=True)
        return dynamodb.pages(
            self._client.query,
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="account = :account",
            ExpressionAttributeValues=dynamodb.to_attributes({":account": account}),
        )

    def _rows(self, account: str, entries: Sequence[str]) -> dict[str, Item]:
        keys = [_key(account, entry) for entry in entries]
        return {item["entry"]: item for item in dynamodb.get_items(self._client, self._table, keys)}

    def put_changed(self, before: Iterable[Balances], after: Iterable[Balances]) -> list[Write]:
        """The rows that changed, each refused if somebody else changed it since it was read.

        Balances of one meter share their grants; that row is written once.
        """
        rows: dict[str, PeriodBalance | Grants] = {}
        for old, new in zip(before, after, strict=True):
            if new.period != old.period:
                rows[_period_entry(new.period.meter, new.period.period)] = new.period
            if new.grants != old.grants:
                rows[GRANTS + new.grants.meter] = new.grants
        return [self._guarded(row, entry) for entry, row in rows.items()]

    def put_account_plan(self, row: AccountPlan) -> Write:
        return self._guarded(row, ACCOUNT)

    def plan_unchanged(self, row: AccountPlan) -> Write:
        """Refuses when somebody changed the plan since it was read."""
        key = _key(row.account, ACCOUNT)
        if row.revision == 0:
            return dynamodb.check(self._table, key, _UNTAKEN)
        return dynamodb.check(self._table, key, _GUARD, values={":read": row.revision})

    def period_unopened(self, row: PeriodBalance) -> Write:
        """Refuses when the month was opened since it was found missing."""
        return dynamodb.check(self._table, _key(row.account, _period_entry(row.meter, row.period)), _UNTAKEN)

    def put_grant_record(self, row: GrantRecord) -> Write:
        return dynamodb.put(self._table, _item(row, GRANT + row.id), condition=_UNTAKEN)

    def put_journal(self, row: JournalEntry) -> Write:
        return dynamodb.put(self._table, _item(row, row.entry), condition=_UNTAKEN)

    def put_reservation(self, row: Reservation) -> Write:
        item = _item(row, RESERVATION + row.id) | {"open_account": row.account}
        return dynamodb.put(self._table, item, condition=_UNTAKEN)

    def settle(self, claim: Claim, status: Status, actual: int, reason: str, now: datetime) -> Write:
        """A held reservation to a final status; refuses another content, and a time that does not fit.

        A commit has to come before the reservation expires and an expiry after; a release may come any time.
        """
        in_time = {"committed": " AND expires_at > :now", "expired": " AND expires_at <= :now"}.get(
            status, ""
        )
        values = {
            ":held": HELD,
            ":status": status,
            ":actual": actual,
            ":amount": claim.amount,
            ":meter": claim.meter,
            ":at": iso(now),
            ":reason": reason,
        }
        return dynamodb.update(
            self._table,
            _key(claim.account, RESERVATION + claim.id),
            "SET #status = :status, actual = :actual, settled_at = :at, settled_reason = :reason "
            "REMOVE open_account",
            condition="#status = :held AND amount = :amount AND meter = :meter" + in_time,
            names={"#status": "status"},
            values=values | {":now": epoch(now)} if in_time else values,
        )

    def resolve(self, open_: Iterable[Reservation], resolution: Resolution, now: datetime) -> list[Write]:
        """:meth:`settle` for each of them."""
        status, actual, reason = resolution.status, resolution.actual, resolution.reason
        return [self.settle(found, status, actual, reason, now) for found in open_]

    def _guarded(self, row: PeriodBalance | Grants | AccountPlan, entry: str) -> Write:
        """The row in place of the one that was read, unless somebody was faster."""
        item = _item(row, entry) | {"revision": row.revision + 1}
        if row.revision == 0:
            return dynamodb.put(self._table, item, condition=_UNTAKEN)
        return dynamodb.put(self._table, item, condition=_GUARD, values={":read": row.revision})


def _key(account: str, entry: str) -> Item:
    return {"account": account, "entry": entry}


def _item(row: Row, entry: str) -> Item:
    return asdict(row) | {"entry": entry}


def _period_entry(meter: Meter, period: str) -> str:
    return f"{METER}{meter}#{period}"


def _balance_entries(keys: Iterable[PeriodKey]) -> list[str]:
    return sorted(
        {entry for meter, period in keys for entry in (_period_entry(meter, period), GRANTS + meter)}
    )


def _balances(account: str, keys: Iterable[PeriodKey], rows: Mapping[str, Item]) -> dict[PeriodKey, Balances]:
    return {
        (meter, period): Balances(
            period=_period(account, meter, period, rows.get(_period_entry(meter, period))),
            grants=_grants(account, meter, rows.get(GRANTS + meter)),
        )
        for meter, period in keys
    }


def _period(account: str, meter: Meter, period: str, row: Item | None) -> PeriodBalance:
    if row:
        return PeriodBalance.from_item(row)
    return PeriodBalance(account=account, meter=meter, period=period, plan="", limit=0)


def _grants(account: str, meter: Meter, row: Item | None) -> Grants:
    return Grants.from_item(row) if row else Grants(account=account, meter=meter)


def _account_plan(account: str, default: str, row: Item | None) -> AccountPlan:
    return AccountPlan.from_item(row) if row else AccountPlan(account=account, plan=default)
