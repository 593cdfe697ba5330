"""Nobody is ever shown anything of somebody else."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gloss.errors import ImageNotFound, InvalidCursor
from gloss.images.model import Status
from gloss.search.colours import near_hex
from gloss.search.corpora import DEFAULT_LIMITS, Limits
from gloss.search.model import Filters
from gloss.search.service import Wanted
from gloss.search.views import HitPage
from tests.unit.search.scene import Scene, found

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
        s3vectors=st.booleans(),
        packed=st.booleans(),
        cold=st.booleans(),
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
        s3vectors: bool,
        packed: bool,
        cold: bool,
    ) -> None:
        limits = Limits(batch=1, seal=1) if packed else DEFAULT_LIMITS
        scene = Scene(s3vectors=s3vectors, limits=limits)
        own = self.fill(scene, libraries)
        for user in own:  # packs the libraries, or takes them into memory
            scene.query("harbor", user)
        if cold:
            scene.start_anew()
        wanted = Wanted(filters=filters, status=status, limit=limit)
        asked = [
            (ask, images) for user, images in own.items() for ask in self.searches(scene, user, query, images)
        ]
        cursors = {self.page(ask, wanted, images).next for ask, images in asked} - {None}
        for ask, images in asked:
            for cursor in cursors:
                self.follow(ask, replace(wanted, cursor=cursor), images)
        self.strangers_are_unknown(scene, own, wanted)

    def fill(self, scene: Scene, libraries: dict[str, list[list[str]]]) -> dict[str, set[str]]:
        own: dict[str, set[str]] = {"ann": set(), "bob": set()}
        number = 0
        for user, library in libraries.items():
            for words in library:
                number += 1
                own[user].add(scene.add(number, " ".join(words), user=user, tags=tuple(words)))
        return own

    def strangers_are_unknown(self, scene: Scene, own: dict[str, set[str]], wanted: Wanted) -> None:
        for user, other in (("ann", "bob"), ("bob", "ann")):
            for image in own[other]:
                with pytest.raises(ImageNotFound):
                    scene.search.similar(user, image, wanted)

    def searches(
        self, scene: Scene, user: str, query: str, own: set[str]
    ) -> list[Callable[[Wanted], HitPage]]:
        """Every search that a user can make."""
        search = scene.search
        return [
            partial(search.by_query, user, query),
            partial(search.by_colour, user, near_hex("4682b4", 100)),
            *(partial(search.similar, user, image) for image in sorted(own)),
        ]

    def page(self, ask: Callable[[Wanted], HitPage], wanted: Wanted, own: set[str]) -> HitPage:
        page = ask(wanted)
        assert set(found(page)) <= own
        return page

    def follow(self, ask: Callable[[Wanted], HitPage], wanted: Wanted, own: set[str]) -> None:
        """Whoever's cursor it is: it leads through the caller's library to its end, or nowhere."""
        try:
            page = self.page(ask, wanted, own)
        except InvalidCursor:
            return
        while page.next:
            page = self.page(ask, replace(wanted, cursor=page.next), own)
