"""What a place that files come from looks like, whichever it is. Pure."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final, Literal, Protocol
from urllib.parse import unquote, urlsplit

from gloss.imaging.formats import EXTENSIONS

SourceName = Literal["url"]

MAX_FILE_BYTES: Final = 25 * 2**20
"""As for uploads."""

_NAMELESS: Final = "image"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file to import; ``external_id`` names it within the source for good."""

    external_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file's bytes; ``fingerprint`` is that of this content, in the source's own terms."""

    data: bytes
    fingerprint: str


class Source(Protocol):
    """Where pixels come from."""

    @property
    def name(self) -> SourceName: ...

    def fetch(self, external_id: str, limit: int) -> Fetched:
        """A file of at most ``limit`` bytes, of which never more are held.

        Raises:
            SourceUnavailable: not now.
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


def origin(source: SourceName, external_id: str, import_id: str) -> dict[str, Any]:
    """What stays on the record of an imported image."""
    return {"provider": source, "external_id": external_id, "import": import_id}
