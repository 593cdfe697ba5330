"""The credit that an image's open work holds."""

from gloss.dynamodb import Write
from gloss.images.model import Image, Work
from gloss.images.store import ImageStore
from gloss.quota.service import Ledger


def open_work(image: Image) -> Work:
    """Raises ``ValueError`` where no work is open: a record in a state that no transition leads to."""
    if image.work is None:
        raise ValueError(f"image {image.image} is {image.status} but has no open work")
    return image.work


def release_with(
    images: ImageStore, ledger: Ledger, image: Image, *, reason: str, actor: str, change: Write
) -> None:
    """Give back what the image's work holds and make ``change`` to the record, in one transaction.

    A reservation that was resolved before (expired, or rolled back by its owner) does not hold ``change`` up.

    Raises:
        ConditionFailed: the condition of ``change`` did not hold; nothing was released.
    """
    (settlement,) = ledger.release(
        image.user, [open_work(image).reservation], reason=reason, actor=actor, also=[change]
    )
    if not settlement.changed:
        images.apply(change)
