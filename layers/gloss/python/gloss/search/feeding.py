"""Keeping one index in step with another: from the table's stream, and whole libraries at once."""

from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, Protocol, TypeVar

from gloss.dynamodb import from_attributes
from gloss.search.model import Change, Entry, VectorIndex
from gloss.search.store import change_of, is_image

_BATCH: Final = 500


def feed(index: VectorIndex, records: Sequence[Mapping[str, Any]]) -> int:
    """Bring the index to what the stream's records end at; how many images that were.

    Only the last change of an image counts; doing it twice changes nothing, so that a batch which failed half
    way can be sent again.
    """
    last: defaultdict[str, dict[str, Change]] = defaultdict(dict)
    for record in records:
        attributes = record["dynamodb"].get("NewImage")
        if attributes:
            item = from_attributes(_with_bytes(attributes))
            if is_image(item):
                last[item["user"]][item["image"]] = change_of(item)
    for user, changes in last.items():
        index.put(user, [change for change in changes.values() if isinstance(change, Entry)])
        index.remove(user, [image for image, change in changes.items() if not isinstance(change, Entry)])
    return sum(map(len, last.values()))


def _with_bytes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """As the database's own API gives them: an event is JSON, and holds bytes in Base64."""
    return {
        name: {"B": b64decode(value["B"])} if "B" in value else value for name, value in attributes.items()
    }


def copy(source: VectorIndex, target: VectorIndex, user: str, known: Iterable[str] = ()) -> tuple[int, int]:
    """Fill one index from another; how many images were copied, and how many that had gone were removed.

    ``known`` are the images that the target had before: listed first, so that one which comes meanwhile is
    not taken for one that has gone.
    """
    copied, gone = 0, set(known)
    for batch in _batches(source.entries(user)):
        target.put(user, batch)
        copied += len(batch)
        gone.difference_update(entry.image for entry in batch)
    target.remove(user, sorted(gone))
    return copied, len(gone)


class Restorable(Protocol):
    def restore(self, user: str, entries: Sequence[Entry]) -> int:
        """How many of the entries were missing."""
        ...


def restore(everything: Iterable[tuple[str, Entry]], target: Restorable) -> dict[str, int]:
    """Bring back what the target has lost; how much that was, by user."""
    restored: defaultdict[str, int] = defaultdict(int)
    for batch in _batches(everything):
        by_user: defaultdict[str, list[Entry]] = defaultdict(list)
        for user, entry in batch:
            by_user[user].append(entry)
        for user, entries in by_user.items():
            restored[user] += target.restore(user, entries)
    return dict(restored)


Each = TypeVar("Each")


def _batches(entries: Iterable[Each]) -> Iterator[list[Each]]:
    remaining = iter(entries)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
