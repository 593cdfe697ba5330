import math
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gloss.embed.codec import BYTES_PER_DIMENSION, decode, encode, unit

vectors = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=64)


@given(vectors)
@settings(max_examples=60, deadline=None)
def test_a_vector_comes_back_at_unit_length_and_half_precision(vector: list[float]) -> None:
    data = encode(vector)
    assert len(data) == BYTES_PER_DIMENSION * len(vector)
    assert decode(data) == pytest.approx(unit(vector), abs=2**-11)


def test_bytes_are_little_endian_half_floats() -> None:
    assert encode([0.0, -3.0]) == bytes.fromhex("0000 00bc")
    assert decode(bytes.fromhex("0038 00b8")) == (0.5, -0.5)


def test_encoding_what_was_decoded_changes_nothing() -> None:
    data = encode([3.0, 4.0])
    assert decode(data) == pytest.approx((0.6, 0.8), abs=1e-3)
    assert encode(decode(data)) == data


def test_the_zero_vector_and_the_empty_one_stay() -> None:
    assert encode([0.0, 0.0]) == b"\0\0\0\0"
    assert decode(encode([])) == ()


def test_numbers_too_large_for_half_precision_are_scaled_first() -> None:
    assert decode(encode([1e200, 0.0])) == (1.0, 0.0)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        encode([1.0, number])


def test_half_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="3 bytes"):
        decode(struct.pack("<3B", 1, 2, 3))
