"""Which images have a status: asked once for a search, and the same for all of its pages."""

from collections import OrderedDict
from typing import Final

from gloss.ids import new_id
from gloss.images.model import Status
from gloss.images.store import ImageStore

_KEPT: Final = 16
"""Searches whose images are remembered; a hundred thousand ids are about ten megabytes."""


class StatusSnapshots:
    """Statuses change all the time, and a large job has a library's worth of them.

    Another function than the one that began the search looks anew, once.
    """

    def __init__(self, images: ImageStore) -> None:
        self._images = images
        self._kept: OrderedDict[tuple[str, str], frozenset[str]] = OrderedDict()

    def begin(self) -> str:
        """The name of a snapshot that is to be taken."""
        return new_id()

    def images(self, user: str, snapshot: str, *statuses: Status) -> frozenset[str]:
        """The ids of the user's images that had one of the statuses."""
        key = (user, snapshot)
        if key not in self._kept:
            self._kept[key] = frozenset(
                image for status in statuses for image in self._images.ids_with_status(user, status)
            )
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]
