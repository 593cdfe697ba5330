"""What every vector index keeps to, whichever engine it is; subclassed by the tests of each."""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any

import pytest

from gloss.search.model import Entry, Filters, Match, Selection, VectorIndex, micros
from tests.unit.search.samples import MODEL, entry, image_id, vector_of

EAST, NORTH = (1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0)
A, B, C = image_id(1), image_id(2), image_id(3)


def at(image: str, *numbers: float, model: str = MODEL, **facts: Any) -> Entry:
    return entry(image, vector=vector_of(numbers, model), **facts)


def found(matches: list[Match]) -> list[str]:
    return [match.image for match in matches]


class VectorIndexContract(ABC):
    @pytest.fixture
    @abstractmethod
    def index(self) -> VectorIndex:
        """An empty index for vectors of four dimensions."""

    def query(self, index: VectorIndex, *numbers: float, user: str = "ann", **options: object) -> list[str]:
        asked = {"model": MODEL, "limit": 10, **options}
        return found(index.query(user, numbers or EAST, **asked))  # type: ignore[arg-type]  # checked at run time

    def test_the_most_similar_comes_first(self, index: VectorIndex) -> None:
        index.put("ann", [at(A, *NORTH), at(B, *EAST), at(C, 1, 1, 0, 0)])
        matches = index.query("ann", EAST, model=MODEL, limit=10)
        assert found(matches) == [B, C, A]
        assert [match.similarity for match in matches] == pytest.approx([1, 0.5**0.5, 0], abs=1e-3)

    def test_an_empty_library_has_nothing(self, index: VectorIndex) -> None:
        assert self.query(index) == []
        assert list(index.entries("ann")) == []

    def test_no_more_than_asked_for(self, index: VectorIndex) -> None:
        index.put("ann", [at(A, *NORTH), at(B, *EAST), at(C, 1, 1, 0, 0)])
        assert self.query(index, limit=2) == [B, C]

    def test_putting_again_replaces(self, index: VectorIndex) -> None:
        index.put("ann", [at(A, *NORTH), at(B, 1, 1, 0, 0)])
        index.put("ann", [at(A, *EAST, title="new", at=1)])
        assert self.query(index) == [A, B]
        assert {one.image: one.title for one in index.entries("ann")} == {A: "new", B: ""}

    def test_an_entry_that_lost_its_vector_is_not_found(self, index: VectorIndex) -> None:
        index.put("ann", [at(A, *EAST), at(B, *EAST)])
        index.put("ann", [replace(at(A, *EAST, at=1), vector=None)])
        assert self.query(index) == [B]

    def test_what_is_removed_is_not_found(self, index: VectorIndex) -> None:
        index.put("ann", [at(A, *EAST), at(B, *EAST)])
        index.remove("ann", [A, C])
        assert self.query(index) == [B]
        assert [one.image for one in index.entries("ann")] == [B]

    def test_removing_nothing_is_no_error(self, index: VectorIndex) -> None:
        index.remove("ann", [])
        index.put("ann", [])

    def test_users_do_not_see_each_other(self, index: VectorIndex) -> None:
        index.put("ann", [at(A, *EAST)])
        index.put("bob", [at(A, *NORTH), at(B, *EAST)])
        index.put("an", [at(C, *EAST)])
        assert self.query(index) == [A]
        assert [one.image for one in index.entries("ann")] == [A]
        index.remove("ann", [A, B])
        assert self.query(index, user="bob") == [B, A]

    def test_only_vectors_of_the_same_model_are_compared(self, index: VectorIndex) -> None:
        index.put("ann", [at(A, *EAST), at(B, *EAST, model="other")])
        assert self.query(index) == [A]
        assert self.query(index, model="other") == [B]

    def test_only_vectors_of_the_same_length_are_compared(self, index: VectorIndex) -> None:
        index.put("ann", [at(A, *EAST)])
        assert self.query(index, 1.0, 0.0) == []

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            (Filters(), [A, B, C]),
            (Filters(tags=("Harbor",)), [A, B]),
            (Filters(tags=("harbor", "night")), [B]),
            (Filters(tags=("har",)), []),
            (Filters(tags=(" old  harbor ",)), [C]),
            (Filters(tags=("old harbor",), source="Dropbox "), [C]),
            (Filters(language="en"), [A, B]),
            (Filters(language="EN-gb"), [B]),
            (Filters(source="dropbox"), [C]),
            (Filters(created_from=micros("2026-11-20T12:00:10Z")), [B, C]),
            (Filters(created_to=micros("2026-11-20T12:00:15Z")), [A, B]),
            (Filters(tags=("harbor",), language="en", source="upload"), [A, B]),
        ],
    )
    def test_filters_are_met(self, index: VectorIndex, filters: Filters, expected: list[str]) -> None:
        index.put(
            "ann",
            [
                at(A, 3, 1, 0, 0, tags=("harbor",), language="en", at=5),
                at(B, 2, 1, 0, 0, tags=("Night", "HARBOR"), language="en-GB", at=10),
                at(C, 1, 1, 0, 0, tags=("old   Harbor",), language="de", source="dropbox", at=20),
            ],
        )
        assert self.query(index, selection=Selection(filters)) == expected

    def test_entries_come_back_as_they_were_put(self, index: VectorIndex) -> None:
        whole = at(
            A,
            0.5,
            0.5,
            0.5,
            0.5,
            title="Hafen bei Nacht",
            alt_text="Ein Hafen 🌊",
            tags=("Hafen", "夜景"),
            language="de",
            palette=b"\x01\x02\x03\xff",
        )
        index.put("ann", [whole])
        assert list(index.entries("ann")) == [whole]
