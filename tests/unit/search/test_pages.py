"""Pages share out what was there when the search began, whatever happens meanwhile and whoever answers."""

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gloss.errors import InvalidCursor
from gloss.images.model import Status
from gloss.search.corpora import Limits
from gloss.search.model import Filters
from gloss.search.service import Wanted
from tests.unit.search.samples import image_id
from tests.unit.search.scene import Scene, found, ids, unanswered

TITLES = st.lists(st.sampled_from(["harbor", "wall", "night", "boat"]), min_size=1, max_size=3).map(" ".join)


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

    def test_what_comes_later_does_not_change_the_order(self) -> None:
        """Six walls make the word common: ranked by what is there now, the second page repeated the first."""
        scene = Scene(unanswered())
        scene.add(1, "harbor")
        scene.add(2, "wall")
        first = scene.query("harbor wall", limit=1)
        for number in range(3, 9):
            scene.add(number, "wall")
        second = scene.query("harbor wall", limit=1, cursor=first.next)
        assert sorted(found(first) + found(second)) == ids(1, 2)
        assert second.next is None

    @given(
        titles=st.lists(TITLES, min_size=4, max_size=8),
        changes=st.lists(
            st.tuples(st.sampled_from(["add", "edit", "delete"]), st.integers(0, 7), TITLES), max_size=8
        ),
        query=TITLES,
        words_only=st.booleans(),
    )
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_pages_share_out_what_was_there_when_they_began(
        self, *, titles: list[str], changes: list[tuple[str, int, str]], query: str, words_only: bool
    ) -> None:
        scene = Scene(unanswered() if words_only else None)
        for number, title in enumerate(titles):
            scene.add(number, title)
        whole = found(scene.query(query))
        page = scene.query(query, limit=2)
        seen = found(page)
        there, deleted, added = set(range(len(titles))), set(), count(len(titles))
        for kind, number, title in changes:
            if kind == "add":
                for _ in range(5):  # a word becomes common
                    scene.add(next(added), title)
            elif kind == "edit" and number in there:
                scene.edit(number, title)
            elif kind == "delete" and number in there:
                scene.delete(number)
                there.discard(number)
                deleted.add(image_id(number))
        while page.next:
            page = scene.query(query, limit=2, cursor=page.next)
            seen += found(page)
        assert seen == [image for image in whole if image in seen or image not in deleted]

    @given(
        titles=st.lists(TITLES, min_size=4, max_size=9),
        later=st.lists(TITLES, min_size=1, max_size=5),
        query=TITLES,
        sizes=st.tuples(st.integers(2, 9), st.integers(2, 9)),
    )
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_a_cold_function_goes_on_in_the_same_order(
        self, *, titles: list[str], later: list[str], query: str, sizes: tuple[int, int]
    ) -> None:
        """However the library lies in segments: equal vectors are equal wherever they stand."""
        scene = Scene(limits=Limits(batch=sizes[0], seal=sizes[1]))
        for number, title in enumerate(titles):
            scene.add(number, title)
        whole = found(scene.query(query))
        page = scene.query(query, limit=2)
        seen = found(page)
        for number, title in enumerate(later, len(titles)):
            scene.add(number, title)
        while page.next:
            scene.start_anew()
            page = scene.query(query, limit=2, cursor=page.next)
            seen += found(page)
        assert seen == whole

    @pytest.mark.parametrize("status", [Status.COMPLETE, Status.PROCESSING])
    def test_the_statuses_are_those_at_the_beginning_and_asked_for_once(self, status: Status) -> None:
        scene = Scene()
        for number in range(6):
            other = Status.PROCESSING if status is Status.COMPLETE else Status.COMPLETE
            scene.add(number, "harbor", status=status if number < 4 else other)
        first = scene.query("harbor", limit=2, status=status)
        for image in found(first):
            record = scene.product.record(image, user="ann")
            scene.product.put(replace(record, status=other))
        scene.product.dynamodb.calls.clear()
        second = scene.query("harbor", limit=2, status=status, cursor=first.next)
        assert scene.product.dynamodb.calls["query"] == 1  # what changed in the library
        assert sorted(found(first) + found(second)) == ids(0, 1, 2, 3)
        assert second.next is None
        assert sorted(found(scene.query("harbor", status=status))) == sorted(found(second))

    def test_few_searches_are_remembered(self, scene: Scene) -> None:
        scene.add(1, "harbor")
        scene.add(2, "harbor")
        first = scene.query("harbor", limit=1, status=Status.COMPLETE)
        for _ in range(20):
            scene.query("harbor", status=Status.COMPLETE)
        second = scene.query("harbor", limit=1, status=Status.COMPLETE, cursor=first.next)
        assert sorted(found(first) + found(second)) == ids(1, 2)

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
