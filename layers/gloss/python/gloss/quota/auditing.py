"""Reading a ledger that does not stand still for its audit."""

from collections.abc import Callable, Sequence
from typing import Final

from gloss.quota.audit import Audit, AuditReport, Drift
from gloss.quota.store import LedgerStore
from gloss.records import dataclass

AUDIT_READINGS: Final = 10
"""Times that a drift of a busy account must be seen again before it is one, and not a transaction that came
in between: load of one kind may tear two or three readings in the same way."""

AUDIT_QUIET: Final = 3
"""Times that are enough where the account does not move."""

AUDIT_PAUSE_S: Final = 0.5
"""Between two readings, so that they do not fall into the same flurry of transactions."""


@dataclass(frozen=True, slots=True)
class Auditor:
    store: LedgerStore
    sleep: Callable[[float], None]

    def audit(self, account: str | None) -> AuditReport:
        """Prove the rows of one account, or of all, against the journal.

        Rows are not read at one instant: what drifts is read again, and reported where every reading shows
        the same figure wrong by as much.
        """
        first = Audit.of(self.store.rows(account))
        drifts, quiet = first.drifts(), 0
        for _ in range(AUDIT_READINGS):
            if not drifts or quiet == AUDIT_QUIET:
                break
            self.sleep(AUDIT_PAUSE_S)
            again = self._seen_again(drifts)
            drifts, quiet = again, quiet + 1 if again == drifts else 0
        return AuditReport(accounts=first.accounts, rows=first.rows, drifts=tuple(drifts))

    def _seen_again(self, drifts: Sequence[Drift]) -> list[Drift]:
        before = {drift.fault for drift in drifts}
        suspects = sorted({drift.account for drift in drifts})
        again = [drift for name in suspects for drift in Audit.of(self.store.rows(name)).drifts()]
        return [drift for drift in again if drift.fault in before]
