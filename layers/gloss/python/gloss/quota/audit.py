"""The audit: every balance is the sum of its journal, and every reservation is where the journal left it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Self

from gloss.dynamodb import Item
from gloss.quota.journal import JOURNAL, JournalEntry
from gloss.quota.model import (
    HELD,
    Grant,
    GrantRecord,
    Grants,
    PeriodBalance,
    PeriodKey,
    Reservation,
    epoch,
)
from gloss.quota.store import GRANT, GRANTS, METER, RESERVATION
from gloss.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A figure that is not what it should be.

    ``check`` is

    - ``balance``: the plan's limit - spent of a month, against the journal
    - ``spent``: against what the reservations took of that month
    - ``grant``: what is left of a grant, against the journal
    - ``grant spent``: against what the reservations took of it, until it is cleared away
    - ``grant amount``, ``grant expiry`` (0: never): against the grant as it was given
    - ``given``: the grant as it was given, against the journal
    - ``held``: a reservation is open (1) or not (0), against the journal
    - ``index``: it is listed as open or not, against its status
    - ``amount``: its credits, against the shares that they came from
    - ``reserved``: the credits of the reservations of one call, less what the journal says (so 0 is right)
    """

    account: str
    check: str
    subject: str
    expected: int
    found: int

    @property
    def fault(self) -> tuple[str, str, str, int]:
        """What stays the same while a busy account moves on: where it is wrong, and by how much."""
        return self.account, self.check, self.subject, self.found - self.expected


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What was read, and what does not fit."""

    accounts: int
    rows: int
    drifts: tuple[Drift, ...]

    @property
    def clean(self) -> bool:
        return not self.drifts


class Audit:
    """Sums over the rows of any number of accounts, in any order."""

    def __init__(self) -> None:
        self.rows = 0
        self._books: dict[str, _Books] = {}

    @classmethod
    def of(cls, rows: Iterable[Item]) -> Self:
        audit = cls()
        for row in rows:
            audit.rows += 1
            audit._books.setdefault(row["account"], _Books(row["account"])).add(row)
        return audit

    @property
    def accounts(self) -> int:
        return len(self._books)

    def drifts(self) -> list[Drift]:
        return [drift for books in self._books.values() for drift in books.drifts()]


class _Books:
    """The sums of one account."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._periods: dict[PeriodKey, PeriodBalance] = {}
        self._deltas: Counter[PeriodKey] = Counter()
        self._taken: Counter[PeriodKey] = Counter()
        self._grant_deltas: Counter[str] = Counter()
        self._open: Counter[str] = Counter()
        self._held: Counter[str] = Counter()
        self._indexed: Counter[str] = Counter()
        self._grants: dict[str, Grant] = {}
        self._given: dict[str, GrantRecord] = {}
        self._journalled: Counter[str] = Counter()
        self._grants_taken: Counter[str] = Counter()
        self._returns: list[tuple[str, int, int]] = []
        self._shares: Counter[str] = Counter()
        self._amounts: Counter[str] = Counter()
        self._batches: Counter[str] = Counter()

    def add(self, row: Item) -> None:
        entry = row["entry"]
        if entry.startswith(JOURNAL):
            self._add_journal(JournalEntry.from_item(row))
        elif entry.startswith(RESERVATION):
            self._add_reservation(Reservation.from_item(row), indexed="open_account" in row)
        elif entry.startswith(METER):
            period = PeriodBalance.from_item(row)
            self._periods[period.meter, period.period] = period
        elif entry.startswith(GRANTS):
            grants = Grants.from_item(row)
            self._grants |= {f"{grants.meter} {key}": grant for key, grant in grants.grants.items()}
        elif entry.startswith(GRANT):
            given = GrantRecord.from_item(row)
            self._given[f"{given.meter} {given.id}"] = given

    def _add_journal(self, entry: JournalEntry) -> None:
        self._deltas[entry.meter, entry.period] += entry.delta
        self._grant_deltas.update({f"{entry.meter} {key}": delta for key, delta in entry.grants.items()})
        if entry.type == "grant":
            self._journalled.update({f"{entry.meter} {key}": entry.amount for key in entry.grants})
        if entry.type == "reserve":
            _count(self._batches, entry.batch, -entry.amount)
        if entry.reservations:
            step = 1 if entry.type == "reserve" else -1
            for reservation_id in entry.reservations:
                _count(self._open, reservation_id, step)

    def _add_reservation(self, reservation: Reservation, *, indexed: bool) -> None:
        self._taken[reservation.key] += reservation.from_plan()
        self._add_shares(reservation)
        _count(self._batches, reservation.batch, reservation.amount)
        if (shares := sum(share.amount for share in reservation.allocation)) != reservation.amount:
            self._shares[reservation.id], self._amounts[reservation.id] = shares, reservation.amount
        if reservation.status == HELD:
            self._held[reservation.id] = 1
        if indexed:
            self._indexed[reservation.id] = 1

    def _add_shares(self, reservation: Reservation) -> None:
        """What the reservation took of each grant, and what it gave back of it, and when."""
        for share in reservation.allocation:
            if share.grant is not None:
                self._grants_taken[f"{reservation.meter} {share.grant}"] += share.amount
        if reservation.status == HELD or reservation.settled_at is None:
            return
        settled_at = epoch(datetime.fromisoformat(reservation.settled_at))
        for share in reservation.shares_beyond(reservation.actual or 0):
            if share.grant is not None:
                self._returns.append((f"{reservation.meter} {share.grant}", share.amount, settled_at))

    def _grant_drifts(self) -> Iterator[Drift]:
        """A grant that is cleared away has no row any more. Where it had expired nothing went back to it."""
        taken = Counter({key: self._grants_taken[key] for key in self._grants})
        for key, amount, settled_at in self._returns:
            grant = self._grants.get(key)
            if grant and (grant.expires_at is None or grant.expires_at > settled_at):
                taken[key] -= amount
        stands = self._grants.items()
        given = {key: self._given[key] for key in self._grants if key in self._given}
        yield from self._differences(
            "grant spent", taken, Counter({key: grant.spent for key, grant in stands})
        )
        yield from self._differences(
            "grant amount",
            Counter({key: record.amount for key, record in given.items()}),
            Counter({key: grant.amount for key, grant in stands}),
        )
        yield from self._differences(
            "grant expiry",
            Counter({key: record.expires_at or 0 for key, record in given.items()}),
            Counter({key: grant.expires_at or 0 for key, grant in stands}),
        )
        amounts = Counter({key: record.amount for key, record in self._given.items()})
        yield from self._differences("given", self._journalled, amounts)

    def drifts(self) -> Iterator[Drift]:
        balances = Counter({key: period.balance for key, period in self._periods.items()})
        spent = Counter({key: period.spent for key, period in self._periods.items()})
        yield from self._differences("balance", _named(self._deltas), _named(balances))
        yield from self._differences("spent", _named(self._taken), _named(spent))
        rests = Counter({key: grant.rest for key, grant in self._grants.items()})
        yield from self._differences("grant", self._grant_deltas, rests)
        yield from self._grant_drifts()
        yield from self._differences("held", self._open, self._held)
        yield from self._differences("index", self._held, self._indexed)
        yield from self._differences("amount", self._shares, self._amounts)
        yield from self._differences("reserved", Counter(), self._batches)

    def _differences(self, check: str, expected: Counter[str], found: Counter[str]) -> Iterator[Drift]:
        for subject in sorted({*expected, *found}):
            if expected[subject] != found[subject]:
                yield Drift(
                    account=self._account,
                    check=check,
                    subject=subject,
                    expected=expected[subject],
                    found=found[subject],
                )


def _named(figures: Counter[PeriodKey]) -> Counter[str]:
    return Counter({f"{meter} {period}": figure for (meter, period), figure in figures.items()})


def _count(figures: Counter[str], key: str, step: int) -> None:
    """What comes to nothing is forgotten: of a large ledger only what is open stays in memory."""
    figures[key] += step
    if not figures[key]:
        del figures[key]
