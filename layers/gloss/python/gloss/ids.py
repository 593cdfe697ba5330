"""Identifiers that sort by the time they were made."""

import hashlib
import os
import threading
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from gloss.patterns import pattern

_FORM: Final = pattern(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

ID_LENGTH: Final = 36
_ID_BYTES: Final = 16

_RANDOM: Final = 1 << 73
_STEP: Final = 1 << 32


class _Moments:
    """Pairs of Unix milliseconds and 74 random bits, of which those of one millisecond grow (RFC 9562, 6.2,
    method 2): ids of one process sort as they were made while its clock does not step back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = (0, 0)

    def next(self) -> tuple[int, int]:
        now = time.time_ns() // 1_000_000
        random = int.from_bytes(os.urandom(10), "big")
        with self._lock:
            before, grown = self._last
            # The highest bit is kept for growing; each step is random, so that no id tells its neighbour.
            low = grown + 1 + random % _STEP if now == before else random % _RANDOM
            self._last = (now, low)
        return now, low


_moments = _Moments()


def new_id() -> str:
    """A UUID of version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    return _uuid7(*_moments.next())


def id_of(moment: datetime, name: str) -> str:
    """The id of a thing that is made only once, of the form of :func:`new_id`: always the same for a name."""
    digest = hashlib.sha256(name.encode()).digest()
    return _uuid7(int(moment.timestamp() * 1000), int.from_bytes(digest[:10], "big") >> 6)


def _uuid7(milliseconds: int, random: int) -> str:
    """``random`` has 74 bits."""
    value = milliseconds << 80 | 0x7 << 76 | random >> 62 << 64 | 0x2 << 62 | random & (1 << 62) - 1
    return _dashed(f"{value:032x}")


def is_id(text: str) -> bool:
    """Whether the text has the form that :func:`new_id` gives."""
    return _FORM.fullmatch(text) is not None


def pack_ids(ids: Iterable[str]) -> bytes:
    """16 bytes for each."""
    return b"".join(bytes.fromhex(one.replace("-", "")) for one in ids)


def unpack_ids(packed: bytes) -> list[str]:
    return [_dashed(packed[at : at + _ID_BYTES].hex()) for at in range(0, len(packed), _ID_BYTES)]


def _dashed(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
