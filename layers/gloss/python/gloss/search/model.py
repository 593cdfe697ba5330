"""The words of search: what the index knows of an image, what is asked of it, what it answers.

Standard library only, for functions that publish metadata write index rows and must start fast.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, Protocol, Self, get_args

from gloss.embed.codec import BYTES_PER_DIMENSION, decode
from gloss.images.model import Image
from gloss.records import dataclass

TextField = Literal["title", "alt_text", "tags", "file_name"]
"""A field that words are looked for in."""

TEXT_FIELDS: Final[tuple[TextField, ...]] = get_args(TextField)

SWATCHES: Final = 5
_SWATCH_BYTES: Final = 4
_FULL: Final = 255

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def micros(moment: str) -> int:
    """Microseconds since the epoch of an ISO 8601 time; one without an offset is UTC."""
    parsed = datetime.fromisoformat(moment)
    return ((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Vector:
    """``data`` holds 16-bit floats, little-endian; only vectors of one model and length can be compared.

    Without data it says that the model refuses this text, so that nobody asks again.
    """

    data: bytes
    model: str
    text_hash: str

    @property
    def dimensions(self) -> int:
        return len(self.data) // BYTES_PER_DIMENSION

    def facts(self) -> dict[str, Any]:
        """What the image's record keeps of it: enough to know whether another one is needed."""
        return {"model": self.model, "text_hash": self.text_hash, "dimensions": self.dimensions}

    def numbers(self) -> tuple[float, ...]:
        return decode(self.data)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index knows of an image as of ``changed_at``; ``palette`` as :func:`pack_palette` makes it."""

    image: str
    changed_at: str
    created_at: str
    file_name: str
    title: str = ""
    alt_text: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    source: str = ""
    palette: bytes = b""
    vector: Vector | None = None

    @classmethod
    def of(cls, image: Image, vector: Vector | None, changed_at: str) -> Self:
        text = image.metadata
        return cls(
            image=image.image,
            changed_at=changed_at,
            created_at=image.created_at,
            file_name=image.file_name,
            title=text.title,
            alt_text=text.alt_text,
            tags=tuple(text.tags),
            language=text.language,
            source=image.source.get("provider", ""),
            palette=pack_palette((image.inspection or {}).get("palette", ())),
            vector=vector,
        )

    def text_of(self, name: TextField) -> str:
        return "\n".join(self.tags) if name == "tags" else getattr(self, name)


@dataclass(frozen=True, slots=True)
class Gone:
    """The image left the index."""

    image: str
    changed_at: str


Change = Entry | Gone


def pack_palette(swatches: Sequence[Mapping[str, Any]]) -> bytes:
    """Four bytes a swatch: red, green, blue and its share of the image in 255ths."""
    packed = bytearray()
    for swatch in swatches[:SWATCHES]:
        packed += bytes.fromhex(swatch["hex"].lstrip("#"))
        packed.append(round(swatch["share"] * _FULL))
    return bytes(packed)


def unpack_palette(packed: bytes) -> Iterator[tuple[int, int, int, float]]:
    """Red, green and blue (0 to 255) and share (0 to 1) of each swatch."""
    for start in range(0, len(packed), _SWATCH_BYTES):
        red, green, blue, share = packed[start : start + _SWATCH_BYTES]
        yield red, green, blue, share / _FULL


@dataclass(frozen=True, slots=True)
class NearColour:
    """A colour in CIELAB, and the CIEDE2000 difference that is still near it."""

    lab: tuple[float, float, float]
    tolerance: float


@dataclass(frozen=True, slots=True)
class Filters:
    """What an image must be to be found at all; an empty filter lets everything through.

    An image needs all of ``tags``. ``language`` is a BCP 47 tag and covers its regions (``en``: ``en-GB``).
    ``created_from`` is inclusive, ``created_to`` exclusive, both in microseconds since the epoch.
    """

    tags: tuple[str, ...] = ()
    language: str = ""
    source: str = ""
    created_from: int | None = None
    created_to: int | None = None
    colour: NearColour | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """The filters, and which of a user's images may be found at all.

    ``only`` (where given) and ``never`` are image ids. ``as_of`` is the moment whose state of the index is
    looked at, in microseconds; ``None`` is now.
    """

    filters: Filters = field(default_factory=Filters)
    only: frozenset[str] | None = None
    never: frozenset[str] = frozenset()
    as_of: int | None = None


EVERYTHING: Final = Selection()


@dataclass(frozen=True, slots=True)
class Match:
    """An image and its cosine similarity to the query (-1 to 1)."""

    image: str
    similarity: float


class VectorIndex(Protocol):
    """The vectors of all users. Every call names the user, and sees nothing of any other.

    ``narrows``: whether a query meets the whole selection, and not just its filters other than the colour.
    ``reach``: how many matches one query can have; ``None`` where that has no limit.
    """

    @property
    def narrows(self) -> bool: ...

    @property
    def reach(self) -> int | None: ...

    def put(self, user: str, entries: Sequence[Entry]) -> None:
        """Take in or replace; an entry without a vector cannot be found by likeness."""
        ...

    def remove(self, user: str, images: Sequence[str]) -> None: ...

    def query(
        self,
        user: str,
        vector: Sequence[float],
        *,
        model: str,
        limit: int,
        selection: Selection = EVERYTHING,
    ) -> list[Match]:
        """At most ``limit`` images, best first, among those whose vector is of ``model`` and of this length.

        An engine may answer with fewer.
        """
        ...

    def entries(self, user: str) -> Iterator[Entry]:
        """Everything that is in the index of this user; for moving to another engine."""
        ...
