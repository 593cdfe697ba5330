"""Extended XMP of a JPEG: what one segment has no room for (XMP specification, part 3, 1.1.3.1).

Its bytes lie in APP1 segments of their own, each with the MD5 of the whole, its length, and the place of the
part in it. The main packet names that MD5; readers take what it names for a part of it.
"""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from typing import Final

from gloss.records import dataclass

HEADER: Final = b"http://ns.adobe.com/xmp/extension/\0"
_HEAD: Final = struct.Struct(">32sII")
_PART_BYTES: Final = 65_400
"""As much as the specification says; a segment would hold a few bytes more."""


@dataclass(frozen=True, slots=True)
class Extension:
    """A packet in parts: its name, and where its segments begin and end in the file."""

    guid: bytes
    packet: bytes
    places: tuple[tuple[int, int], ...]


def whole(data: bytes, segments: Sequence[tuple[int, int]]) -> Iterator[Extension]:
    """The packets of which every part is there; ``segments`` are those with the header."""
    parts: dict[tuple[bytes, int], dict[int, tuple[int, int]]] = {}
    for start, end in segments:
        head = data[start + 4 + len(HEADER) : end][: _HEAD.size]
        if len(head) == _HEAD.size:
            guid, length, offset = _HEAD.unpack(head)
            parts.setdefault((guid, length), {})[offset] = (start, end)
    for (guid, length), found in parts.items():
        packet = b"".join(
            data[found[offset][0] + 4 + len(HEADER) + _HEAD.size : found[offset][1]]
            for offset in sorted(found)
        )
        if len(packet) == length:
            yield Extension(guid, packet, tuple(found.values()))


def guid(packet: bytes) -> bytes:
    """What the main packet calls it by."""
    return hashlib.md5(packet, usedforsecurity=False).hexdigest().upper().encode()


def bodies(packet: bytes) -> Iterator[bytes]:
    """What its segments hold."""
    for offset in range(0, len(packet), _PART_BYTES):
        head = _HEAD.pack(guid(packet), len(packet), offset)
        yield HEADER + head + packet[offset : offset + _PART_BYTES]
