"""What stands around a paid call: the picture it is about, what was paid before, keeping what it gave."""

import logging
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gloss import aws
from gloss.errors import GlossError, LeaseLost
from gloss.images.model import Image
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
from gloss.pipeline.model import known_description

logger = logging.getLogger(__name__)


class PaidWork:
    def __init__(self, images: ImageStore, objects: ObjectStore | None = None) -> None:
        self._images = images
        self._objects = objects

    def kept(self, image: Image) -> Mapping[str, Any] | None:
        """What this very work was told already: the step may run anew after it was paid.

        Raises:
            LeaseLost: somebody else works on the image, so nothing is to be paid for.
        """
        current = self._images.get(image.user, image.image)
        if current is None or current.lease != image.lease:
            raise LeaseLost
        return known_description(current)

    def preview(self, image: Image) -> bytes | None:
        return self._objects.preview(image.user, image.image) if self._objects else None

    def keep(self, image: Image, checkpoint: Mapping[str, Any]) -> None:
        """Keep it for the attempts to come. It is an insurance: without it the work goes on all the same."""
        try:
            self._images.keep_checkpoint(image, checkpoint)
        except (GlossError, ClientError, BotoCoreError) as error:
            logger.warning("checkpoint not kept", extra={"error": type(error).__name__})


def paid_work(table: str, *, derived: str = "") -> PaidWork:
    """On the deployed table and, for a step that shows pictures to a model, the bucket of the previews."""
    objects = ObjectStore(aws.s3(), originals="", derived=derived) if derived else None
    return PaidWork(ImageStore(aws.dynamodb(), table), objects)
