"""What an inspection takes and gives. Values only, standard library only."""

from collections.abc import Mapping
from dataclasses import field

from gloss.records import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused unseen; a pixel is one position of the canvas, whatever its depth."""

    max_bytes: int = 25 * 2**20
    max_pixels: int = 100_000_000


@dataclass(frozen=True, slots=True)
class Rendition:
    """An sRGB JPEG made from the pixels alone: no metadata of the original is in it."""

    data: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Swatch:
    """One palette colour: ``#rrggbb``, the share of the image that it stands for (0..1), its nearest name."""

    hex: str
    share: float
    name: str


@dataclass(frozen=True, slots=True)
class Camera:
    """How the picture was taken, as the file says. Where it was taken (GPS) is deliberately not read."""

    make: str | None = None
    model: str | None = None
    lens: str | None = None
    software: str | None = None
    iso: int | None = None
    exposure_s: float | None = None
    aperture_f: float | None = None
    focal_length_mm: float | None = None
    focal_length_35mm: int | None = None
    flash_fired: bool | None = None


@dataclass(frozen=True, slots=True)
class Embedded:
    """Descriptive metadata that somebody wrote into the file, cleaned and bounded.

    ``sources`` says for each field that is present where it came from: ``xmp``, ``iptc`` or ``exif``.
    """

    title: str | None = None
    caption: str | None = None
    alt_text: str | None = None
    extended_description: str | None = None
    creator: str | None = None
    copyright: str | None = None
    keywords: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything that one look at a file's bytes gives.

    ``format`` and ``mime`` say what the bytes are, not what they were called. ``width`` and ``height`` are
    those of the upright picture. ``mode`` is the colour mode of the file in Pillow's words, ``bits`` its
    depth per sample. ``frames`` counts the frames of an animation or the pages of a TIFF; everything else
    describes the first one. ``taken_at`` is ISO 8601, with an offset only where the file gives one.
    """

    format: str
    mime: str
    width: int
    height: int
    bytes: int
    sha256: str
    frames: int
    has_alpha: bool
    mode: str
    bits: int
    had_icc: bool
    camera: Camera
    taken_at: str | None
    embedded: Embedded
    thumbnail: Rendition
    preview: Rendition
    palette: tuple[Swatch, ...]
