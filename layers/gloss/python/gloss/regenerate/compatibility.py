"""The one call of older clients: describe this image, and say where it stands."""

from contextlib import suppress
from typing import Annotated, Self

from pydantic import StringConstraints

from gloss.errors import AlreadyProcessing
from gloss.images.model import Image, Status
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
from gloss.images.views import SwatchView
from gloss.pipeline.queues import WorkQueues
from gloss.records import dataclass
from gloss.regenerate.model import RegenerateRequest
from gloss.regenerate.service import Regenerations
from gloss.schema import ApiModel


class ProcessRequest(ApiModel):
    image_id: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Processed(ApiModel):
    """``thumbnail`` is a link that is good for 15 minutes; it and ``palette`` come with the inspection."""

    image_id: str
    status: Status
    thumbnail: str | None
    palette: list[SwatchView]

    @classmethod
    def of(cls, image: Image, thumbnail: str | None) -> Self:
        palette = (image.inspection or {}).get("palette", ())
        return cls(
            image_id=image.image,
            status=image.status,
            thumbnail=thumbnail,
            palette=[SwatchView.model_validate(swatch) for swatch in palette],
        )


@dataclass(frozen=True, slots=True)
class Processing:
    images: ImageStore
    objects: ObjectStore
    regenerations: Regenerations
    queues: WorkQueues

    def process(self, user: str, image_id: str) -> Processed:
        """Where the image stands; work begins where none is done or under way. May be repeated.

        Raises:
            ImageNotFound: there is no such image of this user.
            QuotaExceeded: work has to begin and no credit is left.
            ProviderUnavailable: the queue does not answer; nothing was spent.
        """
        image = self.images.existing(user, image_id)
        if image.status is Status.FAILED:
            with suppress(AlreadyProcessing):
                self.regenerations.start(user, image_id, RegenerateRequest())
            image = self.images.existing(user, image_id)
        elif image.status is Status.PENDING and self.objects.has_original(user, image_id):
            self.queues.send("interactive", user, image_id)
        return Processed.of(image, self.objects.links(image).get("thumbnail"))
