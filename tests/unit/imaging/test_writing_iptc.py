"""The IPTC block of a JPEG beside what others keep there."""

import hashlib
import struct

from gloss.imaging import iptc, xmp
from gloss.imaging.containers import (
    PHOTOSHOP_HEADER,
    XMP_HEADER,
    jpeg_segments,
    take_apart,
)
from gloss.imaging.formats import JPEG
from gloss.imaging.writing import Texts, write
from tests.unit.imaging.written import (
    SUBJECTS,
    TEXTS,
    properties,
    records,
    with_segments,
)


def resource(code: int, body: bytes) -> bytes:
    return (
        b"8BIM"
        + struct.pack(">H", code)
        + b"\0\0"
        + struct.pack(">I", len(body))
        + body
        + b"\0" * (len(body) % 2)
    )


def dataset(record: int, number: int, value: bytes) -> bytes:
    return bytes((0x1C, record, number)) + struct.pack(">H", len(value)) + value


def test_iptc_of_others_stays_and_becomes_utf_8() -> None:
    block = (
        dataset(1, 0, b"\0\4")
        + dataset(2, 0, b"\0\2")
        + dataset(2, 80, "Jürgen".encode("cp1252"))
        + dataset(2, 5, b"Old title")
        + dataset(2, 202, b"\xff\xd8binary")
    )
    thumbnail = resource(0x040C, b"thumbnail")
    resources = thumbnail + resource(0x0404, block) + resource(0x0425, b"0" * 16) + resource(0x03ED, b"odd")
    data = write(with_segments((0xED, PHOTOSHOP_HEADER + resources)), TEXTS)

    assert records(data)[iptc.BYLINE] == ["Jürgen"]
    assert records(data)[iptc.TITLE] == [TEXTS.title]
    assert records(data)[iptc.KEYWORDS] == list(TEXTS.keywords)
    assert records(data)[iptc.CAPTION] == [TEXTS.caption]
    assert thumbnail in data
    assert resource(0x03ED, b"odd") in data
    assert dataset(2, 202, b"\xff\xd8binary") in data
    assert b"Old title" not in data


def test_the_digest_fits_the_block() -> None:
    data = write(SUBJECTS["jpeg"], TEXTS)
    block = take_apart(data, JPEG).iptc or b""

    assert resource(0x0425, hashlib.md5(block, usedforsecurity=False).digest()) in data


def test_utf_8_stays_as_it_is() -> None:
    block = dataset(1, 90, b"\x1b%G") + dataset(2, 80, "Jürgen".encode())
    data = write(with_segments((0xED, PHOTOSHOP_HEADER + resource(0x0404, block))), TEXTS)

    assert records(data)[iptc.BYLINE] == ["Jürgen"]


def test_texts_are_cut_to_what_iptc_allows_in_whole_characters() -> None:
    data = write(SUBJECTS["jpeg"], Texts(title="ä" * 300, caption="x" * 5000, keywords=("ö" * 40,)))

    assert records(data)[iptc.TITLE] == ["ä" * 32]
    assert records(data)[iptc.HEADLINE] == ["ä" * 128]
    assert records(data)[iptc.CAPTION] == ["x" * 2000]
    assert records(data)[iptc.KEYWORDS] == ["ö" * 32]
    assert properties(data, JPEG)[xmp.TITLE][0] == "ä" * 300


def test_long_resources_are_spread_over_segments() -> None:
    long = resource(0x0FA0, b"p" * 60_000) + resource(0x0FA1, b"q" * 60_000)
    parts = [PHOTOSHOP_HEADER + long[:60_000], PHOTOSHOP_HEADER + long[60_000:]]
    data = write(with_segments((0xED, parts[0]), (0xED, parts[1])), TEXTS)
    joined = b"".join(
        data[start + 4 + len(PHOTOSHOP_HEADER) : end]
        for marker, start, end in jpeg_segments(data)
        if marker == 0xED
    )

    assert long in joined
    assert records(data)[iptc.TITLE] == [TEXTS.title]


def test_long_datasets_keep_their_long_form() -> None:
    value = b"d" * 40_000
    block = dataset(2, 0, b"\0\4") + b"\x1c\x02\xca\x80\x04" + struct.pack(">I", len(value)) + value
    data = write(with_segments((0xED, PHOTOSHOP_HEADER + resource(0x0404, block))), TEXTS)

    assert (2, 202, value) in list(iptc.datasets(take_apart(data, JPEG).iptc or b""))


def test_jfif_and_exif_stay_in_front_and_extended_xmp_stays() -> None:
    extended = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 40 + b"the rest"
    data = write(with_segments((0xE1, b"Exif\0\0II*\0\x08\0\0\0\0\0"), (0xE1, extended)), TEXTS)
    bodies = [data[start + 4 : end] for marker, start, end in jpeg_segments(data)]

    assert bodies[0].startswith(b"Exif\0\0")
    assert bodies[1].startswith(XMP_HEADER)
    assert bodies[2].startswith(PHOTOSHOP_HEADER)
    assert extended in bodies
