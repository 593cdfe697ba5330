"""An import as it is kept, and the rules of its steps. Pure.

An import of addresses is ``listed`` at once. One of a folder is ``listing`` until its last page is turned
into images, or ``stopped`` with a reason. What becomes of each image is told by the image's own record.
An import that is being listed carries ``due_at``, as open images do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from gloss.clock import iso
from gloss.errors import SourceUnavailable
from gloss.ids import new_id
from gloss.images.holds import upload_reservation
from gloss.images.model import Image, Status, Work, epoch
from gloss.records import dataclass
from gloss.shards import due_shard
from gloss.sources.model import Entry, Folder, SourceName, media_type, origin

if TYPE_CHECKING:
    from gloss.settings.model import Terms

ImportStatus = Literal["listing", "listed", "stopped"]

MAX_URLS: Final = 25
"""As many as one transaction reserves and creates."""

BATCH: Final = 20
"""Files of a folder that one transaction takes in: each may be a credit, an image and a memory."""

FETCH_PATIENCE: Final = timedelta(minutes=30)
"""How long a fetch may wait in its queue before the sweep takes its message for lost."""

FETCH_LEASE: Final = timedelta(seconds=90)
"""Longer than a fetch may take."""

FETCH_RETRY: Final = timedelta(minutes=5)

ASKED_PATIENCE: Final = timedelta(hours=12)
"""How long a source may go on asking for patience; then its wishes count as failures."""

MAX_FETCHES: Final = 3
"""Tries to read a file, or a page of a folder; the last failure is final."""

ALREADY_IMPORTED: Final = "ALREADY_IMPORTED"


@dataclass(frozen=True, slots=True)
class File:
    """A file of an import: the image that it became, or why it became none."""

    external_id: str
    name: str
    image: str = ""
    skipped: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Import:
    """``pages`` counts what was written of its files so far; ``cursor`` is where listing goes on.

    ``tries`` counts the orders for the page that is due; ``revision`` grows with every change.
    """

    user: str
    id: str
    source: SourceName
    status: ImportStatus
    created_at: str
    path: str = ""
    recursive: bool = True
    pages: int = 0
    cursor: str | None = None
    images: int = 0
    skipped: int = 0
    reason: str = ""
    message: str = ""
    tries: int = 1
    due_at: int | None = None
    revision: int = 0

    @property
    def folder(self) -> Folder:
        return Folder(self.path, self.recursive)

    def to_item(self) -> dict[str, Any]:
        values = asdict(self)
        shard = due_shard(self.id) if self.due_at is not None else None
        return {"entry": import_key(values.pop("id")), **values, "due_shard": shard}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        known = {name: item[name] for name in cls.__slots__ if name in item}
        return cls(**known, id=id_of(item["entry"]))

    def moved(self, now: datetime, cursor: str | None) -> Self:
        """Once a page is taken in: the next one is ordered, or there is none."""
        if cursor is None:
            return replace(self, status="listed", cursor=None, due_at=None)
        return replace(self, cursor=cursor, tries=1, due_at=epoch(now + FETCH_PATIENCE))

    def put_off(self, now: datetime, asked: timedelta | None = None) -> Self:
        """For as long as the source asked, which is no try, or until the next one."""
        if asked is None:
            return replace(self, due_at=epoch(now + FETCH_RETRY))
        return replace(self, tries=self.tries - 1, due_at=epoch(now + asked))

    def ordered_again(self, now: datetime) -> Self:
        return replace(self, tries=self.tries + 1, due_at=epoch(now + FETCH_PATIENCE))

    def stopped(self, reason: str, message: str) -> Self:
        """What was taken in before stands."""
        return replace(self, status="stopped", reason=reason, message=message, due_at=None)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was met under an external id last: its content, the image that it is, the import that met it.

    ``image`` is empty where the file was not taken.
    """

    external_id: str
    fingerprint: str
    image: str
    import_id: str


_IMPORT: Final = "IMPORT#"


def import_key(import_id: str) -> str:
    return f"{_IMPORT}{import_id}"


def id_of(entry: str) -> str:
    """The import that has this key."""
    return entry.removeprefix(_IMPORT)


def folder_import(user: str, source: SourceName, folder: Folder, now: datetime) -> Import:
    """An import whose listing begins."""
    due_at = epoch(now + FETCH_PATIENCE)
    at = iso(now)
    return Import(user, new_id(), source, "listing", at, folder.path, folder.recursive, due_at=due_at)


def imported_image(found: Import, entry: Entry, terms: "Terms", now: datetime) -> Image:
    """The record that waits for its file; from its object on it goes the way of an upload."""
    image = new_id()
    return Image(
        user=found.user,
        image=image,
        status=Status.PENDING,
        file_name=entry.name,
        content_type=media_type(entry.name) or "application/octet-stream",
        size=entry.size,
        created_at=iso(now),
        updated_at=iso(now),
        work=Work(upload_reservation(image), credits=terms.credits, request=terms.request),
        due_at=epoch(now + FETCH_PATIENCE),
        source=origin(found.source, entry, found.id),
    )


def asked_pause(fault: SourceUnavailable, since: str, now: datetime) -> timedelta | None:
    """How long the source asked to be left alone; ``None`` where it did not, or has asked too long ``since``
    then (ISO 8601)."""
    seconds = fault.details.get("retry_after")
    if not isinstance(seconds, int | float) or now - datetime.fromisoformat(since) > ASKED_PATIENCE:
        return None
    return min(timedelta(seconds=max(seconds, 1)), ASKED_PATIENCE)


def stands(image: Image | None) -> bool:
    """Whether an imported image makes another import of the same file needless."""
    return image is not None and image.status not in {Status.FAILED, Status.CANCELLED}


def files_of(images: Sequence[Image]) -> list[File]:
    return [
        File(image.source["external_id"], image.file_name, image.image, path=image.source.get("path", ""))
        for image in images
    ]
