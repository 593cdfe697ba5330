"""Uploads: credits first, then the forms that the files are sent with."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from gloss.clock import Clock, iso
from gloss.errors import Conflict, PayloadTooLarge, UnsupportedMediaType, UploadNotFound
from gloss.ids import is_id, new_id
from gloss.images.holds import Holds, upload_reservation
from gloss.images.model import HOLD, UPLOAD_GRACE, UPLOAD_WINDOW, Image, Status, Work, epoch
from gloss.images.objects import ObjectStore
from gloss.images.store import Changes, ImageStore
from gloss.imaging.formats import ACCEPTED
from gloss.quota.service import Ledger
from gloss.schema import LINE, ApiModel
from gloss.settings.model import Terms

MAX_FILES: Final = 25
MAX_BYTES: Final = 25 * 2**20


def _names_a_file(name: str) -> str:
    if name.strip() in {"", ".", ".."} or not {"/", "\\"}.isdisjoint(name):
        raise ValueError("the name of a file is needed, without a path")
    return name


FileName = Annotated[
    str, StringConstraints(min_length=1, max_length=255), LINE, AfterValidator(_names_a_file)
]


class File(ApiModel):
    """A file that the client is about to send: its name, media type and size in bytes."""

    name: FileName
    content_type: Annotated[str, StringConstraints(max_length=100)]
    size: Annotated[int, Field(ge=1, strict=True)]


class UploadRequest(ApiModel):
    files: Annotated[list[File], Field(min_length=1, max_length=MAX_FILES)]


class Upload(ApiModel):
    """Send ``fields`` and then the file as ``multipart/form-data`` to ``url`` before ``expires_at``."""

    id: str
    name: str
    reservation_id: str
    url: str
    fields: dict[str, str]
    expires_at: str


class UploadsCreated(ApiModel):
    """The uploads in the order asked for, and the credits that are left."""

    uploads: list[Upload]
    remaining: int


class UploadCancelled(ApiModel):
    id: str
    status: Status


class Uploads:
    def __init__(
        self,
        images: ImageStore,
        objects: ObjectStore,
        ledger: Ledger,
        terms: Callable[[str], Terms],
        clock: Clock,
    ) -> None:
        self._images = images
        self._objects = objects
        self._ledger = ledger
        self._terms = terms
        self._holds = Holds(images, ledger, clock)
        self._clock = clock

    def create(self, user: str, files: Sequence[File]) -> UploadsCreated:
        """Reserve one credit per file, all or none, and give a form for each; with an own key none is taken.

        Raises:
            UnsupportedMediaType, PayloadTooLarge: a file is of no accepted type or too big.
            QuotaExceeded: fewer credits are left than files were named.
        """
        for position, file in enumerate(files):
            _check(position, file)
        now, terms = self._clock(), self._terms(user)
        images = [_pending(user, file, terms, now) for file in files]
        reserved = self._ledger.reserve(
            user,
            "images",
            [upload_reservation(image.image) for image in images],
            ttl=HOLD,
            actor=user,
            reason="upload",
            byok=terms.byok,
            also=[self._images.create(image) for image in images],
        )
        try:
            uploads = [self._form(image, now) for image in images]
        except Exception:
            self._give_back(images)
            raise
        return UploadsCreated(uploads=uploads, remaining=reserved.remaining)

    def cancel(self, user: str, upload_id: str) -> UploadCancelled:
        """Cancel an upload that is not being processed yet and give its credit back; may be repeated.

        Raises:
            UploadNotFound: there is no such upload of this user.
            AlreadyProcessing, Conflict: it is too late.
        """
        image = self._images.get(user, upload_id) if is_id(upload_id) else None
        if image is None:
            raise UploadNotFound
        if image.status is not Status.CANCELLED:
            if image.work is None or image.work.kind != "upload":
                raise Conflict("The upload has ended.", status=str(image.status))
            self._holds.call_off(image, reason="UPLOAD_CANCELLED")
        # Also where an earlier call cancelled it: that one may have died before it came to this.
        self._objects.delete_original(user, upload_id)
        return UploadCancelled(id=image.image, status=Status.CANCELLED)

    def _form(self, image: Image, now: datetime) -> Upload:
        form = self._objects.upload_form(
            image.user, image.image, content_type=image.content_type, size=image.size
        )
        return Upload(
            id=image.image,
            name=image.file_name,
            reservation_id=upload_reservation(image.image),
            url=form.url,
            fields=dict(form.fields),
            expires_at=iso(now + UPLOAD_WINDOW),
        )

    def _give_back(self, images: Sequence[Image]) -> None:
        """The forms could not be made: as if nothing had been asked for, but for the journal."""
        now = self._clock()
        changes = [
            self._images.change(
                image.user,
                image.image,
                Changes.to_status(Status.CANCELLED, image.image, now, removes=("work",)),
                condition="#status = :pending",
                values={":pending": str(Status.PENDING)},
            )
            for image in images
        ]
        self._ledger.release(
            images[0].user,
            [upload_reservation(image.image) for image in images],
            reason="PRESIGNING_FAILED",
            actor=images[0].user,
            also=changes,
        )


def _check(position: int, file: File) -> None:
    if file.content_type not in ACCEPTED:
        raise UnsupportedMediaType(
            f"Files of the type {file.content_type!r} are not accepted.",
            field=f"files.{position}.contentType",
            accepted=sorted(ACCEPTED),
        )
    if file.size > MAX_BYTES:
        raise PayloadTooLarge(
            "The file is over the size limit.",
            field=f"files.{position}.size",
            size=file.size,
            limit=MAX_BYTES,
        )


def _pending(user: str, file: File, terms: Terms, now: datetime) -> Image:
    image = new_id()
    return Image(
        user=user,
        image=image,
        status=Status.PENDING,
        file_name=file.name,
        content_type=file.content_type,
        size=file.size,
        created_at=iso(now),
        updated_at=iso(now),
        work=Work(upload_reservation(image), credits=terms.credits, request=terms.request),
        due_at=epoch(now + UPLOAD_WINDOW + UPLOAD_GRACE),
    )
