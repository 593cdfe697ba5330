"""Reciprocal rank fusion and cursors."""

import pytest

from gloss.errors import InvalidCursor
from gloss.search.cursors import Place, position
from gloss.search.fusion import fuse

SEARCH = ("ann", "harbor")


def ranking(images: str) -> dict[str, float]:
    """Each image has a score of its own, the first the highest."""
    return {image: -float(place) for place, image in enumerate(images)}


def test_what_both_lists_put_first_is_first() -> None:
    fused = fuse([(1, ranking("abc")), (1, ranking("ab"))])
    assert list(fused) == ["a", "b", "c"]
    assert fused["a"] == pytest.approx(1)
    assert fused["b"] == pytest.approx(61 / 62)
    assert fused["c"] == pytest.approx(61 / 63 / 2)


def test_where_two_are_equal_the_first_ranking_decides() -> None:
    assert list(fuse([(1, ranking("abc")), (1, ranking("ba"))])) == ["a", "b", "c"]
    assert list(fuse([(1, ranking("ba")), (1, ranking("abc"))])) == ["b", "a", "c"]


def test_equal_scores_share_a_rank() -> None:
    fused = fuse([(1, {"a": 3.0, "b": 2.0, "c": 2.0, "d": 1.0})])
    assert [round(61 / score) for score in fused.values()] == [61, 62, 62, 64]
    assert list(fuse([(1, {"a": 2.0, "b": 2.0}), (1, ranking("ba"))])) == ["b", "a"]


def test_weights_count() -> None:
    assert list(fuse([(1, ranking("ab")), (3, ranking("ba"))])) == ["b", "a"]
    assert list(fuse([(3, ranking("ab")), (1, ranking("ba"))])) == ["a", "b"]


def test_what_stands_behind_the_window_follows_in_its_order() -> None:
    fused = fuse([(1, ranking("abcd")), (1, ranking("ebc"))], window=1)
    assert list(fused) == ["a", "e", "b", "c", "d"]
    assert fused["d"] == 0


def test_nothing_gives_nothing() -> None:
    assert fuse([(1, {}), (1, {})]) == {}


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
