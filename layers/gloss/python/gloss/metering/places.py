"""Who gets the places of a minute: bulk work leaves some to people, and takes what nobody wanted. Pure.

A share of each minute is reserved for interactive calls. It shrinks towards the end of the minute, so bulk
work alone uses the whole allowance, and a person who comes in between finds a place at once.
"""

from functools import cache
from math import ceil
from typing import Final

from gloss.metering.model import Priority

MINUTE_S: Final = 60

_SHARE: Final = 5
"""One place of so many is reserved."""
_SMALLEST: Final = 10
"""Limits below this reserve nothing: one place would be a fifth of the allowance, and often lost."""
_WHOLE_S: Final = 40
"""So long into the minute the reserve is whole, then it shrinks evenly …"""
_GIVEN_UP_S: Final = 58
"""… and from here on there is none: whoever comes now waits two seconds at most for the next minute."""


def room(limit: int, priority: Priority, second: float) -> int:
    """How many calls the minute may hold for one of this priority to be let in at this second of it."""
    return limit if priority == "interactive" else limit - _reserved(limit, second)


def opening(limit: int, priority: Priority, second: float, ahead: int) -> float:
    """Seconds from the beginning of this minute to when a place opens for who has so many ahead.

    ``second`` of this minute is now, and what can be had now is taken.
    """
    later = _openings(limit, priority)
    still = [at for at in later if at > second]
    if ahead < len(still):
        return float(still[ahead])
    minutes, place = divmod(ahead - len(still), limit)
    at_once = limit - len(later)
    return (1 + minutes) * MINUTE_S + (later[place - at_once] if place >= at_once else 0)


def _reserved(limit: int, second: float) -> int:
    if limit < _SMALLEST or second >= _GIVEN_UP_S:
        return 0
    left = min(1.0, (MINUTE_S - second) / (MINUTE_S - _WHOLE_S))
    return ceil(limit // _SHARE * left)


@cache
def _openings(limit: int, priority: Priority) -> list[int]:
    """The seconds of a minute at which one more place opens."""
    if priority == "interactive":
        return []
    return [
        second
        for second in range(1, MINUTE_S)
        for _ in range(_reserved(limit, second - 1) - _reserved(limit, second))
    ]
