"""Takes a file apart without decoding a pixel: the picture here, its metadata there.

The decoders get a file without metadata wherever that can be had cheaply (JPEG, PNG): a broken text chunk
or a malformed APP13 segment, which would make Pillow give up, then costs only that piece of metadata.
Nothing here raises on malformed input: what cannot be read is absent, and the decoder has the last word.
"""

from collections.abc import Callable, Iterator, Mapping

from gloss.imaging import iptc, tiff, xmp
from gloss.imaging.formats import AVIF, GIF, HEIC, HEIF, JPEG, PNG, TIFF, WEBP, Format
from gloss.imaging.inflate import inflate
from gloss.records import dataclass

_MAX_PROFILE = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Parts:
    """A file in parts.

    ``picture`` is what the decoder gets. ``size`` is the canvas in pixels before orientation, where the
    header could be read without a decoder. ``bits`` and ``frames`` are None where only the decoder knows.
    """

    picture: bytes
    size: tuple[int, int] | None = None
    bits: int | None = None
    frames: int | None = None
    exif: bytes | None = None
    iptc: bytes | None = None
    xmp: bytes | None = None
    icc: bytes | None = None


def take_apart(data: bytes, format_: Format) -> Parts:
    """Split the file that `sniff` found to be of this format."""
    return _SPLITTERS[format_.name](data)


# --- JPEG (ITU-T T.81, annex B) ---------------------------------------------------------------------------

EXIF_HEADER = b"Exif\0\0"
XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
_ICC_HEADER = b"ICC_PROFILE\0"
PHOTOSHOP_HEADER = b"Photoshop 3.0\0"
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
START_OF_SCAN = 0xDA
_WITHOUT_LENGTH = frozenset({0x00, 0x01, *range(0xD0, 0xDA), 0xFF})  # stuffing, restarts, fill bytes
_COMMENT = 0xFE
_METADATA_MARKERS = (frozenset(range(0xE0, 0xF0)) - {0xE0, 0xEE}) | {_COMMENT}  # keeps JFIF and Adobe


def _jpeg(data: bytes) -> Parts:
    kept: list[bytes | memoryview] = [b"\xff\xd8"]
    metadata: list[bytes] = []
    frame = b""
    scan = len(data)
    for marker, start, end in jpeg_segments(data):
        if marker == START_OF_SCAN:
            scan = start
        elif marker in _METADATA_MARKERS:
            metadata.append(data[start + 4 : end])
        else:
            kept.append(data[start:end])
        if marker in _FRAME_MARKERS and not frame:
            frame = data[start + 4 : end]
    return Parts(
        picture=b"".join([*kept, memoryview(data)[scan:]]) if metadata else data,
        size=(int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big")) if frame else None,
        bits=frame[0] if frame else None,
        frames=1,
        exif=_first(metadata, EXIF_HEADER),
        iptc=iptc.from_photoshop(b"".join(_all(metadata, PHOTOSHOP_HEADER))),
        xmp=_first(metadata, XMP_HEADER),
        icc=_jpeg_profile(_all(metadata, _ICC_HEADER)),
    )


def jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (marker, start, end) up to the first scan; the entropy-coded data is not looked at."""
    at = 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 4 <= len(data):
        marker = data[at + 1]
        if marker in _WITHOUT_LENGTH:
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        yield marker, at, end
        if marker == START_OF_SCAN:
            return
        at = end


def _all(segments: list[bytes], header: bytes) -> list[bytes]:
    return [segment[len(header) :] for segment in segments if segment.startswith(header)]


def _first(segments: list[bytes], header: bytes) -> bytes | None:
    return next(iter(_all(segments, header)), None)


def _jpeg_profile(chunks: list[bytes]) -> bytes | None:
    """Join a profile that is split over segments, each led by its number and their count (ICC.1, B.4)."""
    if not chunks or any(chunk[1:2] != bytes([len(chunks) & 0xFF]) for chunk in chunks):
        return None
    return b"".join(chunk[2:] for chunk in sorted(chunks))


# --- PNG (W3C, third edition) -----------------------------------------------------------------------------

_PNG_PICTURE = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
PNG_XMP = b"XML:com.adobe.xmp\0"


def _png(data: bytes) -> Parts:
    kept = [data[:8]]
    found: dict[bytes, bytes] = {}
    frames = 0
    for name, start, end in png_chunks(data):
        if name in _PNG_PICTURE:
            kept.append(data[start : end + 4])
        elif name != b"iTXt" or data.startswith(PNG_XMP, start + 8):
            found.setdefault(name, data[start + 8 : end])
        frames += name == b"fcTL"
    header = data[16:29]
    return Parts(
        picture=b"".join(kept),
        size=(int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")),
        bits=next(iter(header[8:9]), None),
        frames=max(1, frames),
        exif=found.get(b"eXIf"),
        xmp=png_xmp(found.get(b"iTXt", b"")),
        icc=_png_profile(found.get(b"iCCP", b"")),
    )


def png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, start, end of the data); a checksum of 4 bytes follows each."""
    at = 8
    while at + 8 <= len(data):
        name = data[at + 4 : at + 8]
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        yield name, at, end
        if name == b"IEND":
            return
        at = end + 4


def png_xmp(chunk: bytes) -> bytes | None:
    """The text of an iTXt chunk: keyword, compression flag and method, language, translated keyword, text."""
    flags, rest = chunk[len(PNG_XMP) :][:2], chunk[len(PNG_XMP) + 2 :]
    packet = rest.partition(b"\0")[2].partition(b"\0")[2]
    return inflate(packet, xmp.MAX_BYTES) if flags == b"\1\0" else packet or None


def _png_profile(chunk: bytes) -> bytes | None:
    _, _, rest = chunk.partition(b"\0")
    return inflate(rest[1:], _MAX_PROFILE) if rest[:1] == b"\0" else None


# --- WebP (RFC 9649) --------------------------------------------------------------------------------------


def _webp(data: bytes) -> Parts:
    found: dict[bytes, bytes] = {}
    frames = 0
    for name, start, end in webp_chunks(data):
        found.setdefault(name, data[start:end])
        frames += name == b"ANMF"
    return Parts(
        picture=data,
        size=webp_size(found),
        bits=8,
        frames=max(1, frames),
        exif=found.get(b"EXIF"),
        xmp=found.get(b"XMP "),
        icc=found.get(b"ICCP"),
    )


def webp_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, start, end) of the data of each chunk; chunks are padded to an even length."""
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], at + 8, at + 8 + size
        at += 8 + size + size % 2


def webp_size(found: Mapping[bytes, bytes]) -> tuple[int, int] | None:
    """The canvas. Read here because the decoder allocates it as soon as it is opened."""
    if head := found.get(b"VP8X"):
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if head := found.get(b"VP8L"):
        packed = int.from_bytes(head[1:5], "little")
        return 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    if head := found.get(b"VP8 "):
        return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF
    return None


# --- GIF (CompuServe, 1989) -------------------------------------------------------------------------------

_GIF_IMAGE, _GIF_EXTENSION, GIF_TRAILER = 0x2C, 0x21, 0x3B
GIF_XMP = b"\x21\xff\x0bXMP DataXMP"
GIF_XMP_TRAILER = b"\x01" + bytes(range(0xFF, -1, -1)) + b"\0"
"""What ends a packet (XMP part 3, 1.1.2). The packet lies there in one piece and its characters pass for
lengths of sub-blocks; wherever a reader that follows those comes to, from here each byte leads to the end."""


def _gif(data: bytes) -> Parts:
    sections = list(gif_sections(data))
    packets = (_gif_xmp(data[start:end]) for kind, start, end in sections if kind == _GIF_EXTENSION)
    return Parts(
        picture=data,
        size=(int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")),
        bits=8,
        frames=max(1, sum(kind == _GIF_IMAGE for kind, _, _ in sections)),
        xmp=next((packet for packet in packets if packet), None),
    )


def _gif_xmp(section: bytes) -> bytes | None:
    """The packet of an XMP extension; also of one that was written in sub-blocks, as all others are."""
    if not section.startswith(GIF_XMP):
        return None
    packet, trailer, _ = section[len(GIF_XMP) :].partition(GIF_XMP_TRAILER[:4])
    return packet if trailer else b"".join(_gif_blocks(section, len(GIF_XMP)))


def gif_sections(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield kind, start and end of each section: an image, an extension, the trailer."""
    at = 13 + _gif_table(data[10:11])
    while at < len(data):
        kind, start = data[at], at
        if kind == _GIF_IMAGE:
            at = _gif_blocks_end(data, at + 11 + _gif_table(data[at + 9 : at + 10]))
        elif kind == _GIF_EXTENSION:
            at = _gif_blocks_end(data, at + 2)
        else:
            at += 1
        yield kind, start, at
        if kind == GIF_TRAILER:
            return


def _gif_table(flags: bytes) -> int:
    """Bytes of the colour table that these flags announce."""
    return 3 << (1 + (flags[0] & 7)) if flags and flags[0] & 0x80 else 0


def _gif_blocks_end(data: bytes, at: int) -> int:
    """The position after a chain of sub-blocks, each led by its length; a length of 0 ends it."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1


def _gif_blocks(data: bytes, at: int) -> Iterator[bytes]:
    while at < len(data) and data[at]:
        yield data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]


# --- TIFF -------------------------------------------------------------------------------------------------

_WIDTH, _HEIGHT, _BITS_PER_SAMPLE = 256, 257, 258
_XMP_TAG, _IPTC_TAG, _PHOTOSHOP_TAG, _ICC_TAG = 700, 33723, 34377, 34675


def _tiff(data: bytes) -> Parts:
    structure = tiff.read(data)
    image: tiff.Directory = structure.image if structure else {}
    width, height = tiff.number(image, _WIDTH), tiff.number(image, _HEIGHT)
    return Parts(
        picture=data,
        size=(int(width), int(height)) if width and height else None,
        bits=int(tiff.number(image, _BITS_PER_SAMPLE) or 1),
        frames=max(1, structure.pages if structure else 1),
        exif=data,
        iptc=tiff.raw(image, _IPTC_TAG) or iptc.from_photoshop(tiff.raw(image, _PHOTOSHOP_TAG) or b""),
        xmp=tiff.raw(image, _XMP_TAG),
        icc=tiff.raw(image, _ICC_TAG),
    )


# --- AVIF and HEIF (ISO/IEC 14496-12) ---------------------------------------------------------------------


_AV1_CONFIGURATION = b"av1C"
_HIGH_BIT_DEPTH, _TWELVE_BIT = 0x40, 0x20  # flags in the third byte (AV1 in ISOBMFF, 2.3.3)


def _heif(data: bytes) -> Parts:
    """All is left to the decoder, which finds metadata and size without decoding pixels."""
    return Parts(picture=data)


def _avif(data: bytes) -> Parts:
    """All but the bit depth, which Pillow does not tell."""
    configuration = data.find(_AV1_CONFIGURATION)
    flags = int.from_bytes(data[configuration + 6 : configuration + 7], "big") if configuration >= 0 else 0
    depth = 8 if not flags & _HIGH_BIT_DEPTH else 12 if flags & _TWELVE_BIT else 10
    return Parts(picture=data, bits=depth)


_SPLITTERS: Mapping[str, Callable[[bytes], Parts]] = {
    JPEG.name: _jpeg,
    PNG.name: _png,
    WEBP.name: _webp,
    GIF.name: _gif,
    TIFF.name: _tiff,
    AVIF.name: _avif,
    HEIC.name: _heif,
    HEIF.name: _heif,
}
