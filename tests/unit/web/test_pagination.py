import pytest
from hypothesis import given
from hypothesis import strategies as st

from gloss.errors import InvalidCursor
from gloss.web.pagination import decode, encode


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_a_place_comes_back_as_it_was(place: str) -> None:
    cursor = encode(place)
    assert cursor is not None
    assert decode(cursor) == place
    assert cursor.isascii()
    assert not set(cursor) & set("+/= ")


def test_the_end_has_no_cursor() -> None:
    assert encode(None) is None
    assert decode(None) is None


@given(st.text())
def test_no_text_makes_it_crash(cursor: str) -> None:
    try:
        place = decode(cursor)
    except InvalidCursor:
        return
    assert isinstance(place, str)


@pytest.mark.parametrize("cursor", ["?", "a", "a\n", "=", "\xff", "_-8"])
def test_what_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        decode(cursor)
