"""Vectors as bytes: IEEE 754 half precision, little-endian, two bytes a dimension.

Half precision keeps about three decimal digits, far finer than any ranking of unit vectors needs, in a small
part of the space of a list of DynamoDB numbers.
"""

import math
import struct
from collections.abc import Iterable
from typing import Final

BYTES_PER_DIMENSION: Final = 2


def encode(vector: Iterable[float]) -> bytes:
    """The vector brought to unit length, as bytes.

    Raises:
        ValueError: a number is not finite.
    """
    values = unit(vector)
    return struct.pack(f"<{len(values)}e", *values)


def decode(data: bytes) -> tuple[float, ...]:
    """The vector that the bytes stand for.

    Raises:
        ValueError: the bytes are not whole numbers of half precision.
    """
    if len(data) % BYTES_PER_DIMENSION:
        raise ValueError(f"{len(data)} bytes are no vector of {BYTES_PER_DIMENSION}-byte numbers")
    return struct.unpack(f"<{len(data) // BYTES_PER_DIMENSION}e", data)


def unit(vector: Iterable[float]) -> tuple[float, ...]:
    """The vector at length 1; the zero vector stays what it is, and is similar to nothing.

    Raises:
        ValueError: a number is not finite.
    """
    values = tuple(vector)
    length = math.hypot(*values)
    if not math.isfinite(length):
        raise ValueError("a vector holds finite numbers only")
    return tuple(value / length for value in values) if length else values
