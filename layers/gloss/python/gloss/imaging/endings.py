"""Where a picture's structure ends: what comes behind is not of its format, and what ends before is cut off.

Nothing here raises on malformed input.
"""

from collections.abc import Callable, Mapping

from gloss.imaging import tiff
from gloss.imaging.containers import GIF_TRAILER, gif_sections, jpeg_segments, png_chunks
from gloss.imaging.formats import AVIF, GIF, HEIC, HEIF, JPEG, PNG, TIFF, WEBP, Format
from gloss.patterns import pattern

_END_OF_IMAGE = pattern(rb"\xff\xd9")
_STRIP_OFFSETS, _STRIP_SIZES = 273, 279
_TILE_OFFSETS, _TILE_SIZES = 324, 325


def end_of(data: bytes, format_: Format) -> int | None:
    """Where the structure of its format ends; ``None`` when the file ends before that.

    Of a TIFF, whose parts may lie anywhere, it is the last byte that its first image is known to use.
    """
    return _ENDINGS[format_.name](data)


def is_complete(data: bytes, format_: Format) -> bool:
    """False when the file ends before the structure of its format does."""
    return end_of(data, format_) is not None


def _jpeg_end(data: bytes) -> int | None:
    """Behind the first marker of an end that follows the first scan. `re` finds it six times as fast as
    `bytes.find`, which matters at megabytes of entropy-coded data."""
    scan = max((start for _, start, _ in jpeg_segments(data)), default=0)
    found = _END_OF_IMAGE.search(data, scan)
    return found.end() if found else None


def _png_end(data: bytes) -> int | None:
    ends = (end + 4 for name, _, end in png_chunks(data) if name == b"IEND")
    return next((end for end in ends if end <= len(data)), None)


def _webp_end(data: bytes) -> int | None:
    end = 8 + int.from_bytes(data[4:8], "little")
    return end if end <= len(data) else None


def _gif_end(data: bytes) -> int | None:
    return next((end for kind, _, end in gif_sections(data) if kind == GIF_TRAILER), None)


def _tiff_end(data: bytes) -> int | None:
    """``None`` where the last strip or tile is not there, or the directory could not be read."""
    structure = tiff.read(data)
    if structure is None:
        return None
    pieces = [
        (tiff.numbers(structure.image, offsets), tiff.numbers(structure.image, sizes))
        for offsets, sizes in ((_STRIP_OFFSETS, _STRIP_SIZES), (_TILE_OFFSETS, _TILE_SIZES))
    ]
    ends = [sum(piece) for pair in pieces for piece in zip(*pair, strict=False)]
    return int(max(*ends, structure.end)) if ends and max(ends) <= len(data) else None


_OUTERMOST = frozenset(
    {
        *(b"ftyp", b"styp", b"pdin", b"meta", b"moov", b"moof", b"mfra", b"mdat", b"imda", b"idat", b"sidx"),
        *(b"ssix", b"prft", b"emsg", b"free", b"skip", b"wide", b"udta", b"uuid", b"jumb", b"mpvd"),
    }
)
"""What stands in a file outside of all other boxes."""


def _boxes_end(data: bytes) -> int | None:
    """Follow the outermost boxes up to what is none.

    A size of 1 announces a longer size, 0 a box up to the end of the file.
    """
    at = 0
    while at + 8 <= len(data) and data[at + 4 : at + 8] in _OUTERMOST:
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        at = max(at + 8, at + size) if size else len(data)
    return at if at <= len(data) else None


_ENDINGS: Mapping[str, Callable[[bytes], int | None]] = {
    JPEG.name: _jpeg_end,
    PNG.name: _png_end,
    WEBP.name: _webp_end,
    GIF.name: _gif_end,
    TIFF.name: _tiff_end,
    AVIF.name: _boxes_end,
    HEIC.name: _boxes_end,
    HEIF.name: _boxes_end,
}
