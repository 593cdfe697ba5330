"""An import as it is kept. Pure.

What becomes of each file is told by the record of the image that it became.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from gloss.clock import iso
from gloss.ids import new_id
from gloss.images.holds import upload_reservation
from gloss.images.model import Image, Status, Work, epoch
from gloss.settings.model import Terms
from gloss.sources.model import Entry, SourceName, media_type, origin

MAX_URLS: Final = 25
"""As many as one transaction reserves and creates."""

FETCH_PATIENCE: Final = timedelta(minutes=30)
"""How long a fetch may wait in its queue before the sweep takes its message for lost."""

FETCH_LEASE: Final = timedelta(seconds=90)
"""Longer than a fetch may take."""

FETCH_RETRY: Final = timedelta(minutes=5)

MAX_FETCHES: Final = 3
"""Tries to read a file; the last failure is final."""

ALREADY_IMPORTED: Final = "ALREADY_IMPORTED"


@dataclass(frozen=True, slots=True)
class File:
    """A file of an import, and the image that it becomes."""

    external_id: str
    name: str
    image: str


@dataclass(frozen=True, slots=True)
class Import:
    user: str
    id: str
    source: SourceName
    created_at: str
    files: tuple[File, ...] = ()

    def to_item(self) -> dict[str, Any]:
        values = asdict(self)
        return {"entry": import_key(values.pop("id")), **values, "files": list(values["files"])}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        return cls(
            user=item["user"],
            id=item["entry"].removeprefix(_IMPORT),
            source=item["source"],
            created_at=item["created_at"],
            files=tuple(File(**file) for file in item["files"]),
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What was imported under an external id last: its content, and as which image."""

    external_id: str
    fingerprint: str
    image: str


_IMPORT: Final = "IMPORT#"


def import_key(import_id: str) -> str:
    return f"{_IMPORT}{import_id}"


def imported_image(found: Import, entry: Entry, terms: Terms, now: datetime) -> Image:
    """The record that waits for its file; from its object on it goes the way of an upload."""
    image = new_id()
    return Image(
        user=found.user,
        image=image,
        status=Status.PENDING,
        file_name=entry.name,
        content_type=media_type(entry.name) or "application/octet-stream",
        size=0,
        created_at=iso(now),
        updated_at=iso(now),
        work=Work(upload_reservation(image), credits=terms.credits, request=terms.request),
        due_at=epoch(now + FETCH_PATIENCE),
        source=origin(found.source, entry.external_id, found.id),
    )


def stands(image: Image | None) -> bool:
    """Whether an imported image makes another import of the same file needless."""
    return image is not None and image.status not in {Status.FAILED, Status.CANCELLED}


def files_of(images: Sequence[Image]) -> tuple[File, ...]:
    return tuple(File(image.source["external_id"], image.file_name, image.image) for image in images)
