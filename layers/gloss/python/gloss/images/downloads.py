"""Links to an image's file: as it was uploaded, or a copy that carries the metadata inside."""

from datetime import timedelta
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

from gloss.clock import Clock, iso
from gloss.describe.model import UNDETERMINED, Metadata, Provenances
from gloss.errors import Conflict, ImageNotFound
from gloss.images.model import Image, Status, copy_key
from gloss.images.objects import LINK_SECONDS, ObjectStore
from gloss.images.store import ImageStore
from gloss.imaging.formats import BY_NAME, EXTENSIONS, Format
from gloss.imaging.writing import Texts, write
from gloss.schema import ApiModel

_WITHOUT_FILE: Final = (Status.PENDING, Status.CANCELLED)


class Download(ApiModel):
    """A link that is good until ``expires_at`` and saves the file as ``file_name``."""

    url: str
    file_name: str
    expires_at: str
    embedded: bool


class Downloads:
    def __init__(self, images: ImageStore, objects: ObjectStore, clock: Clock) -> None:
        self._images = images
        self._objects = objects
        self._clock = clock

    def link(self, user: str, image_id: str, *, embed: bool) -> Download:
        """A link to the file, or to a copy with the current metadata in it.

        Raises:
            ImageNotFound: there is no such image of this user, or its file is gone.
            Conflict: there is no file yet, none that passed its inspection, or no metadata to put into it.
            UnsupportedMediaType: metadata cannot be put into files of this format.
        """
        image = self._images.existing(user, image_id)
        if image.status in _WITHOUT_FILE:
            raise Conflict("The image has no file.", status=str(image.status))
        if not image.inspection:
            raise Conflict("The file was not found to be a picture (yet).", status=str(image.status))
        name = _name_by_content(image)
        disposition = attachment(name)
        url = (
            self._copy(image, disposition)
            if embed
            else self._objects.original_link(user, image_id, disposition)
        )
        return Download(
            url=url,
            file_name=name,
            expires_at=iso(self._clock() + timedelta(seconds=LINK_SECONDS)),
            embedded=embed,
        )

    def _copy(self, image: Image, disposition: str) -> str:
        """Made once per version of the metadata."""
        if not image.version:
            raise Conflict("The image has no metadata yet.", status=str(image.status))
        key = copy_key(image.user, image.image, image.version)
        if not self._objects.has_copy(key):
            original = self._objects.original(image.user, image.image)
            if original is None:
                raise ImageNotFound("The file of the image is not there any more.")
            found = _format(image)
            mime = found.mime if found else image.content_type
            self._objects.put_copy(key, write(original, texts(image.metadata, image.provenance)), mime)
        return self._objects.copy_link(key, disposition)


def _format(image: Image) -> Format | None:
    """What the bytes are, once they were looked at."""
    return BY_NAME.get((image.inspection or {}).get("format", ""))


def _name_by_content(image: Image) -> str:
    """The user's name for the file; the ending of another format gives way to that of its own."""
    found, name = _format(image), PurePosixPath(image.file_name)
    if found is None or name.suffix.lower() in found.extensions:
        return image.file_name
    stem = name.stem if name.suffix.lower() in EXTENSIONS else name.name
    return stem + found.extensions[0]


def texts(metadata: Metadata, provenance: Provenances) -> Texts:
    """The metadata as a file carries it: without what a person emptied, and without an alt text where the
    image is decorative. Of what is empty for other reasons the file keeps its own.
    """
    emptied = {
        name for name, origin in provenance.items() if origin.source == "human" and not metadata.value(name)
    }
    if metadata.decorative:
        emptied.add("alt_text")
    return Texts(
        title=metadata.title,
        caption=metadata.caption,
        alt_text="" if metadata.decorative else metadata.alt_text,
        description=metadata.description,
        keywords=metadata.tags,
        language=None if metadata.language == UNDETERMINED else metadata.language,
        cleared=frozenset("keywords" if name == "tags" else name for name in emptied),
    )


def attachment(file_name: str) -> str:
    """Content-Disposition for a name that a user chose (RFC 6266): a plain form for old clients, then all."""
    plain = "".join(letter if letter.isascii() and letter not in '"\\%' else "_" for letter in file_name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
