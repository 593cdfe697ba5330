"""The accepted image formats, and how to tell them apart. Standard library only.

The upload API answers from this table too, in functions that carry neither Pillow nor numpy.
"""

from collections.abc import Mapping
from types import MappingProxyType

from gloss.records import dataclass

SNIFF_BYTES = 64
"""How much of a file's start `sniff` looks at."""


@dataclass(frozen=True, slots=True)
class Format:
    """One accepted format; ``decoder`` is the name of the Pillow plug-in, the only one that will be tried."""

    name: str
    mime: str
    extensions: tuple[str, ...]
    decoder: str


JPEG = Format("JPEG", "image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif"), "JPEG")
PNG = Format("PNG", "image/png", (".png",), "PNG")
WEBP = Format("WebP", "image/webp", (".webp",), "WEBP")
GIF = Format("GIF", "image/gif", (".gif",), "GIF")
TIFF = Format("TIFF", "image/tiff", (".tif", ".tiff"), "TIFF")
AVIF = Format("AVIF", "image/avif", (".avif",), "AVIF")
HEIC = Format("HEIC", "image/heic", (".heic", ".hif"), "HEIF")
HEIF = Format("HEIF", "image/heif", (".heif",), "HEIF")

ACCEPTED: Mapping[str, Format] = MappingProxyType(
    {format_.mime: format_ for format_ in (JPEG, PNG, WEBP, GIF, TIFF, AVIF, HEIC, HEIF)}
)
"""Accepted formats by mime type."""

BY_NAME: Mapping[str, Format] = MappingProxyType({format_.name: format_ for format_ in ACCEPTED.values()})
EXTENSIONS: Mapping[str, Format] = MappingProxyType(
    {extension: format_ for format_ in ACCEPTED.values() for extension in format_.extensions}
)

_PREFIXES = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),  # BigTIFF
    (b"MM\0+", TIFF),
)
_HEVC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_CONTAINER_BRANDS = frozenset({b"mif1", b"msf1"})


def sniff(head: bytes) -> Format | None:
    """The format that the first `SNIFF_BYTES` bytes of a file announce, None when it is not accepted."""
    for prefix, format_ in _PREFIXES:
        if head.startswith(prefix):
            return format_
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        return _sniff_brands(head)
    return None


def _sniff_brands(head: bytes) -> Format | None:
    """Tell AVIF from HEIC by the brands of the ``ftyp`` box (ISO/IEC 23008-12, 10.2; AV1 image format, 6)."""
    major = head[8:12]
    end = min(int.from_bytes(head[:4], "big"), SNIFF_BYTES, len(head))
    brands = {major, *(head[i : i + 4] for i in range(16, end - 3, 4))}
    if major in _HEVC_BRANDS:
        return HEIC
    if major in _AVIF_BRANDS:
        return AVIF
    if major not in _CONTAINER_BRANDS:
        return None
    return AVIF if brands & _AVIF_BRANDS else HEIF
