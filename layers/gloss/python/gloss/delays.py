"""How long a message waits in a queue before somebody takes it."""

import math
import random
from typing import Final

MAX_DELAY_S: Final = 900
"""Longest delay that SQS gives a message; beyond it SQS refuses the message."""

_MAX_JITTER_S: Final = 10.0


def queue_delay(seconds: float) -> int:
    """The wait as SQS takes it: whole seconds, rounded up, at most a quarter of an hour."""
    return min(max(0, math.ceil(seconds)), MAX_DELAY_S)


def spread(seconds: float) -> float:
    """The wait and up to a third more, at most ten seconds: what was told to wait does not come at once."""
    return seconds + random.uniform(0, min(seconds / 3, _MAX_JITTER_S))  # noqa: S311 - no secret
