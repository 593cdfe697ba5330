"""TIFF structures whose entries are of any type and hold any values, the impossible ones above all."""

import struct
from collections.abc import Mapping, Sequence
from math import inf, nan
from typing import Final

from hypothesis import strategies as st

Entry = tuple[int, Sequence[float]]
"""Type and values of an entry; a rational's numerators and denominators alternate."""

PHOTO: Final = 0x8769

_CODES: Final = dict(
    zip((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 18), "BBHLLbBhllfdLQqQ", strict=True)
)
_RATIONALS: Final = (5, 10)
_FLOATS: Final = {11: 3.4e38, 12: 1.7e308}

# All that the readers look at: sizes, places, orientation, camera, texts, moments, other metadata.
TAGS: Final = (
    *(256, 257, 258, 259, 262, 273, 274, 277, 278, 279, 322, 323, 324, 325),
    *(0x010E, 0x010F, 0x0110, 0x0112, 0x0131, 0x013B, 0x8298, PHOTO),
    *(0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x829A, 0x829D, 0x8827, 0x9209, 0x920A, 0xA405, 0xA434, 0x9286),
    *(0x9003, 0x9004, 0x9011, 0x9012, 0x9291, 0x9292, 700, 33723, 34377, 34675),
)


def extremes(kind: int) -> tuple[float, ...]:
    """Values of a type, the worst first; there are none that a type cannot hold."""
    if kind in _FLOATS:
        return (inf, -inf, nan, _FLOATS[kind], -_FLOATS[kind], -1.0, 0.5, 0.0)
    code = _CODES.get(kind, "L")
    bits = 8 * struct.calcsize("=" + code)
    if code.islower():
        return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, -1, 0, 1)
    return (2**bits - 1, 2 ** (bits - 1), 0, 1)


def structure(
    image: Mapping[int, Entry],
    photo: Mapping[int, Entry] | None = None,
    *,
    order: str = "<",
    big: bool = False,
) -> bytes:
    """A TIFF or (``big``) BigTIFF of these directories. The pointer to ``photo`` is right, unless it is an
    entry of ``image`` itself."""
    word, head = ("Q", 16) if big else ("L", 8)
    mark = b"II" if order == "<" else b"MM"
    version = struct.pack(f"{order}HHHQ", 43, 8, 0, head) if big else struct.pack(f"{order}HL", 42, head)
    entries = dict(image)
    if photo is None:
        return mark + version + _directory(entries, head, order, word)
    entries.setdefault(PHOTO, (16 if big else 4, [0]))
    length = len(_directory(entries, head, order, word))
    if PHOTO not in image:
        entries[PHOTO] = (entries[PHOTO][0], [head + length])
    return (
        mark
        + version
        + _directory(entries, head, order, word)
        + _directory(photo, head + length, order, word)
    )


def _directory(entries: Mapping[int, Entry], at: int, order: str, word: str) -> bytes:
    """A directory that lies at ``at``, and behind it the values that are too long for their entry."""
    count, room = ("Q", 8) if word == "Q" else ("H", 4)
    table = struct.calcsize("=" + count) + len(entries) * (4 + 2 * room) + room
    rows, values = b"", b""
    for tag, (kind, numbers) in sorted(entries.items()):
        body = struct.pack(f"{order}{len(numbers)}{_CODES.get(kind, 'L')}", *numbers)
        items = len(numbers) // 2 if kind in _RATIONALS else len(numbers)
        inline = body
        if len(body) > room:
            inline = struct.pack(order + word, at + table + len(values))
            values += body
        rows += struct.pack(f"{order}HH{word}", tag, kind, items) + inline.ljust(room, b"\0")
    return struct.pack(order + count, len(entries)) + rows + bytes(room) + values


@st.composite
def _entry(draw: st.DrawFn) -> Entry:
    kind = draw(st.sampled_from((*_CODES, 0, 14, 99)))
    value = st.sampled_from(extremes(kind))
    return kind, draw(st.lists(value, min_size=2 if kind in _RATIONALS else 0, max_size=6))


_DIRECTORY: Final = st.dictionaries(st.sampled_from(TAGS), _entry(), max_size=12)

STRUCTURES: Final = st.builds(
    structure, _DIRECTORY, st.none() | _DIRECTORY, order=st.sampled_from("<>"), big=st.booleans()
)
"""Well-formed as a whole, with entries of every type and of types that there are not."""
