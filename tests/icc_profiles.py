"""ICC profiles made of their tags: of wide colours, and of kinds that nobody ships."""

from collections.abc import Mapping, Sequence
from typing import Final

_D50: Final = (0.9642, 1.0, 0.8249)

DISPLAY_P3: Final = ((0.5151, 0.2412, -0.0011), (0.2919, 0.6922, 0.0419), (0.1572, 0.0666, 0.7841))
"""Red, green and blue of the displays of phones, adapted to D50 (SMPTE EG 432-1, by way of Bradford)."""

_SRGB_CURVE: Final = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def icc_profile(kind: bytes, tags: Mapping[bytes, bytes], *, version: int = 2) -> bytes:
    """A minimal ICC profile (ICC.1:2001-04, or 4.x); ``kind``: class, colour and connection space."""
    white = _numbers(_D50)
    name = b"desc\0\0\0\0\0\0\0\5test\0".ljust(104, b"\0")
    tags = {b"desc": name, b"wtpt": b"XYZ \0\0\0\0" + white, **tags}
    offset, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for tag, value in tags.items():
        table += tag + (offset + len(body)).to_bytes(4, "big") + len(value).to_bytes(4, "big")
        body += value + bytes(-len(value) % 4)
    size = (offset + len(body)).to_bytes(4, "big")
    head = size + b"\0\0\0\0" + bytes((version, 0x40, 0, 0)) + kind + bytes(12) + b"acsp" + bytes(28) + white
    return head.ljust(128, b"\0") + len(tags).to_bytes(4, "big") + table + body


def display_p3() -> bytes:
    """Display P3 as phones write it: three primaries, and the curve of sRGB as a formula."""
    curve = b"para\0\0\0\0\0\3\0\0" + _numbers(_SRGB_CURVE)
    tags = {b"rgb"[at : at + 1] + b"TRC": curve for at in range(3)}
    for at, primary in enumerate(DISPLAY_P3):
        tags[b"rgb"[at : at + 1] + b"XYZ"] = b"XYZ \0\0\0\0" + _numbers(primary)
    return icc_profile(b"mntrRGB XYZ ", tags, version=4)


def _numbers(values: Sequence[float]) -> bytes:
    """As signed 15.16."""
    return b"".join(round(value * 65536).to_bytes(4, "big", signed=True) for value in values)
