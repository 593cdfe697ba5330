"""Regenerate one image, show its history, make an old version current."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from gloss.clock import Clock
from gloss.dynamodb import ConditionFailed
from gloss.errors import (
    AlreadyCommitted,
    AlreadyProcessing,
    Conflict,
    InvalidCursor,
    ProviderUnavailable,
    VersionNotFound,
)
from gloss.images.holds import Holds, regeneration_reservation
from gloss.images.model import HOLD, QUEUE_PATIENCE, Image, Status, Work, epoch, found_as
from gloss.images.revisions import Revision, Revisions
from gloss.images.store import Changes, ImageStore
from gloss.images.views import ImageView
from gloss.pipeline.queues import WorkQueues
from gloss.quota.service import Ledger
from gloss.regenerate.model import History, RegenerateRequest, Regeneration, VersionView
from gloss.settings.model import Terms

_ENDED = (Status.COMPLETE, Status.FAILED)

PAGE_BYTES: Final = 4_000_000
"""A page of versions ends before this size; a function's answer has at most 6 MB."""


class Regenerations:
    def __init__(
        self,
        images: ImageStore,
        ledger: Ledger,
        queues: WorkQueues,
        terms: Callable[[str, Mapping[str, Any]], Terms],
        clock: Clock,
    ) -> None:
        self._images = images
        self._ledger = ledger
        self._queues = queues
        self._terms = terms
        self._holds = Holds(images, ledger, clock)
        self._clock = clock

    def start(self, user: str, image_id: str, request: RegenerateRequest) -> Regeneration:
        """Reserve a credit (none with a key of the user's own) and enqueue the work.

        The metadata stays current until the new one is complete.

        Raises:
            ImageNotFound: there is no such image of this user.
            AlreadyProcessing: work on it is under way.
            Conflict: its upload was cancelled; there are no pixels.
            QuotaExceeded: no credit is left.
            ProviderUnavailable: the queue took nothing; nothing was spent.
        """
        image = self._images.existing(user, image_id)
        if image.status is Status.CANCELLED:
            raise Conflict("The upload was cancelled.")
        if image.status not in _ENDED:
            raise AlreadyProcessing
        terms = self._terms(user, request.to_work())
        work = Work(
            reservation=regeneration_reservation(image_id),
            credits=terms.credits,
            kind="regenerate",
            request=terms.request,
            found=found_as(image),
        )
        remaining = self._reserve(image, work)
        self._enqueue(image, work)
        return Regeneration(
            image_id=image_id,
            status=str(Status.QUEUED),
            reservation_id=work.reservation,
            cost=work.credits,
            remaining=remaining,
        )

    def _reserve(self, image: Image, work: Work) -> int:
        """Credit and open work in one transaction: of many callers one gets the image."""
        now = self._clock()
        changes = Changes.to_status(
            Status.QUEUED,
            image.image,
            now,
            due_at=epoch(now + QUEUE_PATIENCE),
            sets={"work": work.to_item(), "attempt": 0},
            removes=("failure",),
        )
        change = self._images.change(
            image.user, image.image, changes, condition="#status = :was", values={":was": str(image.status)}
        )
        try:
            reserved = self._ledger.reserve(
                image.user,
                "images",
                [work.reservation],
                ttl=HOLD,
                actor=image.user,
                reason="regenerate",
                byok=work.credits == 0,
                also=[change],
            )
        except ConditionFailed as refusal:
            raise AlreadyProcessing from refusal
        return reserved.remaining

    def _enqueue(self, image: Image, work: Work) -> None:
        """Send the message. Where only the answer to it was lost, a worker has the image: all is well."""
        try:
            self._queues.send(work.queue, image.user, image.image)
        except (ClientError, BotoCoreError) as fault:
            opened = replace(image, status=Status.QUEUED, work=work)
            try:
                self._holds.call_off(opened, reason="ENQUEUEING_FAILED")
            except (AlreadyProcessing, AlreadyCommitted):
                return
            raise ProviderUnavailable("The work could not be enqueued; nothing was spent.") from fault


class Histories:
    """The versions of images."""

    def __init__(self, images: ImageStore, revisions: Revisions) -> None:
        self._images = images
        self._revisions = revisions

    def show(self, user: str, image_id: str, *, before: str | None = None, limit: int = 25) -> History:
        """At most ``limit`` versions, the newest first, from the one before number ``before``; fewer of large
        ones.

        Raises:
            ImageNotFound: there is no such image of this user.
            InvalidCursor: ``before`` is no number.
        """
        place = _number(before)
        image = self._images.existing(user, image_id)
        # One more: what the last one differs from.
        found = self._images.versions_page(user, image_id, before=place, limit=limit + 1)
        pairs = list(zip_longest(found, found[1:]))[:limit]
        shown: list[VersionView] = []
        size = 0
        for version, previous in pairs:
            view = VersionView.of(version, previous, current=version.number == image.version, user=user)
            size += _json_bytes(view)
            if shown and size > PAGE_BYTES:
                break
            shown.append(view)
        return History(versions=shown, next=str(shown[-1].number) if len(shown) < len(found) else None)

    def restore(self, user: str, image_id: str, number: int) -> ImageView:
        """Make the text of version ``number`` current again, as a new version; costs nothing.

        Raises:
            ImageNotFound, VersionNotFound: there is no such thing of this user.
            VersionConflict: somebody changed the metadata at this moment.
        """
        image = self._images.existing(user, image_id)
        version = self._images.version(user, image_id, number)
        if version is None:
            raise VersionNotFound
        revision = Revision(
            metadata=version.metadata,
            provenance=version.provenance,
            cause="restore",
            actor=user,
            details={"restored": number},
        )
        return ImageView.of(self._revisions.write(image, revision), {})


def _number(place: str | None) -> int | None:
    if place is None:
        return None
    if not (place.isascii() and place.isdigit()):
        raise InvalidCursor("The cursor is not valid.")
    return int(place)


def _json_bytes(view: VersionView) -> int:
    """What it takes in an answer, where letters beyond ASCII are escaped."""
    return len(json.dumps(view.model_dump(mode="json")))
