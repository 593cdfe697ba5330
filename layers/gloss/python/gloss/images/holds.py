"""The credit that an image's open work holds, and giving it back."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from gloss.clock import Clock, iso
from gloss.dynamodb import ConditionFailed, Write
from gloss.errors import AlreadyProcessing, Conflict
from gloss.ids import ID_LENGTH, is_id, new_id
from gloss.images.model import (
    UPLOAD_GRACE,
    UPLOAD_WINDOW,
    WAITING,
    Failure,
    Image,
    Status,
    Work,
    called_off_status,
    epoch,
)
from gloss.images.outcomes import Ending
from gloss.images.store import Changes, ImageStore
from gloss.quota.service import Ledger

_UPLOAD: Final = "upload-"
_REGENERATION: Final = "regeneration-"


def upload_reservation(image: str) -> str:
    """An upload has one reservation, for good, and what it is renewed by."""
    return f"{_UPLOAD}{image}"


def regeneration_reservation(image: str) -> str:
    """Each regeneration of an image has a reservation of its own."""
    return f"{_REGENERATION}{image}-{new_id()}"


def image_of(reservation: str) -> str | None:
    """The image whose work a reservation pays for; ``None`` where it pays for something else."""
    for prefix in (_UPLOAD, _REGENERATION):
        if reservation.startswith(prefix):
            image = reservation.removeprefix(prefix)[:ID_LENGTH]
            return image if is_id(image) else None
    return None


def open_work(image: Image) -> Work:
    """Raises ``ValueError`` where no work is open: a record in a state that no transition leads to."""
    if image.work is None:
        raise ValueError(f"image {image.image} is {image.status} but has no open work")
    return image.work


def release_with(
    images: ImageStore,
    ledger: Ledger,
    image: Image,
    *,
    ending: Ending,
    reason: str,
    actor: str,
    change: Write,
    also: Sequence[Write] = (),
) -> None:
    """Give back what the image's work holds, make ``change`` to its record and tell the work's job, in one
    transaction.

    The record has to have this very work open: another one has a reservation of its own, which would be
    forgotten with it. A reservation that was resolved before (expired, or rolled back by its owner) does not
    hold ``change`` up.

    Raises:
        ConditionFailed: the image has other work or none, or the condition of ``change`` did not hold;
            nothing was released. Position 0 is the record.
    """
    reservation = open_work(image).reservation
    guarded = change.requiring(
        "#work.#reservation = :reservation",
        names={"#work": "work", "#reservation": "reservation"},
        values={":reservation": reservation},
    )
    writes = [guarded, *also, *images.outcomes.writes(image, ending, reason=reason)]
    (settlement,) = ledger.release(image.user, [reservation], reason=reason, actor=actor, also=writes)
    if not settlement.changed:
        images.apply_all(writes)


class Holds:
    """Open work that can be called off."""

    def __init__(self, images: ImageStore, ledger: Ledger, clock: Clock) -> None:
        self._images = images
        self._ledger = ledger
        self._clock = clock

    def call_off(self, image: Image, *, reason: str) -> Status:
        """End the open work of an image that nobody holds, and give its credit back; where it stands then.

        Metadata that the image had before stays current.

        Raises:
            AlreadyProcessing: a worker holds the image, or took it meanwhile.
            Conflict: no work is open.
        """
        if image.status is Status.PROCESSING:
            raise AlreadyProcessing
        if image.status not in WAITING:
            raise Conflict("There is no open work.", status=str(image.status))
        status = called_off_status(image)
        now = self._clock()
        # A file that comes yet, or is left where the caller dies, is discarded once the form is over.
        discarded_at = epoch(now + UPLOAD_WINDOW + UPLOAD_GRACE)
        failure = Failure(reason, "The work was called off.", at=iso(now), attempt=image.attempt)
        change = self._images.change(
            image.user,
            image.image,
            Changes.to_status(
                status,
                image.image,
                now,
                due_at=discarded_at if status is Status.CANCELLED else None,
                sets={"failure": asdict(failure), "attempt": 0},
                removes=("work", "lease"),
            ),
            condition="#status = :was",
            values={":was": str(image.status)},
        )
        try:
            release_with(
                self._images,
                self._ledger,
                image,
                ending="cancelled",
                reason=reason,
                actor=image.user,
                change=change,
            )
        except ConditionFailed as moved:
            raise AlreadyProcessing from moved
        return status
