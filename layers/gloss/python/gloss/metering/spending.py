"""Monthly caps: when no more AI work is started. What is under way when a cap is reached is finished."""

from datetime import datetime, timedelta
from typing import Final

from gloss.clock import Clock
from gloss.describe.model import Permanent
from gloss.metering.model import Call, month_of
from gloss.metering.store import UsageStore
from gloss.records import dataclass

CAP_REACHED: Final = "COST_CAP_REACHED"
UNPRICED: Final = "MODEL_UNPRICED"

_STACK_SUM_KEPT: Final = timedelta(seconds=30)
"""The stack's sum is read from all its shards; a process does it twice a minute, not with every call."""


@dataclass(frozen=True, slots=True)
class _StackSum:
    month: str
    read_at: datetime
    spent: int


class Spending:
    """``stack_cap`` in nano-dollars a month, for what the stack itself pays; ``None`` for none."""

    def __init__(self, store: UsageStore, clock: Clock, *, stack_cap: int | None) -> None:
        self._store = store
        self._clock = clock
        self._stack_cap = stack_cap
        self._stack_sum: _StackSum | None = None

    def refusal(self, call: Call, *, priced: bool = True) -> Permanent | None:
        """Why this call must not be paid any more; ``None`` where it may.

        Words of an image that is worked on are embedded whatever it costs: that ends work whose larger part
        is paid already. What has no price cannot be capped, so under a cap it is not ``priced`` in.
        """
        if call.purpose == "embed":
            return None
        now = self._clock()
        capped = call.payer == "stack" and self._stack_cap is not None
        if not priced and (capped or call.cap is not None):
            return Permanent(UNPRICED, "Spending is capped, and this model's price is not known.")
        if call.cap is not None and self._store.spent(call.user, month_of(now)) >= call.cap:
            return Permanent(CAP_REACHED, "The monthly spending cap of the settings is reached.")
        if capped and self._spent_by_stack(now) >= (self._stack_cap or 0):
            return Permanent(CAP_REACHED, "This installation has reached its monthly spending cap.")
        return None

    def _spent_by_stack(self, now: datetime) -> int:
        known, month = self._stack_sum, month_of(now)
        if known is None or known.month != month or now - known.read_at > _STACK_SUM_KEPT:
            known = _StackSum(month, now, self._store.spent_by_stack(month))
            self._stack_sum = known
        return known.spent
