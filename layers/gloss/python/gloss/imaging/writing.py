"""Writes metadata into a file without touching its pixels: all that holds them is copied byte for byte.

JPEG gets XMP (APP1) and IPTC-IIM (APP13), PNG an ``iTXt`` chunk, WebP an ``XMP`` chunk. Whatever else a file
carries (EXIF with its position, ICC profile, thumbnails, XMP properties of others) stays as it is.
Standard library only.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal

from gloss.errors import CorruptImage, PayloadTooLarge, UnsupportedMediaType
from gloss.imaging import exif, iptc, iptc_block, tiff, xmp, xmp_extended, xmp_packet
from gloss.imaging.containers import (
    EXIF_HEADER,
    PHOTOSHOP_HEADER,
    PNG_XMP,
    START_OF_SCAN,
    XMP_HEADER,
    jpeg_segments,
    png_chunks,
    png_xmp,
    webp_chunks,
    webp_size,
)
from gloss.imaging.formats import JPEG, PNG, WEBP, sniff
from gloss.imaging.xmp_packet import X_DEFAULT, Properties
from gloss.records import dataclass

Part = Literal["title", "caption", "alt_text", "description", "keywords"]

_XMP: Final[Mapping[Part, frozenset[str]]] = {
    "title": frozenset({xmp.TITLE, xmp.HEADLINE}),
    "caption": frozenset({xmp.DESCRIPTION}),
    "alt_text": frozenset({xmp.ALT_TEXT}),
    "description": frozenset({xmp.EXTENDED_DESCRIPTION}),
    "keywords": frozenset({xmp.SUBJECT}),
}
_IPTC: Final[Mapping[Part, frozenset[int]]] = {
    "title": frozenset({iptc.TITLE, iptc.HEADLINE}),
    "caption": frozenset({iptc.CAPTION}),
    "keywords": frozenset({iptc.KEYWORDS}),
}


@dataclass(frozen=True, slots=True)
class Texts:
    """What to write; of what is empty the file keeps its own, unless it is ``cleared``: that is removed from
    the file, wherever a reader would find it. ``language`` is a BCP 47 tag where known.
    """

    title: str = ""
    caption: str = ""
    alt_text: str = ""
    description: str = ""
    keywords: Sequence[str] = ()
    language: str | None = None
    cleared: frozenset[Part] = frozenset()

    @property
    def _short_description(self) -> str:
        """The caption; the description stands in for one that nobody emptied."""
        return self.caption or ("" if "caption" in self.cleared else self.description)

    def properties(self) -> Properties:
        """As XMP: the default text, and the same under its language."""
        texts = {
            xmp.TITLE: self.title,
            xmp.DESCRIPTION: self._short_description,
            xmp.ALT_TEXT: self.alt_text,
            xmp.EXTENDED_DESCRIPTION: self.description,
        }
        tags = (X_DEFAULT, self.language) if self.language else (X_DEFAULT,)
        return Properties(
            alternatives={name: dict.fromkeys(tags, text) for name, text in texts.items() if text},
            plain={xmp.HEADLINE: self.title} if self.title else {},
            lists={xmp.SUBJECT: list(self.keywords)} if self.keywords else {},
            removed=frozenset(name for part in self.cleared for name in _XMP[part]),
        )

    def datasets(self) -> list[tuple[int, str]]:
        """As IPTC-IIM."""
        single = (
            (iptc.TITLE, self.title),
            (iptc.HEADLINE, self.title),
            (iptc.CAPTION, self._short_description),
        )
        return [
            *((number, text) for number, text in single if text),
            *((iptc.KEYWORDS, keyword) for keyword in self.keywords),
        ]

    @property
    def removed_datasets(self) -> frozenset[int]:
        return frozenset(number for part in self.cleared for number in _IPTC.get(part, ()))

    @property
    def removed_tags(self) -> frozenset[int]:
        """Of EXIF."""
        return frozenset(tag for part in self.cleared for tag in exif.TEXTS.get(part, ()))


def write(data: bytes, texts: Texts) -> bytes:
    """The file with the texts in it.

    Raises:
        UnsupportedMediaType: texts cannot be written into files of this format.
        CorruptImage: its structure is damaged.
        PayloadTooLarge: the file's own XMP leaves no room in the one segment that JPEG has for it.
    """
    format_ = sniff(data)
    if format_ is None or format_.mime not in WRITABLE:
        raise UnsupportedMediaType(
            "Metadata cannot be written into files of this format.", accepted=sorted(WRITABLE)
        )
    blanked = _blanked(data, _EXIF_BLOCKS[format_.mime](data), texts.removed_tags)
    return WRITABLE[format_.mime](blanked, texts)


# --- EXIF: its texts are blanked where they stand, so that no offset changes -------------------------------


def _blanked(data: bytes, blocks: Iterable[tuple[int, int]], tags: frozenset[int]) -> bytes:
    """The file with zeros for the values of these tags in its EXIF blocks."""
    if not tags:
        return data
    changed = bytearray(data)
    for start, end in blocks:
        for first, last in tiff.places(data[start:end], tags):
            changed[start + first : start + last] = bytes(last - first)
    return bytes(changed)


def _exif_of_jpeg(data: bytes) -> Iterator[tuple[int, int]]:
    for marker, start, end in jpeg_segments(data):
        if marker == _APP1 and data.startswith(EXIF_HEADER, start + 4):
            yield start + 4 + len(EXIF_HEADER), end


def _exif_of_png(data: bytes) -> Iterator[tuple[int, int]]:
    return ((start + 8, end) for name, start, end in png_chunks(data) if name == b"eXIf")


def _exif_of_webp(data: bytes) -> Iterator[tuple[int, int]]:
    for name, start, end in webp_chunks(data):
        if name == b"EXIF":
            yield start + len(EXIF_HEADER) * data.startswith(EXIF_HEADER, start), end


# --- JPEG: segments in front of the first scan -------------------------------------------------------------

_APP0, _APP1, _APP13 = 0xE0, 0xE1, 0xED
_SEGMENT_BYTES: Final = 0xFFFF - 2
"""What a segment can hold besides its length."""


def _jpeg(data: bytes, texts: Texts) -> bytes:
    segments = list(jpeg_segments(data))
    if not segments or segments[-1][0] != START_OF_SCAN or segments[-1][2] > len(data):
        raise CorruptImage
    own = [(start, end) for marker, start, end in segments if _is_ours(data, marker, start)]
    packet = next(
        (data[start + 4 + len(XMP_HEADER) : end] for start, end in own if data[start + 1] == _APP1), None
    )
    extended = _extended(data, segments, texts)
    own += extended.cuts
    resources = b"".join(
        data[start + 4 + len(PHOTOSHOP_HEADER) : end] for start, end in own if data[start + 1] == _APP13
    )
    place = _behind_exif(data, segments)
    merged = iptc_block.merge(resources, texts.datasets(), texts.removed_datasets)
    added = _xmp_segment(packet, texts, extended) + extended.added + _photoshop_segments(merged)
    return _spliced(data, own, place, added)


@dataclass(frozen=True, slots=True)
class _Extended:
    """What becomes of extended XMP: what is cut out of the file and what comes instead, under which names;
    ``others``: texts of it in other languages, which move to the main packet.
    """

    cuts: Sequence[tuple[int, int]]
    added: bytes
    names: Mapping[bytes, bytes]
    others: xmp_packet.Others


def _extended(data: bytes, segments: Iterable[tuple[int, int, int]], texts: Texts) -> _Extended:
    """Readers take it for a part of the packet, so nothing may stand there that the packet says anew. What
    holds nothing of the kind stays byte for byte."""
    cuts: list[tuple[int, int]] = []
    added = b""
    names: dict[bytes, bytes] = {}
    others: dict[str, xmp_packet.Alternatives] = {}
    places = [
        (start, end)
        for marker, start, end in segments
        if marker == _APP1 and data.startswith(xmp_extended.HEADER, start + 4)
    ]
    for found in xmp_extended.whole(data, places):
        rest, texts_elsewhere = xmp_packet.cut(found.packet, texts.properties())
        if rest == found.packet:
            continue
        cuts += found.places
        added += b"".join(_segment(_APP1, body) for body in xmp_extended.bodies(rest))
        names[found.guid] = xmp_extended.guid(rest)
        others |= texts_elsewhere
    return _Extended(cuts, added, names, others)


def _is_ours(data: bytes, marker: int, start: int) -> bool:
    """Whether a segment holds the XMP packet or Photoshop's resources."""
    return (marker == _APP1 and data.startswith(XMP_HEADER, start + 4)) or (
        marker == _APP13 and data.startswith(PHOTOSHOP_HEADER, start + 4)
    )


def _behind_exif(data: bytes, segments: Sequence[tuple[int, int, int]]) -> int:
    """JFIF and EXIF go first: readers expect them there (Exif 2.32, 4.5.4)."""
    place = 2
    for marker, start, end in segments:
        if marker != _APP0 and not (marker == _APP1 and data.startswith(EXIF_HEADER, start + 4)):
            break
        place = end
    return place


def _xmp_segment(packet: bytes | None, texts: Texts, extended: _Extended) -> bytes:
    merged = xmp_packet.merge(packet, texts.properties(), extended.others)
    for before, after in extended.names.items():
        merged = merged.replace(before, after)
    room = _SEGMENT_BYTES - len(XMP_HEADER)
    if len(merged) > room:
        merged = xmp_packet.without_padding(merged)
    if len(merged) > room:
        raise PayloadTooLarge("The XMP of the file leaves no room for more.", size=len(merged), limit=room)
    return _segment(_APP1, XMP_HEADER + merged)


def _photoshop_segments(resources: bytes) -> bytes:
    room = _SEGMENT_BYTES - len(PHOTOSHOP_HEADER)
    return b"".join(
        _segment(_APP13, PHOTOSHOP_HEADER + resources[start : start + room])
        for start in range(0, len(resources), room)
    )


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def _spliced(data: bytes, cuts: Sequence[tuple[int, int]], place: int, added: bytes) -> bytes:
    """The file without the cuts (in order) and with ``added`` at ``place``, which lies in none of them."""
    parts: list[bytes] = []
    at = 0
    for start, end in sorted([*cuts, (place, place)]):
        parts.append(data[at:start])
        if start == end:
            parts.append(added)
        at = end
    return b"".join([*parts, data[at:]])


# --- PNG: one text chunk right behind the header ------------------------------------------------------------


def _png(data: bytes, texts: Texts) -> bytes:
    chunks = list(png_chunks(data))
    if not chunks or chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND" or chunks[-1][2] + 4 > len(data):
        raise CorruptImage
    own = [
        (start, end + 4)
        for name, start, end in chunks
        if name == b"iTXt" and data.startswith(PNG_XMP, start + 8)
    ]
    packet = png_xmp(data[own[0][0] + 8 : own[0][1] - 4]) if own else None
    body = PNG_XMP + b"\0\0\0\0" + xmp_packet.merge(packet, texts.properties())
    sealed = _sealed(data, chunks) if texts.removed_tags else data
    return _spliced(sealed, own, chunks[0][2] + 4, _png_chunk(b"iTXt", body))


def _sealed(data: bytes, chunks: Sequence[tuple[bytes, int, int]]) -> bytes:
    """The file with the checksums that its EXIF has now."""
    sealed = bytearray(data)
    for name, start, end in chunks:
        if name == b"eXIf":
            sealed[start : end + 4] = _png_chunk(name, data[start + 8 : end])
    return bytes(sealed)


def _png_chunk(name: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(name + body)
    return len(body).to_bytes(4, "big") + name + body + checksum.to_bytes(4, "big")


# --- WebP: a chunk at the end, announced in the extended header ---------------------------------------------

_XMP_FLAG, _ALPHA_FLAG = 0x04, 0x10
_VP8L_ALPHA: Final = 1 << 28


def _webp(data: bytes, texts: Texts) -> bytes:
    size = 8 + int.from_bytes(data[4:8], "little")
    places = list(webp_chunks(data[:size]))
    chunks = [(name, data[start:end]) for name, start, end in places]
    found = dict(reversed(chunks))
    canvas = webp_size(found)
    if canvas is None or max(size, places[-1][2]) > len(data):
        raise CorruptImage
    packet = xmp_packet.merge(found.get(b"XMP "), texts.properties())
    head = found.get(b"VP8X") or _extended_header(canvas, has_alpha=_has_alpha(found))
    kept = [chunk for chunk in chunks if chunk[0] not in {b"VP8X", b"XMP "}]
    written = [(b"VP8X", bytes((head[0] | _XMP_FLAG,)) + head[1:]), *kept, (b"XMP ", packet)]
    body = b"WEBP" + b"".join(_webp_chunk(name, content) for name, content in written)
    return b"RIFF" + len(body).to_bytes(4, "little") + body + data[size:]


def _extended_header(canvas: tuple[int, int], *, has_alpha: bool) -> bytes:
    flags = _ALPHA_FLAG if has_alpha else 0
    return bytes((flags, 0, 0, 0)) + b"".join((side - 1).to_bytes(3, "little") for side in canvas)


def _has_alpha(found: Mapping[bytes, bytes]) -> bool:
    """Whether a lossless picture says so; a simple lossy one has none."""
    return bool(int.from_bytes(found.get(b"VP8L", b"")[1:5], "little") & _VP8L_ALPHA)


def _webp_chunk(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)


WRITABLE: Final[Mapping[str, Callable[[bytes, Texts], bytes]]] = MappingProxyType(
    {JPEG.mime: _jpeg, PNG.mime: _png, WEBP.mime: _webp}
)
"""Writers by media type."""

_EXIF_BLOCKS: Final[Mapping[str, Callable[[bytes], Iterator[tuple[int, int]]]]] = MappingProxyType(
    {JPEG.mime: _exif_of_jpeg, PNG.mime: _exif_of_png, WEBP.mime: _exif_of_webp}
)
