"""The judged set is what it says it is, and the fusion earns its place on queries it was not chosen on."""

import pytest

from tests.relevance.library import Query, entries, lines, queries
from tests.relevance.measure import ndcg, scores


def test_the_set_is_large_and_judged_soundly() -> None:
    scenes = {cells[0] for cells in lines("scenes.txt")}
    asked = queries()
    assert len(entries()) == len({entry.image for entry in entries()}) >= 300
    assert len(asked) == len({query.text for query in asked}) >= 60
    assert {scene for query in asked for scene in query.grades} <= scenes
    assert all(2 in query.grades.values() for query in asked)
    assert len({cells[1] for cells in lines("scenes.txt")}) >= 10


def test_ndcg_is_one_for_the_best_order_and_less_for_any_other() -> None:
    query = Query("q", {"a": 2, "b": 1}, is_test=False)
    images = ["a#0", "b#0", "c#0"]
    assert ndcg(["a#0", "b#0"], query, images) == 1
    assert ndcg(["b#0", "a#0"], query, images) == pytest.approx(0.7967, abs=1e-3)
    assert ndcg(["c#0"], query, images) == 0
    assert ndcg([], query, images) == 0


@pytest.mark.parametrize("test", [False, True, None], ids=["development", "test", "all"])
def test_both_together_are_better_than_either(*, test: bool | None) -> None:
    found = scores(test=test)
    assert found["hybrid"] > max(found["keyword"], found["vector"]), found
