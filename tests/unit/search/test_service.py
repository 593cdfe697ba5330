"""Searching: order, reasons, filters, pages that stay where they were; and nothing of anybody else, ever."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gloss.describe.model import Metadata, Transient
from gloss.embed import codec
from gloss.embed.local import LocalEmbedder
from gloss.embed.memory import ScriptedEmbedder
from gloss.embed.model import Embedder, document_text
from gloss.errors import ImageNotFound, InvalidCursor
from gloss.images.model import Image, Status
from gloss.images.store import ImageStore
from gloss.search.colours import near_hex
from gloss.search.corpora import Corpora
from gloss.search.exact import ExactIndex
from gloss.search.model import Filters, Vector, VectorIndex
from gloss.search.pack import Pack
from gloss.search.s3vectors import S3VectorsIndex
from gloss.search.service import Search, Wanted
from gloss.search.store import ChangeLog, VectorStore
from gloss.search.views import HitPage
from tests.fakes.product import INSPECTION, Product
from tests.fakes.s3vectors import FakeS3Vectors
from tests.unit.search.samples import MemoryObjects, image_id


class Scene:
    """Libraries, written as the pipeline writes them, and a search in them."""

    def __init__(self, embedder: Embedder | None = None, *, s3vectors: bool = False) -> None:
        self.product = Product()
        self.embedder = embedder or LocalEmbedder()
        self.client = self.product.dynamodb.client
        self.rows = VectorStore("VectorsTable", self.product.clock)
        self.log = ChangeLog(self.client, "VectorsTable")
        pack = Pack(self.client, "VectorsTable", MemoryObjects(), vectors=not s3vectors)
        self.corpora = Corpora(self.log, pack, clock=self.product.clock)
        self.vectors: VectorIndex = ExactIndex(self.client, "VectorsTable", self.corpora, self.log)
        if s3vectors:
            self.vectors = S3VectorsIndex(FakeS3Vectors(512).client, "arn", 512)
        self.asked: list[str] = []
        self.queried: list[str] = []
        self.search = Search(
            images=ImageStore(self.client, "ImagesTable"),
            objects=self.product.objects,
            corpora=self.corpora,
            log=self.log,
            vectors=self.vectors,
            embedder=self.embedder,
            embedder_of=self._embedder_of,
            on_unembedded=self.asked.append,
        )

    def _embedder_of(self, user: str) -> Embedder:
        self.queried.append(user)
        return self.embedder

    def add(self, number: int, title: str, *, user: str = "ann", **facts: object) -> str:
        """An image with published metadata."""
        self.product.clock.forward(timedelta(microseconds=1))
        now = self.product.clock().isoformat()
        palette = facts.pop("palette", ())
        source = facts.pop("source", "upload")
        status = facts.pop("status", Status.COMPLETE)
        image = Image(
            user=user,
            image=image_id(number),
            status=Status(str(status)),
            file_name="IMG_1.jpg",
            content_type="image/jpeg",
            size=1,
            created_at=now,
            updated_at=now,
            version=1,
            metadata=Metadata(title=title, **facts),  # type: ignore[arg-type]  # what the tests give
            inspection={**INSPECTION, "palette": palette},
            source={"provider": str(source)},
        )
        self.product.put(image)
        self.publish(image)
        return image.image

    def publish(self, image: Image) -> None:
        text = document_text(image.metadata, image.file_name)
        outcome = LocalEmbedder().embed([text])
        vector = Vector(codec.encode(outcome.embeddings[0].vector), LocalEmbedder().model, "hash")
        self.product.images.apply(self.rows.publish(image, vector))
        if isinstance(self.vectors, S3VectorsIndex):
            self.vectors.put(image.user, [entry for entry in self.log.rows(image.user)])  # noqa: C416

    def edit(self, number: int, title: str, user: str = "ann") -> None:
        self.product.clock.forward(timedelta(microseconds=1))
        image = self.product.record(image_id(number), user=user)
        edited = replace(image, metadata=replace(image.metadata, title=title))
        self.product.put(edited)
        self.publish(edited)

    def delete(self, number: int, user: str = "ann") -> None:
        self.product.clock.forward(timedelta(microseconds=1))
        self.product.images.apply(self.rows.remove(user, image_id(number)))
        self.product.dynamodb.delete_item(
            TableName="ImagesTable", Key={"user": {"S": user}, "image": {"S": image_id(number)}}
        )

    def query(self, text: str, user: str = "ann", **wanted: object) -> HitPage:
        return self.search.by_query(user, text, Wanted(**wanted))  # type: ignore[arg-type]  # what the tests give


def swatch(code: str, share: float) -> dict[str, object]:
    return {"hex": code, "share": share, "name": "colour"}


def found(page: HitPage) -> list[str]:
    return [hit.image.id for hit in page.hits]


def ids(*numbers: int) -> list[str]:
    return [image_id(number) for number in numbers]


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture(params=[False, True], ids=["dynamodb", "s3vectors"])
def either(request: pytest.FixtureRequest) -> Scene:
    return Scene(s3vectors=request.param)


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

    def test_nothing_in_common_is_no_hit(self, scene: Scene) -> None:
        scene.add(1, "Harbor")
        assert found(scene.query("…")) == []

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
        assert found(either.query("harbor wall")) == []
        assert found(either.query("forest")) == ids(1)


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


class TestPages:
    @pytest.mark.parametrize("limit", [1, 2, 3, 7])
    def test_pages_make_the_whole(self, either: Scene, limit: int) -> None:
        for number in range(7):
            either.add(number, "harbor " * (number + 1))
        assert self.walk(either, limit) == found(either.query("harbor"))

    def walk(self, scene: Scene, limit: int) -> list[str]:
        seen: list[str] = []
        cursor = None
        while True:
            page = scene.query("harbor", limit=limit, cursor=cursor)
            seen += found(page)
            cursor = page.next
            if cursor is None:
                return seen

    @given(st.lists(st.tuples(st.sampled_from(["add", "edit", "delete"]), st.integers(0, 11)), max_size=8))
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_what_did_not_change_is_neither_lost_nor_repeated(self, changes: list[tuple[str, int]]) -> None:
        scene = Scene()
        for number in range(8):
            scene.add(number, "harbor " + "wall " * number)
        page = scene.query("harbor", limit=3)
        seen = found(page)
        touched = set()
        there = set(range(8))
        for kind, number in changes:
            if kind == "add" and number not in there:
                scene.add(number, "harbor")
                there.add(number)
            elif kind == "edit" and number in there:
                scene.edit(number, "harbor wall")
            elif kind == "delete" and number in there:
                scene.delete(number)
                there.discard(number)
            touched.add(image_id(number))
        while page.next:
            page = scene.query("harbor", limit=3, cursor=page.next)
            seen += found(page)
        assert len(seen) == len(set(seen))
        assert set(ids(*range(8))) - touched <= set(seen)

    def test_a_cursor_is_good_for_its_search_only(self, scene: Scene) -> None:
        for number in range(3):
            scene.add(number, "harbor")
            scene.add(number, "harbor", user="bob")
        cursor = scene.query("harbor", limit=1).next
        with pytest.raises(InvalidCursor):
            scene.query("boat", cursor=cursor)
        with pytest.raises(InvalidCursor):
            scene.query("harbor", "bob", cursor=cursor)
        with pytest.raises(InvalidCursor):
            scene.query("harbor", cursor=cursor, filters=Filters(language="en"))
        with pytest.raises(InvalidCursor):
            scene.search.similar("ann", image_id(1), Wanted(cursor=cursor))

    def test_an_image_that_vanishes_while_it_is_looked_up_is_passed_over(self, scene: Scene) -> None:
        scene.add(1, "harbor")
        key = {"user": {"S": "ann"}, "image": {"S": image_id(1)}}
        scene.product.dynamodb.delete_item(TableName="ImagesTable", Key=key)
        assert found(scene.query("harbor")) == []


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


WORDS = st.sampled_from(["harbor", "night", "東京", "forest", "boat", "the"])
LIBRARIES = st.dictionaries(
    st.sampled_from(["ann", "bob"]), st.lists(st.lists(WORDS, min_size=1, max_size=3), max_size=4)
)
FILTERS = st.builds(
    Filters,
    tags=st.sampled_from([(), ("night",), ("bob",)]),
    language=st.sampled_from(["", "en", "de"]),
    source=st.sampled_from(["", "upload", "bob"]),
    created_from=st.none() | st.integers(0, 2**53),
    colour=st.none() | st.just(near_hex("4682b4", 100)),
)


class TestIsolation:
    @given(
        libraries=LIBRARIES,
        query=st.text(max_size=12) | WORDS,
        filters=FILTERS,
        status=st.none() | st.sampled_from(Status),
        limit=st.integers(1, 3),
    )
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_no_query_filter_or_cursor_shows_anything_of_somebody_else(
        self,
        *,
        libraries: dict[str, list[list[str]]],
        query: str,
        filters: Filters,
        status: Status | None,
        limit: int,
    ) -> None:
        scene = Scene(s3vectors=limit == 3)
        own: dict[str, set[str]] = {"ann": set(), "bob": set()}
        number = 0
        for user, library in libraries.items():
            for words in library:
                number += 1
                own[user].add(scene.add(number, " ".join(words), user=user, tags=tuple(words)))
        wanted = Wanted(filters=filters, status=status, limit=limit)
        cursors: set[str] = set()
        for user, others in (("ann", own["bob"]), ("bob", own["ann"])):
            for page in self.pages(scene, user, query, wanted):
                assert set(found(page)) <= own[user]
                cursors |= {page.next} if page.next else set()
            for image in others:
                with pytest.raises(ImageNotFound):
                    scene.search.similar(user, image, wanted)
            for cursor in cursors:
                self.follow(scene, user, query, replace(wanted, cursor=cursor), own[user])

    def pages(self, scene: Scene, user: str, query: str, wanted: Wanted) -> list[HitPage]:
        return [
            scene.search.by_query(user, query, wanted),
            scene.search.by_colour(user, near_hex("4682b4", 100), wanted),
        ]

    def follow(self, scene: Scene, user: str, query: str, wanted: Wanted, own: set[str]) -> None:
        """Whoever's cursor it is: it leads through the caller's library, or nowhere."""
        try:
            page = scene.search.by_query(user, query, wanted)
        except InvalidCursor:
            return
        assert set(found(page)) <= own
