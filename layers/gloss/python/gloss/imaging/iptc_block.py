"""Writes our texts into the IPTC-IIM block of a JPEG's Photoshop resources and leaves the rest of both.

Old software reads only this. Its fields are short: longer texts are cut here, and whole in XMP.
"""

import hashlib
from collections.abc import Collection, Sequence
from typing import Final

from gloss.imaging import iptc, text

_LIMITS: Final = {iptc.TITLE: 64, iptc.KEYWORDS: 64, iptc.HEADLINE: 256, iptc.CAPTION: 2000}
"""Octets that IIM 4.2 allows."""

_DIGEST: Final = 0x0425
"""Photoshop's MD5 of the block, by which readers tell whether somebody changed it and forgot XMP."""

_BINARY: Final = frozenset({0, 200, 201, 202})
"""Datasets of record 2 that are no text: the record's version, and object previews."""

_APPLICATION: Final = 2
_VERSION: Final = (_APPLICATION, 0, b"\0\x04")
_LONG: Final = 0x8000
"""From this length on, the length has a length of its own."""

_UTF8: Final = (1, 90, b"\x1b%G")

Dataset = tuple[int, int, bytes]
Texts = Sequence[tuple[int, str]]
"""Texts by dataset number; a number that comes more than once is a list."""


def merge(resources: bytes, texts: Texts, removed: Collection[int] = ()) -> bytes:
    """The image resources with these texts in their IPTC block and without the datasets to remove, everything
    of it in UTF-8.
    """
    block = _block(iptc.from_photoshop(resources), texts, removed)
    digest = hashlib.md5(block, usedforsecurity=False).digest()
    kept = [resource for code, resource in iptc.resources(resources) if code not in {iptc.RESOURCE, _DIGEST}]
    return b"".join([*kept, _resource(iptc.RESOURCE, block), _resource(_DIGEST, digest)])


def _block(standing: bytes | None, texts: Texts, removed: Collection[int]) -> bytes:
    ours = {*removed, *(number for number, _ in texts)}
    old = list(iptc.datasets(standing or b""))
    is_utf8 = _UTF8 in old
    envelope = [dataset for dataset in old if dataset[0] == 1 and dataset[:2] != _UTF8[:2]]
    rest = [dataset for dataset in old if dataset[0] > 1]
    kept = [
        dataset if is_utf8 else _in_utf8(dataset)
        for dataset in rest
        if not (dataset[0] == _APPLICATION and dataset[1] in ours)
    ]
    version = [] if any(dataset[:2] == _VERSION[:2] for dataset in kept) else [_VERSION]
    added = [(_APPLICATION, number, _cut(value, _LIMITS[number])) for number, value in texts]
    return b"".join(map(_encoded, [*sorted([*envelope, _UTF8]), *version, *kept, *added]))


def _in_utf8(dataset: Dataset) -> Dataset:
    record, number, value = dataset
    if record != _APPLICATION or number in _BINARY or value.isascii():
        return dataset
    return record, number, text.decode(value).encode()


def _cut(value: str, limit: int) -> bytes:
    """As much of the text as fits, in whole characters."""
    return value.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore").encode()


def _encoded(dataset: Dataset) -> bytes:
    record, number, value = dataset
    head = bytes((0x1C, record, number))
    if len(value) < _LONG:
        return head + len(value).to_bytes(2, "big") + value
    return head + b"\x80\x04" + len(value).to_bytes(4, "big") + value


def _resource(code: int, body: bytes) -> bytes:
    padding = b"\0" * (len(body) % 2)
    return b"8BIM" + code.to_bytes(2, "big") + b"\0\0" + len(body).to_bytes(4, "big") + body + padding
