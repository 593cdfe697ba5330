"""Reads the directories of a TIFF structure: that of a TIFF file, and that of an EXIF block in any file.

TIFF 6.0, section 2; BigTIFF; EXIF 3.0, section 4.6. Offsets and counts are taken from the file, so each is
checked against the bytes that are there; what points elsewhere is left out, and nothing here raises. Nor is
what a type says believed: an offset may come as a negative number or as a fraction, a number as infinity.
"""

import math
import struct
from collections.abc import Collection, Iterator, Mapping

from gloss.records import dataclass

Value = bytes | tuple[float, ...]
"""Bytes for the types BYTE, ASCII and UNDEFINED; finite numbers for all others, rationals already divided."""

Directory = Mapping[int, Value]

_EXIF_POINTER = 0x8769
_TIFF_VERSION, _BIGTIFF_VERSION = 42, 43
_SMALLEST = 16  # a BigTIFF header; no TIFF with an entry is shorter
_MAX_ENTRIES = 1000
_MAX_VALUE_BYTES = 4 * 2**20
_MAX_PAGES = 10_000

_BYTE_TYPES = frozenset({1, 2, 6, 7})
_NUMBER_TYPES = dict(
    zip((3, 4, 5, 8, 9, 10, 11, 12, 13, 16, 17, 18), ("H", "L", "LL", "h", "l", "ll", *"fdLQqQ"), strict=True)
)
_RATIONAL_TYPES = frozenset({5, 10})


@dataclass(frozen=True, slots=True)
class Tiff:
    """The first image directory, the EXIF directory it points to, the byte order, the number of pages.

    ``end`` is behind the last byte that the two directories and their values take.
    """

    image: Directory
    photo: Directory
    order: str
    pages: int
    end: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """Byte order and the widths that tell BigTIFF from TIFF; ``count`` and ``offset`` are struct codes."""

    order: str
    count: str
    offset: str
    first: int

    @property
    def entry(self) -> struct.Struct:
        return struct.Struct(f"{self.order}HH{self.offset}{struct.calcsize('=' + self.offset)}s")


def read(data: bytes) -> Tiff | None:
    """Read the structure, None when it does not start like one."""
    layout = _layout(data)
    if layout is None:
        return None
    image = _directory(data, layout, layout.first)
    pointer = int(number(image, _EXIF_POINTER) or 0)
    return Tiff(
        image=image,
        photo=_directory(data, layout, pointer) if pointer else {},
        order=layout.order,
        pages=sum(1 for _ in _pages(data, layout)),
        end=max(_directory_end(data, layout, at) for at in (layout.first, pointer)),
    )


def number(directory: Directory, tag: int) -> float | None:
    """The first number of an entry, None when there is none."""
    return next(iter(numbers(directory, tag)), None)


def numbers(directory: Directory, tag: int) -> tuple[float, ...]:
    """All numbers of an entry, empty when there are none."""
    value = directory.get(tag)
    return value if isinstance(value, tuple) else ()


def places(data: bytes, tags: Collection[int]) -> Iterator[tuple[int, int]]:
    """Where the bytes of entries with these tags stand, in the first directory and the EXIF directory."""
    layout, found = _layout(data), read(data)
    if layout is None or found is None:
        return
    pointer = number(found.image, _EXIF_POINTER)
    for directory in (layout.first, int(pointer) if pointer else None):
        if directory is not None:
            yield from _places(data, layout, directory, tags)


def _places(data: bytes, layout: _Layout, at: int, tags: Collection[int]) -> Iterator[tuple[int, int]]:
    for end, (tag, kind, count, inline) in _entries(data, layout, at):
        if tag not in tags or kind not in _BYTE_TYPES:
            continue
        start = end - len(inline)
        if count > len(inline):
            (start,) = struct.unpack(layout.order + layout.offset, inline)
        if start + count <= len(data):
            yield start, start + count


def raw(directory: Directory, tag: int) -> bytes | None:
    """The bytes of an entry, None when it is absent or numeric."""
    value = directory.get(tag)
    return value if isinstance(value, bytes) and value else None


def _layout(data: bytes) -> _Layout | None:
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < _SMALLEST:
        return None
    version, first = struct.unpack_from(f"{order}HL", data, 2)
    if version == _TIFF_VERSION:
        return _Layout(order, "H", "L", first)
    if version == _BIGTIFF_VERSION:
        return _Layout(order, "Q", "Q", struct.unpack_from(f"{order}Q", data, 8)[0])
    return None


def _directory(data: bytes, layout: _Layout, at: int) -> dict[int, Value]:
    """Read the values; never more bytes than the file has, or many entries could share a large value."""
    entries: dict[int, Value] = {}
    budget = len(data)
    for _, (tag, kind, count, inline) in _entries(data, layout, at):
        code = _code(kind)
        size = count * struct.calcsize("=" + code)
        if not 0 < size <= min(budget, _MAX_VALUE_BYTES):
            continue
        budget -= size
        body = inline[:size] if size <= len(inline) else _outside(data, layout, inline, size)
        value = body if body is None or code == "s" else _numbers(layout, kind, code, count, body)
        if value is not None:
            entries.setdefault(tag, value)
    return entries


def _directory_end(data: bytes, layout: _Layout, at: int) -> int:
    """Behind the last byte of a directory and of its values, 0 where there is none."""
    table = _table(data, layout, at) if at else None
    if table is None:
        return 0
    ends = [table[0] + table[1] * layout.entry.size + struct.calcsize("=" + layout.offset)]
    for _, (_, kind, count, inline) in _entries(data, layout, at):
        size = count * struct.calcsize("=" + _code(kind))
        if size > len(inline):
            ends.append(struct.unpack(layout.order + layout.offset, inline)[0] + size)
    return max((end for end in ends if end <= len(data)), default=0)


def _code(kind: int) -> str:
    """The struct code of a type, empty where it is none."""
    return "s" if kind in _BYTE_TYPES else _NUMBER_TYPES.get(kind, "")


def _entries(data: bytes, layout: _Layout, at: int) -> Iterator[tuple[int, tuple[int, int, int, bytes]]]:
    """Each entry (tag, type, count, value or offset) behind the position of its end."""
    entry, table = layout.entry, _table(data, layout, at)
    if table is None:
        return
    start, count = table
    for index in range(min(count, _MAX_ENTRIES)):
        position = start + index * entry.size
        if position + entry.size > len(data):
            return
        yield position + entry.size, entry.unpack_from(data, position)


def _table(data: bytes, layout: _Layout, at: int) -> tuple[int, int] | None:
    """Where the entries of the directory at this offset start, and how many it claims to have."""
    width = struct.calcsize("=" + layout.count)
    if not 0 <= at <= len(data) - width:
        return None
    return at + width, struct.unpack_from(layout.order + layout.count, data, at)[0]


def _numbers(layout: _Layout, kind: int, code: str, count: int, body: bytes) -> tuple[float, ...] | None:
    unpacked = struct.unpack(f"{layout.order}{count * len(code)}{code[0]}", body)
    numbers = _divide(unpacked) if kind in _RATIONAL_TYPES else unpacked
    return numbers if numbers is not None and all(map(math.isfinite, numbers)) else None


def _outside(data: bytes, layout: _Layout, inline: bytes, size: int) -> bytes | None:
    at = struct.unpack(layout.order + layout.offset, inline)[0]
    return data[at : at + size] if at + size <= len(data) else None


def _divide(halves: tuple[int, ...]) -> tuple[float, ...] | None:
    pairs = tuple(zip(halves[::2], halves[1::2], strict=True))
    return tuple(above / below for above, below in pairs) if all(below for _, below in pairs) else None


def _pages(data: bytes, layout: _Layout) -> Iterator[int]:
    """Follow the chain of image directories; offset 0, or one seen before, ends it."""
    at, seen = layout.first, set[int]()
    while (
        at and at not in seen and len(seen) < _MAX_PAGES and (table := _table(data, layout, at)) is not None
    ):
        seen.add(at)
        yield at
        link = table[0] + table[1] * layout.entry.size
        if link + struct.calcsize("=" + layout.offset) > len(data):
            return
        at = struct.unpack_from(layout.order + layout.offset, data, link)[0]
