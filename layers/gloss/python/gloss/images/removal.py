"""What a deleted image leaves behind, and clearing it away.

The record goes first, under a condition and with a mark in its place; files and versions go after it. So a
deletion that is refused has changed nothing, and one that broke off leaves a mark that is due: the sweep does
the rest. It clears every image once more, when no upload form and no request that read the record can write
any more.
"""

import math

from gloss.clock import Clock, iso
from gloss.dynamodb import Item, Write, put, update
from gloss.images.model import LEASE, REMOVED, REMOVED_KEPT, Image, epoch
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
from gloss.shards import due_shard


class Removals:
    def __init__(self, images: ImageStore, objects: ObjectStore, clock: Clock) -> None:
        self._images = images
        self._objects = objects
        self._clock = clock

    def mark(self, image: Image) -> Write:
        """What takes the record's place: a client that was away learns that the image is gone, the sweep
        learns what to clear and when."""
        now = self._clock()
        entry = {
            **_key(image.user, image.image),
            "updated_at": iso(now),
            "expires_at": epoch(now + REMOVED_KEPT),
            "version": image.version,
            "due_at": max(image.due_at or 0, epoch(now + LEASE)),
            "due_shard": due_shard(image.image),
        }
        return put(self._images.table, entry)

    def clear(self, user: str, image: str, version: int) -> None:
        """Delete the files and versions of an image whose record is gone; may be repeated."""
        self._objects.delete_all(user, image, versions=version)
        self._images.remove_versions(user, image)

    def finish(self, user: str, image: str) -> bool:
        """Clear what is due, and leave only the mark that the image is gone; whether there was something."""
        mark = self._images.item(user, REMOVED + image) or {}
        if mark.get("due_at", math.inf) > epoch(self._clock()):
            return False
        self.clear(user, image, mark["version"])
        self._images.apply(
            update(
                self._images.table,
                _key(user, image),
                "REMOVE due_at, due_shard",
                condition="attribute_exists(due_at)",
            )
        )
        return True


def _key(user: str, image: str) -> Item:
    return {"user": user, "image": REMOVED + image}
