"""All hits of a query at once: those of the pages, in their order."""

from dataclasses import replace

import pytest

from gloss.embed.local import LocalEmbedder
from gloss.search.corpora import DEFAULT_LIMITS
from gloss.search.meaning import Meaning, WholeSearch
from gloss.search.model import Filters
from gloss.search.service import Wanted
from tests.unit.search.samples import Bench, entry, image_id
from tests.unit.search.scene import Scene


def paged(scene: Scene, query: str, filters: Filters) -> list[str]:
    found: list[str] = []
    wanted = Wanted(filters, limit=2)
    while True:
        page = scene.search.by_query("ann", query, wanted)
        found += [hit.image.id for hit in page.hits]
        if page.next is None:
            return found
        wanted = replace(wanted, cursor=page.next)


@pytest.mark.parametrize("filters", [Filters(), Filters(tags=("sea",))])
def test_it_finds_what_the_pages_show_in_their_order(filters: Filters) -> None:
    scene = Scene()
    for number in range(9):
        tags = ("sea",) if number % 3 else ()
        scene.add(number, f"Old bridge over the river {number}" if number % 2 else "Red bridge", tags=tags)
    scene.add(20, "Old bridge", user="ben", tags=("sea",))
    whole = WholeSearch(
        scene.corpora, Meaning(scene.vectors, scene.log, scene.embedder, lambda _user: scene.embedder)
    )
    found = whole("ann", "old bridge", filters)
    assert found == paged(scene, "old bridge", filters)
    assert found
    assert image_id(20) not in found
    assert whole("nobody", "old bridge", filters) == []


def test_while_the_library_is_read_in_there_is_no_answer() -> None:
    bench = Bench(limits=replace(DEFAULT_LIMITS, batch=2, seconds=0.5))
    for number in range(5):
        bench.index().put("ann", [entry(image_id(number), "Old bridge")])
    corpora = bench.cold()
    whole = WholeSearch(
        corpora, Meaning(bench.index(corpora), bench.log, LocalEmbedder(), lambda _user: LocalEmbedder())
    )
    answers = [whole("ann", "bridge", Filters()) for _ in range(4)]
    assert answers[0] is None
    assert set(answers[-1] or ()) == {image_id(number) for number in range(5)}
