"""The table's stream and whole libraries, handed on to another index."""

import pytest

from functions.feed_vectors import handler
from gloss.search.feeding import copy, feed
from gloss.search.memory import MemoryIndex
from tests.unit.functions.conftest import Context
from tests.unit.functions.events import event
from tests.unit.search.samples import entry

IMAGE = "019bc1f7-5a00-7000-8000-000000000001"
GONE = "019bc1f7-5a00-7000-8000-000000000002"


def test_rows_are_put_and_tombstones_removed() -> None:
    index = MemoryIndex()
    index.put("ann", [entry(GONE)])
    records = event("dynamodb/feed_vectors")["Records"]
    assert feed(index, records) == 2
    assert feed(index, records) == 2
    (stored,) = index.entries("ann")
    assert (stored.image, stored.title, stored.tags) == (IMAGE, "Beach", ("beach",))
    assert stored.vector is not None
    assert stored.vector.numbers() == (1.0, 0.0, 0.0, 0.0)


def test_the_last_change_counts() -> None:
    index = MemoryIndex()
    put, gone = event("dynamodb/feed_vectors")["Records"]
    gone["dynamodb"]["NewImage"]["image"] = put["dynamodb"]["NewImage"]["image"]
    assert feed(index, [put, gone]) == 1
    assert list(index.entries("ann")) == []


def test_what_is_no_image_is_passed_over() -> None:
    index = MemoryIndex()
    manifest, expired = event("dynamodb/feed_vectors")["Records"]
    manifest["dynamodb"]["NewImage"]["image"] = {"S": "#index"}
    del expired["dynamodb"]["NewImage"]
    assert feed(index, [manifest, expired]) == 0


def test_a_library_is_copied_in_batches() -> None:
    source, target = MemoryIndex(), MemoryIndex()
    source.put("ann", [entry(f"{number:04}") for number in range(1201)])
    source.put("bob", [entry("0000")])
    target.put("ann", [entry("gone"), entry("0007")])
    assert copy(source, target, "ann", ["0007", "gone"]) == (1201, 1)
    assert {found.image for found in target.entries("ann")} == {f"{number:04}" for number in range(1201)}
    assert list(target.entries("bob")) == []


def test_the_handler_feeds_the_index_of_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    index = MemoryIndex()
    monkeypatch.setattr(handler, "index", lambda: index)
    assert handler.handle(event("dynamodb/feed_vectors"), Context()) == {}
    assert [found.image for found in index.entries("ann")] == [IMAGE]
