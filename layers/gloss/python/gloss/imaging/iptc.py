"""Reads IPTC-IIM records (IIM 4.2) out of the Photoshop image resources that carry them."""

from collections.abc import Iterator
from itertools import islice

from gloss.imaging.text import decode

TITLE = 5
KEYWORDS = 25
BYLINE = 80
HEADLINE = 105
COPYRIGHT = 116
CAPTION = 120

_SIGNATURE = b"8BIM"
RESOURCE = 0x0404
"""The Photoshop image resource that carries the block."""

_TAG_MARKER = 0x1C
_APPLICATION_RECORD = 2
_CODED_CHARACTER_SET = (1, 90)
_UTF8_ESCAPE = b"\x1b%G"  # ISO 2022: what record 1:90 holds when the text is UTF-8
_MAX_DATASETS = 2000

Records = dict[int, list[str]]
"""The texts of record 2 by dataset number, in file order."""


def from_photoshop(data: bytes) -> bytes | None:
    """The IPTC block of a sequence of Photoshop image resources, None when there is none."""
    return next((body for code, _, body in _resources(data) if code == RESOURCE), None)


def resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the code of each Photoshop image resource and the whole of its bytes."""
    for code, whole, _ in _resources(data):
        yield code, whole


def _resources(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    at = 0
    while data.startswith(_SIGNATURE, at) and at + 12 <= len(data):
        code = int.from_bytes(data[at + 4 : at + 6], "big")
        name = data[at + 6] + 1
        body = at + 6 + name + name % 2
        size = int.from_bytes(data[body : body + 4], "big")
        end = body + 4 + size + size % 2
        yield code, data[at:end], data[body + 4 : body + 4 + size]
        at = end


def read(block: bytes) -> Records:
    """Decode the application record; what follows a malformed dataset is left out."""
    utf8 = False
    records: Records = {}
    for record, number, value in islice(datasets(block), _MAX_DATASETS):
        if (record, number) == _CODED_CHARACTER_SET:  # record 1, so it comes before any text
            utf8 = value == _UTF8_ESCAPE
        elif record == _APPLICATION_RECORD:
            text = value.decode("utf-8", "replace") if utf8 else decode(value)
            records.setdefault(number, []).append(text)
    return records


def datasets(block: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield (record, number, value) up to the first malformed dataset."""
    at = 0
    while at + 5 <= len(block) and block[at] == _TAG_MARKER:
        size = int.from_bytes(block[at + 3 : at + 5], "big")
        start = at + 5
        if size & 0x8000:  # an extended dataset: the length of the length
            width = size & 0x7FFF
            size = int.from_bytes(block[start : start + width], "big")
            start += width
        if start + size > len(block):
            return
        yield block[at + 1], block[at + 2], block[start : start + size]
        at = start + size
