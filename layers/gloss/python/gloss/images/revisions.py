"""New versions of the metadata that no machine made: a person's edit, or an old version restored."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from gloss.clock import Clock, iso
from gloss.describe.model import Metadata, Provenances
from gloss.dynamodb import ConditionFailed, Write
from gloss.embed import codec
from gloss.embed.model import Embedded, Embedder, document_text
from gloss.errors import VersionConflict
from gloss.images.model import Image, Version, changed_fields
from gloss.images.store import Changes, ImageStore
from gloss.records import dataclass
from gloss.search.model import Vector
from gloss.search.store import VectorStore


@dataclass(frozen=True, slots=True)
class Revision:
    """The metadata as it shall be, who wants it and why; ``details`` go into the version."""

    metadata: Metadata
    provenance: Provenances
    cause: Literal["edit", "restore"]
    actor: str
    details: Mapping[str, Any]


class Revisions:
    def __init__(self, images: ImageStore, vectors: VectorStore, embedder: Embedder, clock: Clock) -> None:
        self._images = images
        self._vectors = vectors
        self._embedder = embedder
        self._clock = clock

    def write(self, image: Image, revision: Revision, *, also: Sequence[Write] = ()) -> Image:
        """Record, version and vector in one transaction; the image as it stands then.

        Work that is under way goes on, and merges its result with what is written here. An image that was
        never described is not searched yet, so it gets no vector. ``also`` is written with them.

        Raises:
            VersionConflict: the metadata changed since ``image`` was read, or ``also`` was refused.
        """
        now = iso(self._clock())
        number = image.version + 1
        version = Version(
            number=number,
            at=now,
            cause=revision.cause,
            actor=revision.actor,
            metadata=revision.metadata,
            provenance=revision.provenance,
            changed=changed_fields(image.metadata, revision.metadata),
            safety=image.safety,
            details=revision.details,
        )
        vector = self._embed(image, revision.metadata) if image.is_described else None
        revised = replace(
            image,
            metadata=revision.metadata,
            provenance=revision.provenance,
            version=number,
            updated_at=now,
            embedding=vector.facts() if vector else None,
        )
        writes = [
            self._change(image, revised),
            self._images.add_version(image.user, image.image, version),
            *([self._vectors.publish(revised, vector)] if image.is_described else []),
            *also,
        ]
        try:
            self._images.apply_all(writes)
        except ConditionFailed as refusal:
            raise VersionConflict(expected=image.version) from refusal
        self._images.retire_version(image.user, image.image, number)
        return revised

    def _embed(self, image: Image, metadata: Metadata) -> Vector | None:
        """Where no vector can be had now, the image has none: the old one stands for text that is no more."""
        outcome = self._embedder.embed([document_text(metadata, image.file_name)])
        if not isinstance(outcome, Embedded):
            return None
        (embedding,) = outcome.embeddings
        return Vector(codec.encode(embedding.vector), embedding.model, embedding.text_hash)

    def _change(self, image: Image, revised: Image) -> Write:
        item = revised.to_item()
        names = ("metadata", "provenance", "version", "updated_at", "embedding")
        changes = Changes(
            sets={name: item[name] for name in names if name in item},
            removes=tuple(name for name in names if name not in item),
        )
        return self._images.change(
            image.user,
            image.image,
            changes,
            condition="#version = :based_on",
            values={":based_on": image.version},
        )
