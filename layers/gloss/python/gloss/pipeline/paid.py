"""What stands around a paid call: the picture it is about, what was paid before, keeping what it gave.

A result is kept together with its rows for the usage log, and only then are those written: whoever dies in
between leaves both to the next attempt.
"""

import logging
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gloss import aws
from gloss.errors import GlossError, LeaseLost
from gloss.images.model import Image
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
from gloss.metering.books import Books
from gloss.metering.configured import configured_books
from gloss.metering.model import CallRecord, Receipts
from gloss.pipeline.model import known_description, owed_rows, settled
from gloss.shared_settings import PaidWorkSettings

logger = logging.getLogger(__name__)


class PaidWork:
    def __init__(self, images: ImageStore, books: Books, objects: ObjectStore | None = None) -> None:
        self._images = images
        self._books = books
        self._objects = objects

    def kept(self, image: Image) -> Mapping[str, Any] | None:
        """What this very work was told already, with the rows owed for it: the step may run anew after it was
        paid. The rows of what another work was told are entered, for it is about to be overwritten.

        Raises:
            LeaseLost: somebody else works on the image, so nothing is to be paid for.
        """
        current = self._images.get(image.user, image.image)
        if current is None or current.lease != image.lease:
            raise LeaseLost
        known = known_description(current)
        if known is None:
            enter_owed(self._books, current)
        return known

    def settle(self, description: Mapping[str, Any]) -> dict[str, Any]:
        """Enter the rows that are owed for what was kept; the description without them."""
        self._books.enter(map(CallRecord.from_item, owed_rows(description)))
        return settled(description)

    def preview(self, image: Image) -> bytes | None:
        return self._objects.preview(image.user, image.image) if self._objects else None

    def keep(self, image: Image, checkpoint: Mapping[str, Any], receipts: Receipts) -> None:
        """Keep it for the attempts to come, then enter its calls. It is an insurance: without it the work
        goes on all the same.
        """
        try:
            self._images.keep_checkpoint(image, checkpoint)
        except (GlossError, ClientError, BotoCoreError) as error:
            logger.warning("checkpoint not kept", extra={"error": type(error).__name__})
        self._books.enter(receipts)


def enter_owed(books: Books, image: Image) -> None:
    """Enter what is owed for what an image was told, by whoever ends or replaces it."""
    books.enter(map(CallRecord.from_item, owed_rows(image.checkpoint or {})))


def paid_work(settings: PaidWorkSettings, table: str, *, derived: str = "") -> PaidWork:
    """On the deployed table and, for a step that shows pictures to a model, the bucket of the previews."""
    objects = ObjectStore(aws.s3(), originals="", derived=derived) if derived else None
    books = configured_books(aws.dynamodb_of_meter(), settings)
    return PaidWork(ImageStore(aws.dynamodb(), table), books, objects)
