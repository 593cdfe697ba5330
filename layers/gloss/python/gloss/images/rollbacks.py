"""Uploads and regenerations that their owner takes back."""

from gloss.clock import Clock
from gloss.errors import ReservationNotFound
from gloss.images.holds import Holds, image_of
from gloss.images.model import Status
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
from gloss.quota.model import first_of
from gloss.quota.service import Ledger


class Rollbacks:
    """Work on images is found by the reservation that pays for it."""

    def __init__(self, images: ImageStore, objects: ObjectStore, ledger: Ledger, clock: Clock) -> None:
        self._images = images
        self._objects = objects
        self._ledger = ledger
        self._holds = Holds(images, ledger, clock)

    def roll_back(self, user: str, reservation: str) -> None:
        """Call off the work that a reservation pays for, or paid for until it was renewed. Repeating it is
        harmless.

        Raises:
            ReservationNotFound: the caller has no such reservation for an image.
            AlreadyProcessing: a worker holds the image.
            AlreadyCommitted: the work was done.
        """
        image_id = image_of(reservation)
        if image_id is None:
            raise ReservationNotFound(reservation=reservation)
        image = self._images.get(user, image_id)
        if image and image.work and first_of(image.work.reservation) == first_of(reservation):
            status = self._holds.call_off(image, reason="ROLLED_BACK")
        else:
            self._ledger.release(user, [reservation], reason="ROLLED_BACK", actor=user)
            status = image.status if image else Status.CANCELLED
        if status is Status.CANCELLED:
            # Also where an earlier call cancelled it: that one may have died before it came to this.
            self._objects.delete_original(user, image_id)
