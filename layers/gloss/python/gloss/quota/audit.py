"""The audit: every balance is the sum of its journal, and every reservation is where the journal left it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Self

from gloss.dynamodb import Item
from gloss.quota.journal import JOURNAL, JournalEntry
from gloss.quota.model import HELD, Grants, PeriodBalance, PeriodKey, Reservation, Row
from gloss.quota.store import GRANTS, METER, RESERVATION


class Drift(Row):
    """A figure that is not what it should be.

    ``check`` is ``balance`` (limit - spent against the journal), ``spent`` (against the reservations),
    ``grant`` (what is left against the journal), ``held`` (open in the journal, 1 or 0, against the row) or
    ``index`` (in the index of open reservations or not, against the status).
    """

    account: str
    check: str
    subject: str
    expected: int
    found: int


class AuditReport(Row):
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
        self._rests: Counter[str] = Counter()
        self._grant_deltas: Counter[str] = Counter()
        self._open: Counter[str] = Counter()
        self._held: Counter[str] = Counter()
        self._indexed: Counter[str] = Counter()

    def add(self, row: Item) -> None:
        entry = row["entry"]
        if entry.startswith(JOURNAL):
            self._add_journal(JournalEntry.model_validate(row))
        elif entry.startswith(RESERVATION):
            self._add_reservation(Reservation.model_validate(row), indexed="open_account" in row)
        elif entry.startswith(METER):
            period = PeriodBalance.model_validate(row)
            self._periods[period.meter, period.period] = period
        elif entry.startswith(GRANTS):
            grants = Grants.model_validate(row)
            self._rests.update({f"{grants.meter} {key}": grant.rest for key, grant in grants.grants.items()})

    def _add_journal(self, entry: JournalEntry) -> None:
        self._deltas[entry.meter, entry.period] += entry.delta
        self._grant_deltas.update({f"{entry.meter} {key}": delta for key, delta in entry.grants.items()})
        if entry.reservations:
            step = 1 if entry.type == "reserve" else -1
            for reservation_id in entry.reservations:
                self._open[reservation_id] += step
                if not self._open[reservation_id]:
                    del self._open[reservation_id]

    def _add_reservation(self, reservation: Reservation, *, indexed: bool) -> None:
        self._taken[reservation.key] += reservation.from_plan()
        if reservation.status == HELD:
            self._held[reservation.id] = 1
        if indexed:
            self._indexed[reservation.id] = 1

    def drifts(self) -> Iterator[Drift]:
        balances = Counter({key: period.balance for key, period in self._periods.items()})
        spent = Counter({key: period.spent for key, period in self._periods.items()})
        yield from self._differences("balance", _named(self._deltas), _named(balances))
        yield from self._differences("spent", _named(self._taken), _named(spent))
        yield from self._differences("grant", self._grant_deltas, self._rests)
        yield from self._differences("held", self._open, self._held)
        yield from self._differences("index", self._held, self._indexed)

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
