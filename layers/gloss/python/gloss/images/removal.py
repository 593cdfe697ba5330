"""What a deleted image leaves behind, and clearing it away.

The record goes first, under a condition and with a mark in its place; files and versions go after it. So a
deletion that is refused has changed nothing, and one that broke off leaves a mark that is due: the sweep does
the rest. It clears every image once more, when no upload form and no request that read the record can write
any more.
"""

from gloss.clock import Clock
from gloss.dynamodb import Write
from gloss.images.model import LEASE, Image, epoch
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore


class Removals:
    def __init__(self, images: ImageStore, objects: ObjectStore, clock: Clock) -> None:
        self._images = images
        self._objects = objects
        self._clock = clock

    def mark(self, image: Image) -> Write:
        """What takes the record's place: a client that was away learns that the image is gone, the sweep
        learns what to clear and when."""
        now = self._clock()
        due_at = max(image.due_at or 0, epoch(now + LEASE))
        return self._images.mark_removed(image.user, image.image, now, version=image.version, due_at=due_at)

    def clear(self, user: str, image: str, version: int) -> None:
        """Delete the files and versions of an image whose record is gone; may be repeated."""
        self._objects.delete_all(user, image, versions=version)
        self._images.remove_versions(user, image)

    def finish(self, user: str, image: str) -> bool:
        """Clear what is due; whether there was something to do."""
        version = self._images.left_behind(user, image, epoch(self._clock()))
        if version is None:
            return False
        self.clear(user, image, version)
        self._images.forget_left_behind(user, image)
        return True
