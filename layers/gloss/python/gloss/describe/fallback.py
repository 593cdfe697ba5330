"""Turns to the next provider where the first one cannot be used at all, and says so in the result."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeGuard

from gloss.describe.model import Describer, DescribeRequest, Fallback, Ok, Outcome, Permanent, Transient
from gloss.providers.model import LATEST_S
from gloss.records import dataclass

CODES: Final = frozenset(
    {
        "ACCESS_DENIED",
        "BAD_KEY",
        "COST_CAP_REACHED",
        "KEY_EXHAUSTED",
        "KEY_MISSING",
        "MODEL_NOT_ALLOWED",
        "MODEL_NOT_FOUND",
        "MODEL_UNPRICED",
        "PROVIDER_UNAVAILABLE",
    }
)
"""What another try at the same provider would meet too. A rate limit passes, so the work waits for it; and a
picture that one provider declines is not shown to another."""


@dataclass(frozen=True, slots=True)
class UnusableDescriber:
    """A provider that cannot be called at all, and why."""

    name: str
    reason: Permanent
    model: str | None = None
    sees_pixels: bool = False

    def describe(self, _request: DescribeRequest) -> Permanent:
        return self.reason


class FallbackDescriber:
    """Whoever stands in has to see the picture in the time that is left: after a slow refusal, only somebody
    who answers at once comes into question."""

    def __init__(
        self, first: Describer, *others: Describer, stopwatch: Callable[[], float] = time.monotonic
    ) -> None:
        self._first = first
        self._others = others
        self._stopwatch = stopwatch

    @property
    def name(self) -> str:
        return self._first.name

    @property
    def model(self) -> str | None:
        return self._first.model

    @property
    def sees_pixels(self) -> bool:
        return any(describer.sees_pixels for describer in (self._first, *self._others))

    def describe(self, request: DescribeRequest) -> Outcome:
        """The first answer of those in order; a failure is the first one's, for that is who was asked for."""
        begin = self._stopwatch()
        failure = self._first.describe(request)
        if not is_unusable(failure):
            return failure
        for other in self._others:
            if other.sees_pixels and self._stopwatch() - begin > LATEST_S:
                continue
            outcome = other.describe(request)
            if isinstance(outcome, Ok):
                return Ok(replace(outcome.description, fallback=Fallback(self.name, failure.code)))
        return failure


def is_unusable(outcome: object) -> TypeGuard[Transient | Permanent]:
    """Whether the provider itself is the fault, and not this piece of work."""
    return isinstance(outcome, Transient | Permanent) and outcome.code in CODES
