"""Searching: order, reasons, filters, pages that stay where they were; and nothing of anybody else, ever."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gloss.describe.model import Transient
from gloss.embed.memory import ScriptedEmbedder
from gloss.errors import ImageNotFound
from gloss.images.model import Status
from gloss.search.colours import near_hex
from gloss.search.model import Filters
from gloss.search.service import Wanted
from tests.unit.search.samples import image_id
from tests.unit.search.scene import Scene, found, ids, swatch


class TestQuery:
    def test_hits_come_with_their_reasons(self, either: Scene) -> None:
        either.add(1, "Old harbor", tags=("harbor", "night"), alt_text="Boats at night.")
        either.add(2, "Forest path")
        page = either.query("harbor night")
        best = page.hits[0]
        assert best.image.id == image_id(1)
        assert best.image.metadata.title == "Old harbor"
        assert best.matched == ("title", "altText", "tags")
        assert best.score == 1.0
        assert best.keyword is not None
        assert best.similarity is not None
        assert best.similarity > 0.3
        assert best.color_share is None
        assert set(best.image.links) == {"original", "thumbnail", "preview"}
        assert (page.next, page.partial, page.by_meaning, page.unembedded) == (
            None,
            False,
            True,
            0,
        )

    def test_words_find_what_the_vectors_do_not(self, scene: Scene) -> None:
        scene.add(1, "Fischerhafen", tags=("schiff",))
        scene.add(2, "東京タワー", language="ja")
        assert found(scene.query("Schiff"))[0] == image_id(1)
        assert found(scene.query("京"))[0] == image_id(2)

    def test_parts_of_words_are_found_by_the_vectors(self, scene: Scene) -> None:
        scene.add(1, "Sailboats")
        page = scene.query("sailboat")
        assert found(page) == ids(1)
        assert page.hits[0].matched == ()
        assert page.hits[0].keyword is None

    def test_a_query_without_a_word_finds_nothing(self, either: Scene) -> None:
        either.add(1, "Harbor")
        assert found(either.query("…")) == []

    def test_no_similarity_is_too_small(self, either: Scene) -> None:
        for number, title in enumerate(["Quiet harbor wall", "White orchid", "Violin lesson"]):
            either.add(number, title)
        page = either.query("quiet harbor wall")
        assert found(page) == ids(0, 1, 2)
        assert all(hit.similarity is not None and hit.similarity < 0 for hit in page.hits[1:])

    @pytest.mark.parametrize("s3vectors", [False, True])
    def test_without_an_embedder_words_decide(self, *, s3vectors: bool) -> None:
        scene = Scene(ScriptedEmbedder(*[Transient("DOWN", "No.")]), s3vectors=s3vectors)
        scene.add(1, "Old harbor")
        page = scene.query("harbor")
        assert found(page) == ids(1)
        assert not page.by_meaning
        assert page.hits[0].similarity is None

    def test_a_query_is_embedded_once(self) -> None:
        embedder = ScriptedEmbedder()
        scene = Scene(embedder)
        for _ in range(2):
            scene.query("harbor")
        for number in range(300):
            scene.query(f"query {number}")
        assert embedder.requests.count(("harbor",)) == 1
        scene.query("harbor")
        assert embedder.requests.count(("harbor",)) == 2

    def test_vectors_of_another_model_are_told(self) -> None:
        scene = Scene(ScriptedEmbedder())
        scene.add(1, "Old harbor")
        page = scene.query("harbor")
        assert page.unembedded == 1
        assert page.hits[0].similarity is None
        assert scene.asked == ["ann"]

    def test_a_query_is_embedded_once_for_whoever_asks_first(self, scene: Scene) -> None:
        scene.add(1, "Old harbor")
        for query in ("harbor", "harbor", "old"):
            scene.query(query)
        assert scene.queried == ["ann", "ann"]

    def test_a_library_in_line_asks_for_nothing(self, scene: Scene) -> None:
        scene.add(1, "Old harbor")
        scene.query("harbor")
        assert scene.asked == []

    def test_edits_and_deletions_are_seen_at_once(self, either: Scene) -> None:
        either.add(1, "Harbor")
        either.add(2, "Harbor wall")
        either.edit(1, "Forest")
        either.delete(2)
        assert [hit.matched for hit in either.query("harbor wall").hits] == [()]
        assert [hit.matched for hit in either.query("forest").hits] == [("title",)]


class TestFilters:
    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            ({}, [1, 2, 3]),
            ({"filters": Filters(tags=("Night",))}, [1]),
            ({"filters": Filters(language="en")}, [1, 2]),
            ({"filters": Filters(source="dropbox")}, [3]),
            ({"filters": Filters(colour=near_hex("4682b4"))}, [2]),
            ({"filters": Filters(tags=("night",), language="de")}, []),
            ({"status": Status.COMPLETE}, [1, 2]),
            ({"status": Status.PROCESSING}, [3]),
            ({"status": Status.FAILED}, []),
        ],
    )
    def test_only_what_meets_them_is_found(
        self, either: Scene, wanted: dict[str, Any], expected: list[int]
    ) -> None:
        either.add(1, "harbor", tags=("night",), language="en")
        either.add(2, "harbor", language="en-GB", palette=[swatch("#4682b4", 0.6)])
        either.add(3, "harbor", source="dropbox", language="de", status=Status.PROCESSING)
        assert sorted(found(either.query("harbor", **wanted))) == ids(*expected)


class TestSimilar:
    def test_likeness_orders(self, either: Scene) -> None:
        either.add(1, "Old harbor at night")
        either.add(2, "Harbor at night")
        either.add(3, "Forest path")
        page = either.search.similar("ann", image_id(1), Wanted())
        assert found(page) == ids(2, 3)
        assert page.hits[0].score == page.hits[0].similarity
        assert page.hits[0].matched == ()

    def test_filters_and_pages_hold_here_too(self, scene: Scene) -> None:
        for number in range(6):
            scene.add(number, f"harbor {number}", tags=("even",) if number % 2 == 0 else ())
        wanted = Wanted(filters=Filters(tags=("even",)), limit=1)
        first = scene.search.similar("ann", image_id(1), wanted)
        second = scene.search.similar("ann", image_id(1), replace(wanted, cursor=first.next))
        third = scene.search.similar("ann", image_id(1), replace(wanted, cursor=second.next))
        assert sorted(found(first) + found(second) + found(third)) == ids(0, 2, 4)
        assert third.next is None

    def test_somebody_elses_image_is_none(self, scene: Scene) -> None:
        scene.add(1, "harbor", user="bob")
        with pytest.raises(ImageNotFound):
            scene.search.similar("ann", image_id(1), Wanted())

    def test_without_a_vector_nothing_is_like_it(self, scene: Scene) -> None:
        scene.add(1, "harbor")
        scene.add(2, "harbor")
        scene.product.clock.forward(timedelta(seconds=1))
        scene.product.images.apply(scene.rows.publish(scene.product.record(image_id(1), user="ann"), None))
        page = scene.search.similar("ann", image_id(1), Wanted())
        assert (found(page), page.by_meaning) == ([], False)


class TestColour:
    def test_the_share_orders(self, either: Scene) -> None:
        either.add(1, "a", palette=[swatch("#4682b4", 0.2), swatch("#ffffff", 0.8)])
        either.add(2, "b", palette=[swatch("#4682b4", 0.7)])
        either.add(3, "c", palette=[swatch("#ff0000", 1.0)])
        page = either.search.by_colour("ann", near_hex("4682b4"), Wanted())
        assert found(page) == ids(2, 1)
        assert [hit.color_share for hit in page.hits] == pytest.approx([0.7, 0.2], abs=0.01)
        assert not page.by_meaning

    def test_an_empty_library_has_no_colour(self, scene: Scene) -> None:
        assert found(scene.search.by_colour("ann", near_hex("4682b4"), Wanted())) == []
