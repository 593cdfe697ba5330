"""Reciprocal rank fusion and cursors."""

import pytest

from gloss.errors import InvalidCursor
from gloss.search.cursors import Place, position
from gloss.search.fusion import fuse

SEARCH = ("ann", "harbor")


def test_what_both_lists_put_first_is_first() -> None:
    fused = fuse([(1, ["a", "b", "c"]), (1, ["b", "a"])])
    assert list(fused) == ["b", "a", "c"]
    assert fused["a"] == fused["b"] == pytest.approx((1 / 61 + 1 / 62) / (2 / 61))
    assert fuse([(1, ["a"]), (1, ["a"])])["a"] == pytest.approx(1)


def test_weights_count() -> None:
    assert list(fuse([(1, ["a", "b"]), (3, ["b", "a"])])) == ["b", "a"]
    assert list(fuse([(3, ["a", "b"]), (1, ["b", "a"])])) == ["a", "b"]


def test_what_stands_behind_the_window_follows_in_its_order() -> None:
    fused = fuse([(1, ["a", "b", "c", "d"]), (1, ["e", "b", "c"])], window=1)
    assert list(fused) == ["e", "a", "b", "c", "d"]
    assert fused["d"] == 0


def test_nothing_gives_nothing() -> None:
    assert fuse([(1, []), (1, [])]) == {}


def test_a_cursor_leads_back_to_its_place() -> None:
    place = Place(1_795_177_719_076_007, 25)
    assert position(place.cursor(SEARCH), SEARCH) == place
    assert position(None, SEARCH) is None


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "1.2",
        "a.b.c",
        "1.2.3",
        Place(1, 2).cursor(("bob", "harbor")),
        Place(1, 2).cursor(("ann", "boat")),
        Place(1, -2).cursor(SEARCH),
        Place(-1, 2).cursor(SEARCH),
        Place(2**63, 2).cursor(SEARCH),
        Place(1, 2**40).cursor(SEARCH),
        "9" * 5000 + ".1.x",
    ],
)
def test_any_other_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        position(cursor, SEARCH)
