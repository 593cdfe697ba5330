"""Generated pictures on their way into the library: as an upload, for the credit of one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from gloss.clock import Clock, iso
from gloss.dynamodb import ConditionFailed
from gloss.errors import Busy, PictureNotFound
from gloss.generate.model import Generation, Picture
from gloss.generate.pictures import PictureStore
from gloss.generate.store import GenerationStore
from gloss.generate.views import PictureAdded
from gloss.ids import new_id
from gloss.images.holds import upload_reservation
from gloss.images.model import HOLD, UPLOAD_GRACE, Image, Status, Work, epoch
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
from gloss.imaging.formats import ACCEPTED
from gloss.quota.service import Ledger
from gloss.records import dataclass
from gloss.settings.model import Terms

_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class PictureLibrary:
    generations: GenerationStore
    pictures: PictureStore
    images: ImageStore
    objects: ObjectStore
    ledger: Ledger
    terms: Callable[[str], Terms]
    clock: Clock

    def add(self, user: str, generation_id: str, number: int) -> PictureAdded:
        """Make an image of a picture, once: a repeat names the same image, unless that was called off.

        Raises:
            GenerationNotFound, PictureNotFound: the user has no such picture.
            QuotaExceeded: no image credit is left.
            Busy: the generation kept changing; nothing was done.
        """
        for _ in range(_ATTEMPTS):
            generation = self.generations.existing(user, generation_id)
            picture = _picture(generation, number)
            try:
                image = self._known(user, picture) or self._open(generation, picture)
            except ConditionFailed:
                continue
            self._send(generation, picture, image)
            return PictureAdded(generation_id=generation_id, number=number, image_id=image.image)
        raise Busy

    def _known(self, user: str, picture: Picture) -> Image | None:
        image = self.images.get(user, picture.image) if picture.image else None
        return None if image is None or image.status is Status.CANCELLED else image

    def _open(self, generation: Generation, picture: Picture) -> Image:
        """Credit, record and note, in one transaction."""
        terms, now = self.terms(generation.user), self.clock()
        image = _image(generation, picture, terms, now)
        noted = tuple(
            replace(it, image=image.image) if it.number == picture.number else it
            for it in generation.pictures
        )
        self.ledger.reserve(
            generation.user,
            "images",
            [upload_reservation(image.image)],
            ttl=HOLD,
            actor=generation.user,
            reason="generation",
            byok=terms.byok,
            also=[
                self.images.create(image),
                self.generations.replace(generation, generation.changed(now, pictures=noted)),
            ],
        )
        return image

    def _send(self, generation: Generation, picture: Picture, image: Image) -> None:
        """The object's event starts the pipeline; a file that was sent before is not sent again."""
        if image.status is not Status.PENDING:
            return
        data = self.pictures.picture(generation, picture.number)
        if data is None:
            raise PictureNotFound
        self.objects.put_original(image.user, image.image, data, content_type=picture.content_type)


def _picture(generation: Generation, number: int) -> Picture:
    for picture in generation.pictures:
        if picture.number == number:
            return picture
    raise PictureNotFound


def _image(generation: Generation, picture: Picture, terms: Terms, now: datetime) -> Image:
    image = new_id()
    ending = ACCEPTED[picture.content_type].extensions[0]
    return Image(
        user=generation.user,
        image=image,
        status=Status.PENDING,
        file_name=f"generated {generation.generation} {picture.number}{ending}",
        content_type=picture.content_type,
        size=picture.bytes,
        created_at=iso(now),
        updated_at=iso(now),
        work=Work(upload_reservation(image), credits=terms.credits, request=terms.request),
        due_at=epoch(now + UPLOAD_GRACE),
        source={
            "provider": "generation",
            "generation": generation.generation,
            "number": picture.number,
            "maker": generation.order.provider,
            "model": generation.order.model,
        },
    )
