"""A user's library: list, show, edit and delete images."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from gloss.clock import Clock, iso
from gloss.describe.model import FIELDS, Field, Provenance
from gloss.dynamodb import ConditionFailed, Write
from gloss.errors import AlreadyProcessing, InvalidCursor, VersionConflict
from gloss.ids import is_id
from gloss.images.holds import release_with
from gloss.images.model import Image, Status, epoch
from gloss.images.objects import ObjectsLeft, ObjectStore
from gloss.images.removal import Removals
from gloss.images.revisions import Revision, Revisions
from gloss.images.store import ImageStore
from gloss.images.views import ImagePage, ImageView, MetadataEdit
from gloss.quota.service import Ledger
from gloss.search.store import VectorStore

logger = logging.getLogger(__name__)

MAX_DELETIONS: Final = 3
"""How often a deletion is tried when the image changes at the same moment."""

MAX_READ: Final = 1000
"""Records that one listing looks through for a filter; then it answers with what it has and a cursor."""

CHANGES_OVERLAP: Final = timedelta(seconds=10)
"""Changes are looked for from so long before the moment asked for: clocks differ and the index lags."""

_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)

HUMAN: Final = Provenance("human")


class Library:
    def __init__(
        self,
        *,
        images: ImageStore,
        objects: ObjectStore,
        ledger: Ledger,
        vectors: VectorStore,
        revisions: Revisions,
        clock: Clock,
    ) -> None:
        self._images = images
        self._objects = objects
        self._ledger = ledger
        self._vectors = vectors
        self._revisions = revisions
        self._removals = Removals(images, objects, clock)
        self._clock = clock

    def page(
        self, user: str, *, status: Status | None, missing: Field | None, before: str | None, limit: int
    ) -> ImagePage:
        """Images newest first. A filtered page may be short although more follow: the cursor tells.

        Raises:
            InvalidCursor: ``before`` is the id of no image.
        """
        if before is not None and not is_id(before):
            raise InvalidCursor
        wanted = _lacks(missing) if missing else _any
        found: list[Image] = []
        read = 0
        while len(found) < limit and read < MAX_READ:
            images, before = self._images.page(user, status=status, before=before, limit=limit)
            read += len(images)
            found += filter(wanted, images)
            if before is None:
                break
        if len(found) > limit:
            found, before = found[:limit], found[limit - 1].image
        return ImagePage(images=[self._view(image) for image in found], next=before)

    def changes(self, user: str, *, since: datetime, after: str | None, limit: int) -> ImagePage:
        """What changed since a moment, oldest change first; ``removed`` names images that are gone."""
        start = iso(min(max(since, _EARLIEST), self._clock()) - CHANGES_OVERLAP)
        found = self._images.changes(user, since=start, after=after, limit=limit)
        return ImagePage(
            images=[self._view(image) for image in found.images], removed=found.removed, next=found.next
        )

    def show(self, user: str, image_id: str) -> ImageView:
        return self._view(self._images.existing(user, image_id))

    def edit(self, user: str, image_id: str, edit: MetadataEdit) -> ImageView:
        """What a person writes: a new version, provenance ``human`` for every field that the edit names.

        Raises:
            ImageNotFound: there is no such image of this user.
            VersionConflict: the metadata changed since ``edit.version``.
        """
        image = self._images.existing(user, image_id)
        if image.version != edit.version:
            raise VersionConflict(current=image.version, expected=edit.version)
        given = edit.given()
        provenance = dict(image.provenance) | {name: HUMAN for name in FIELDS if name in given}
        if "decorative" in given:
            provenance["alt_text"] = HUMAN
        revision = Revision(
            metadata=replace(image.metadata, **given),
            provenance=provenance,
            cause="edit",
            actor=user,
            details={},
        )
        return self._view(self._revisions.write(image, revision))

    def delete(self, user: str, image_id: str) -> None:
        """Delete record, versions, vector and objects; a credit that is still held goes back.

        The record decides and goes first; should clearing away the rest break off, the sweep does it.

        Raises:
            ImageNotFound: there is no such image of this user.
            AlreadyProcessing: a worker holds it.
        """
        image: Image | None = self._images.existing(user, image_id)
        for _ in range(MAX_DELETIONS):
            if image is None or self._remove(image):
                break
            image = self._images.get(user, image_id)
        else:
            raise AlreadyProcessing
        if image is not None:
            self._clear(image)

    def _remove(self, image: Image) -> bool:
        """Whether the record was still as it was read, and is gone now."""
        if image.status is Status.PROCESSING and (image.due_at or 0) > epoch(self._clock()):
            raise AlreadyProcessing
        removal = self._images.remove(
            image.user,
            image.image,
            condition="#status = :was AND updated_at = :seen",
            values={":was": str(image.status), ":seen": image.updated_at},
        )
        marks = [self._removals.mark(image), self._vectors.remove(image.user, image.image)]
        try:
            self._apply(image, removal, marks)
        except ConditionFailed:
            return False
        return True

    def _apply(self, image: Image, removal: Write, marks: list[Write]) -> None:
        if image.work is None:
            self._images.apply_all([removal, *marks])
            return
        release_with(
            self._images,
            self._ledger,
            image,
            ending="cancelled",
            reason="IMAGE_DELETED",
            actor=image.user,
            change=removal,
            also=marks,
        )

    def _clear(self, image: Image) -> None:
        """The image is deleted already: what cannot be cleared away now is left to the sweep."""
        try:
            self._removals.clear(image.user, image.image, image.version)
        except (ClientError, BotoCoreError, ObjectsLeft):
            logger.warning(
                "the rest of a deletion was left to the sweep",
                exc_info=True,
                extra={"user": image.user, "image": image.image},
            )

    def _view(self, image: Image) -> ImageView:
        return ImageView.of(image, self._objects.links(image))


def _any(_image: Image) -> bool:
    return True


def _lacks(name: Field) -> Callable[[Image], bool]:
    return lambda image: not image.metadata.has(name)
