"""Calls per minute: every minute of a bucket has one counter that a conditional update never lets pass."""

import random
from collections.abc import Callable
from dataclasses import field
from typing import Final, Literal

from gloss.clock import Clock
from gloss.describe.model import RateLimited
from gloss.metering.limits import Limits
from gloss.metering.model import Call
from gloss.metering.places import MINUTE_S, opening, room
from gloss.metering.rates import RatesStore
from gloss.records import dataclass

MAX_WAIT_S: Final = 600
_JITTER_S: Final = 5.0

_OVERBOOKING: Final = 1.25
"""So many are told to come back for each place: some of them will be late."""


@dataclass(frozen=True, slots=True)
class Permit:
    """One call may be sent now."""

    kind: Literal["permit"] = field(default="permit", init=False)


class Limiter:
    def __init__(
        self,
        store: RatesStore,
        limits: Limits,
        clock: Clock,
        *,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock
        self._jitter = jitter

    def acquire(self, call: Call) -> Permit | RateLimited:
        """Count the call in the current minute, or say when to come back.

        Those who wait are spread over the places that will open, so that a crowd does not come back as one;
        each priority waits in a line of its own.
        """
        now = self._clock().timestamp()
        pause = self._store.paused_until(call) - now
        if pause > 0:
            return self._later(pause)
        limit = self._limits.per_minute(call)
        minute, second = int(now // MINUTE_S), now % MINUTE_S
        if limit is None or self._store.count_call(call, minute, room(limit, call.priority, second)):
            return Permit()
        ahead = int((self._store.count_refusal(call, minute) - 1) / _OVERBOOKING)
        return self._later(opening(limit, call.priority, second, ahead) - second)

    def pause(self, call: Call, seconds: float) -> None:
        """The provider asked for silence: every caller of this bucket keeps it."""
        self._store.pause(call, self._clock().timestamp() + seconds)

    def _later(self, seconds: float) -> RateLimited:
        return RateLimited(min(seconds, MAX_WAIT_S) + self._jitter(0, _JITTER_S))
