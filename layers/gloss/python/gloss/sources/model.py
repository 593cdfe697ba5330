"""What a place that files come from looks like, whichever it is. Pure."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, Final, Literal, Protocol
from urllib.parse import unquote, urlsplit

from gloss.imaging.formats import EXTENSIONS
from gloss.records import dataclass

SourceName = Literal["url", "dropbox"]

MAX_FILE_BYTES: Final = 25 * 2**20
"""As for uploads."""

_NAMELESS: Final = "image"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as a source lists it.

    ``external_id`` names it within the source for good, ``path`` says where a person finds it;
    ``fingerprint`` changes with its content (empty where the source cannot tell before the file is read);
    ``size`` is in bytes, 0 where unknown.
    """

    external_id: str
    name: str
    size: int = 0
    fingerprint: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a folder; ``cursor`` is where the next part begins, ``None`` at the end."""

    entries: Sequence[Entry]
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """``path`` begins with a slash; empty for everything that the user shares with us."""

    path: str = ""
    recursive: bool = True


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file's bytes; ``fingerprint`` is that of this content, in the source's own terms."""

    data: bytes
    fingerprint: str


class Source(Protocol):
    """Where pixels come from."""

    @property
    def name(self) -> SourceName: ...

    def page(self, folder: Folder, cursor: str | None) -> Page:
        """The part of a folder that begins at ``cursor``; the same cursor may be asked for again.

        Raises:
            SourceUnavailable: not now; ``SourceDisconnected``: not before the user connects it anew.
            SourceRefused: there is no such folder, or no leave to read it.
        """

    def fetch(self, external_id: str, limit: int) -> Fetched:
        """A file of at most ``limit`` bytes, of which never more are held.

        Raises:
            SourceUnavailable: not now; ``SourceDisconnected``: not before the user connects it anew.
            SourceRefused, AddressRefused: neither now nor later.
            ImageRejected: it is too large, empty, or not of an accepted type.
        """


def file_name(external_id: str) -> str:
    """The last part of an address or path, fit to be shown."""
    path = urlsplit(external_id).path if "://" in external_id else external_id
    name = unquote(PurePosixPath(path).name)
    printable = "".join(character for character in name if character.isprintable() and character not in "/\\")
    return printable[-255:] or _NAMELESS


def media_type(name: str) -> str | None:
    """The accepted media type that a file's name promises; ``None`` where it promises none."""
    promised = EXTENSIONS.get(PurePosixPath(name.lower()).suffix)
    return promised.mime if promised else None


def origin(source: SourceName, entry: Entry, import_id: str) -> dict[str, Any]:
    """What stays on the record of an imported image."""
    known = {"provider": source, "external_id": entry.external_id, "import": import_id}
    return {**known, "path": entry.path} if entry.path else known
