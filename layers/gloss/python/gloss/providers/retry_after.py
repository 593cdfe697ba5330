"""When a service that was asked too often wants to be asked again. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from gloss.patterns import pattern

DEFAULT_S: Final = 30.0
MAX_S: Final = 86_400.0
"""Allowances last a day at most; who asks for more has sent something else. A message waits less, and finds
the pause still on."""

_DURATION: Final = pattern(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?")
_UNITS: Final = (3600.0, 60.0, 1.0, 0.001)
_RESETS: Final = ("x-ratelimit-reset-requests", "x-ratelimit-reset-tokens", "x-ratelimit-reset")


def retry_after(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds to wait, from none to a day, and 30 where the headers do not say.

    ``Retry-After`` in seconds or as a date (RFC 9110, 10.2.3) and its sibling in milliseconds come first;
    then the limits that are used up, the later of them (durations such as ``6m0s``, seconds, or Unix time).
    """
    told = _told(headers, now)
    if told is None:
        resets = [
            _seconds(headers[name], now) for name in _RESETS if name in headers and _is_used_up(headers, name)
        ]
        told = max((reset for reset in resets if reset is not None), default=DEFAULT_S)
    return min(max(told, 0.0), MAX_S)


def _told(headers: Mapping[str, str], now: datetime) -> float | None:
    if (milliseconds := _number(headers.get("retry-after-ms", ""))) is not None:
        return milliseconds / 1000
    text = headers.get("retry-after", "")
    seconds = _number(text)
    return seconds if seconds is not None else _until(text, now)


def _is_used_up(headers: Mapping[str, str], reset: str) -> bool:
    """Whether the limit that this reset belongs to is the one in the way; in doubt it is."""
    remaining = _number(headers.get(reset.replace("reset", "remaining"), ""))
    return remaining is None or remaining < 1


def _seconds(text: str, now: datetime) -> float | None:
    number = _number(text)
    if number is not None:
        return number - now.timestamp() if number >= now.timestamp() else number
    match = _DURATION.fullmatch(text.strip())
    if not text.strip() or not match:
        return None
    return sum(float(part or 0) * unit for part, unit in zip(match.groups(), _UNITS, strict=True))


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\s*\d{1,15}(?:\.\d{1,9})?\s*", text) else None


def _until(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now.timestamp()
