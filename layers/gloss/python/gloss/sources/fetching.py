"""Fetching one file into the originals, whose event starts the pipeline.

A record that waits for its file is ``pending`` and due: where a worker dies or the source does not answer,
the sweep sends the order again; without success at the third try the image fails and its credit goes back.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from gloss.clock import Clock, iso
from gloss.dynamodb import ConditionFailed
from gloss.errors import AddressRefused, ImageRejected, SourceRefused, SourceUnavailable, UnsupportedFormat
from gloss.ids import new_id
from gloss.images.holds import release_with
from gloss.images.model import Failure, Image, Status, epoch
from gloss.images.objects import ObjectStore
from gloss.images.outcomes import Ending
from gloss.images.store import Changes, ImageStore
from gloss.imaging.formats import SNIFF_BYTES, sniff
from gloss.quota.service import Ledger
from gloss.records import dataclass
from gloss.sources.imports import (
    ALREADY_IMPORTED,
    FETCH_LEASE,
    FETCH_RETRY,
    MAX_FETCHES,
    Seen,
    asked_pause,
    stands,
)
from gloss.sources.model import MAX_FILE_BYTES, Source, SourceName
from gloss.sources.store import ImportStore

logger = logging.getLogger(__name__)

ACTOR: Final = "import"
Sources = Mapping[SourceName, Callable[[str], Source]]
"""By name, what opens the source to a user."""

_FINAL: Final = (SourceRefused, AddressRefused, ImageRejected)
_FREE: Final = "#status = :pending AND attribute_not_exists(#lease)"
_HELD: Final = "#status = :pending AND #lease = :held"


@dataclass(frozen=True, slots=True)
class Fetching:
    images: ImageStore
    objects: ObjectStore
    ledger: Ledger
    imports: ImportStore
    sources: Sources
    clock: Clock

    def take(self, user: str, image_id: str) -> str:
        """What became of it: fetched, cancelled (known), failed, put off, superseded (nothing to do)."""
        image = self.images.get(user, image_id)
        if image is None or image.status is not Status.PENDING or image.lease or not image.is_imported:
            return "superseded"
        try:
            done = self._fetch(self._claim(image))
        except ConditionFailed:
            return "superseded"
        logger.info("file taken", extra={"done": done})
        return done

    def _claim(self, image: Image) -> Image:
        """A try begins; raises ``ConditionFailed`` where another worker was quicker."""
        tries = {**image.source, "tries": image.source.get("tries", 0) + 1}
        due_at = epoch(self.clock() + FETCH_LEASE)
        changes = Changes.to_status(
            Status.PENDING,
            image.image,
            self.clock(),
            due_at=due_at,
            sets={"lease": new_id(), "source": tries},
        )
        values = {":pending": str(Status.PENDING)}
        self.images.apply(
            self.images.change(image.user, image.image, changes, condition=_FREE, values=values)
        )
        return self.images.existing(image.user, image.image)

    def _fetch(self, image: Image) -> str:
        name, external_id = image.source["provider"], image.source["external_id"]
        try:
            fetched = self.sources[name](image.user).fetch(external_id, MAX_FILE_BYTES)
            format_ = sniff(fetched.data[:SNIFF_BYTES])
            if format_ is None:
                raise UnsupportedFormat
        except _FINAL as refusal:
            return self._end(image, Status.FAILED, refusal.code, refusal.message)
        except SourceUnavailable as fault:
            return self._put_off(image, fault)
        seen = Seen(external_id, fetched.fingerprint, image.image, image.source["import"])
        if self._is_known(image, seen):
            message = "This file was imported before and has not changed."
            return self._end(image, Status.CANCELLED, ALREADY_IMPORTED, message)
        self._change(image, sets={"content_type": format_.mime, "size": len(fetched.data)})
        self.imports.apply(self.imports.remember(image.user, name, seen))
        self.objects.put_original(image.user, image.image, fetched.data, content_type=format_.mime)
        return "fetched"

    def _is_known(self, image: Image, now: Seen) -> bool:
        """Whether another image has this very content from this very place."""
        before = self.imports.seen(image.user, image.source["provider"], [now.external_id])
        seen = before.get(now.external_id)
        if seen is None or seen.image == image.image or seen.fingerprint != now.fingerprint:
            return False
        return stands(self.images.get(image.user, seen.image))

    def _put_off(self, image: Image, fault: SourceUnavailable) -> str:
        """A wish for patience is met, and is no try; anything else is one of three."""
        tries, now = image.source["tries"], self.clock()
        asked = asked_pause(fault, image.created_at, now)
        if asked is None and tries >= MAX_FETCHES:
            return self._end(image, Status.FAILED, fault.code, fault.message)
        # The lease stays: until the sweep looks, no message starts another try.
        sets: dict[str, Any] = {"failure": self._failure(fault.code, fault.message, image)}
        if asked is not None:
            sets["source"] = {**image.source, "tries": tries - 1}
        self._change(image, due_at=epoch(now + (asked or FETCH_RETRY)), sets=sets)
        return "put off"

    def _change(self, image: Image, *, sets: Mapping[str, Any], due_at: int | None = None) -> None:
        changes = Changes.to_status(
            Status.PENDING, image.image, self.clock(), due_at=due_at or image.due_at, sets=sets
        )
        values = {":pending": str(Status.PENDING), ":held": image.lease}
        self.images.apply(
            self.images.change(image.user, image.image, changes, condition=_HELD, values=values)
        )

    def _end(self, image: Image, status: Status, code: str, message: str) -> str:
        """Without an image: the credit goes back in the same transaction."""
        changes = Changes.to_status(
            status,
            image.image,
            self.clock(),
            sets={"failure": self._failure(code, message, image), "attempt": 0},
            removes=("lease", "work"),
        )
        values = {":pending": str(Status.PENDING), ":held": image.lease}
        change = self.images.change(image.user, image.image, changes, condition=_HELD, values=values)
        ending: Ending = "failed" if status is Status.FAILED else "cancelled"
        release_with(self.images, self.ledger, image, ending=ending, reason=code, actor=ACTOR, change=change)
        return ending

    def _failure(self, code: str, message: str, image: Image) -> dict[str, Any]:
        return asdict(Failure(code, message, at=iso(self.clock()), attempt=image.source["tries"]))
