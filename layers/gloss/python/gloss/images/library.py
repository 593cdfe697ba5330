"""A user's library: list, show, edit and delete images."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from gloss.clock import Clock, iso
from gloss.describe.model import FIELDS, Field, Metadata, Provenance
from gloss.dynamodb import ConditionFailed, Write
from gloss.embed import codec
from gloss.embed.model import Embedded, Embedder, document_text
from gloss.errors import AlreadyProcessing, ImageNotFound, VersionConflict
from gloss.ids import is_id
from gloss.images.holds import open_work
from gloss.images.model import Image, Status, Version, epoch
from gloss.images.objects import ObjectStore
from gloss.images.store import Changes, ImageStore
from gloss.images.views import ImagePage, ImageView, MetadataEdit
from gloss.quota.service import Ledger
from gloss.search.store import VectorStore

MAX_READ: Final = 1000
"""Records that one listing looks through for a filter; then it answers with what it has and a cursor."""

HUMAN: Final = Provenance("human")


class Library:
    def __init__(
        self,
        *,
        images: ImageStore,
        objects: ObjectStore,
        ledger: Ledger,
        vectors: VectorStore,
        embedder: Embedder,
        clock: Clock,
    ) -> None:
        self._images = images
        self._objects = objects
        self._ledger = ledger
        self._vectors = vectors
        self._embedder = embedder
        self._clock = clock

    def page(
        self, user: str, *, status: Status | None, missing: Field | None, before: str | None, limit: int
    ) -> ImagePage:
        """Images newest first. A filtered page may be short although more follow: the cursor tells."""
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

    def show(self, user: str, image_id: str) -> ImageView:
        return self._view(self._existing(user, image_id))

    def edit(self, user: str, image_id: str, edit: MetadataEdit) -> ImageView:
        """What a person writes: a new version, provenance ``human`` for every field that the edit names.

        Raises:
            ImageNotFound: there is no such image of this user.
            VersionConflict: the metadata changed since ``edit.version``.
        """
        image = self._existing(user, image_id)
        if image.version != edit.version:
            raise VersionConflict(current=image.version, expected=edit.version)
        edited = self._edited(image, edit)
        version = Version(
            number=edited.version,
            at=edited.updated_at,
            cause="edit",
            actor=user,
            metadata=edited.metadata,
            provenance=edited.provenance,
            changed=tuple(
                name for name in FIELDS if image.metadata.value(name) != edited.metadata.value(name)
            ),
        )
        try:
            self._images.apply_all(
                [*self._edit_writes(image, edited), self._images.add_version(user, image_id, version)]
            )
        except ConditionFailed as refusal:
            raise VersionConflict(expected=edit.version) from refusal
        return self._view(edited)

    def _edited(self, image: Image, edit: MetadataEdit) -> Image:
        given = edit.given()
        metadata = replace(image.metadata, **given)
        provenance = dict(image.provenance) | {name: HUMAN for name in FIELDS if name in given}
        if "decorative" in given:
            provenance["alt_text"] = HUMAN
        return replace(
            image,
            metadata=metadata,
            provenance=provenance,
            version=image.version + 1,
            updated_at=iso(self._clock()),
            embedding=self._embedding(metadata, image.file_name),
        )

    def _embedding(self, metadata: Metadata, file_name: str) -> dict[str, Any] | None:
        outcome = self._embedder.embed([document_text(metadata, file_name)])
        if not isinstance(outcome, Embedded):
            return None
        (embedding,) = outcome.embeddings
        return {
            "model": embedding.model,
            "text_hash": embedding.text_hash,
            "vector": codec.encode(embedding.vector),
        }

    def _edit_writes(self, image: Image, edited: Image) -> list[Write]:
        embedding = dict(edited.embedding or {})
        vector = embedding.pop("vector", None)
        item = edited.to_item()
        changes = Changes(
            sets={name: item[name] for name in ("metadata", "provenance", "version", "updated_at")}
            | ({"embedding": embedding} if vector else {}),
            removes=() if vector else ("embedding",),
        )
        change = self._images.change(
            image.user,
            image.image,
            changes,
            condition="#version = :based_on",
            values={":based_on": image.version},
        )
        if vector is None:
            return [change, self._vectors.remove(image.user, image.image)]
        return [change, self._vectors.put(image.user, image.image, vector, **embedding)]

    def delete(self, user: str, image_id: str) -> None:
        """Delete record, versions, vector and objects; a credit that is still held goes back.

        The record goes last: a deletion that broke off can be repeated.

        Raises:
            ImageNotFound: there is no such image of this user.
            AlreadyProcessing: a worker holds it.
        """
        image = self._existing(user, image_id)
        if image.status is Status.PROCESSING and (image.due_at or 0) > epoch(self._clock()):
            raise AlreadyProcessing
        self._objects.delete_all(user, image_id)
        self._images.remove_versions(user, image_id)
        writes = [
            self._images.remove(
                user,
                image_id,
                condition="#status = :was AND updated_at = :seen",
                values={":was": str(image.status), ":seen": image.updated_at},
            ),
            self._vectors.remove(user, image_id),
        ]
        try:
            self._remove(image, writes)
        except ConditionFailed as refusal:
            raise AlreadyProcessing from refusal

    def _remove(self, image: Image, writes: list[Write]) -> None:
        if image.work is None:
            self._images.apply_all(writes)
            return
        reservation = open_work(image).reservation
        (settlement,) = self._ledger.release(
            image.user, [reservation], reason="IMAGE_DELETED", actor=image.user, also=writes
        )
        if not settlement.changed:
            self._images.apply_all(writes)

    def _existing(self, user: str, image_id: str) -> Image:
        image = self._images.get(user, image_id) if is_id(image_id) else None
        if image is None:
            raise ImageNotFound
        return image

    def _view(self, image: Image) -> ImageView:
        links = self._objects.links(image.user, image.image, derived=image.inspection is not None)
        if image.status in {Status.PENDING, Status.CANCELLED}:
            links = {}
        return ImageView.of(image, links)


def _any(_image: Image) -> bool:
    return True


def _lacks(name: Field) -> Callable[[Image], bool]:
    return lambda image: not image.metadata.has(name)
