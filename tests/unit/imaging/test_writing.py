"""Metadata written into files: read back by us and by others, the pixels untouched byte for byte."""

import re
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from gloss.imaging import inspect, iptc, xmp
from gloss.imaging.containers import (
    png_chunks,
    take_apart,
    webp_chunks,
)
from gloss.imaging.formats import JPEG, PNG, WEBP
from gloss.imaging.writing import Part, Texts, write
from tests.unit.imaging.written import (
    FORMATS,
    PARTS,
    STANDING,
    SUBJECTS,
    TEXTS,
    encoded,
    format_of,
    frames,
    pixels_of,
    properties,
    records,
    with_texts_everywhere,
)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_pixels_are_copied_byte_for_byte(subject: str) -> None:
    before = SUBJECTS[subject]
    after = write(before, TEXTS)

    assert pixels_of(after, format_of(subject)) == pixels_of(before, format_of(subject))
    assert frames(after) == frames(before)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_our_own_reader_finds_what_was_written(subject: str) -> None:
    inspection = inspect(write(SUBJECTS[subject], TEXTS))

    embedded = inspection.embedded
    assert embedded.title == TEXTS.title
    assert embedded.caption == TEXTS.caption
    assert embedded.alt_text == TEXTS.alt_text
    assert embedded.extended_description == TEXTS.description
    assert embedded.keywords == TEXTS.keywords


@pytest.mark.parametrize("subject", [name for name in SUBJECTS if "exif" in name])
def test_exif_and_profile_stay(subject: str) -> None:
    before = Image.open(BytesIO(SUBJECTS[subject]))
    after = Image.open(BytesIO(write(SUBJECTS[subject], TEXTS)))

    assert after.info["icc_profile"] == before.info["icc_profile"]
    assert dict(after.getexif()) == dict(before.getexif())
    assert after.getexif().get_ifd(0x8825)[2] == (48.0, 8.0, 15.0)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_writing_twice_is_writing_once(subject: str) -> None:
    once = write(SUBJECTS[subject], Texts(title="Before", keywords=("a", "b"), language="de"))
    twice = write(once, TEXTS)

    assert inspect(twice).embedded == inspect(write(SUBJECTS[subject], TEXTS)).embedded
    assert len(write(twice, TEXTS)) == len(twice)
    assert twice.count(b"Before") == 0


def test_every_language_has_its_text_and_a_default() -> None:
    data = write(SUBJECTS["png"], TEXTS)
    found = take_apart(data, PNG).xmp or b""

    for element in ("title", "description", "AltTextAccessibility", "ExtDescrAccessibility"):
        languages = re.findall(rf":{element}>.*?</", found.decode(), re.DOTALL)
        assert languages
    assert found.count(b'xml:lang="x-default"') == found.count(b'xml:lang="de"') == 4


def test_a_description_that_held_only_our_properties_is_not_left_behind() -> None:
    found = take_apart(write(write(SUBJECTS["png"], TEXTS), TEXTS), PNG).xmp or b""

    assert found.count(b"<rdf:Description") == 1


def test_without_a_language_only_the_default_is_written() -> None:
    found = take_apart(write(SUBJECTS["png"], Texts(title="A")), PNG).xmp or b""

    assert found.count(b"xml:lang=") == 1


def test_of_what_is_empty_the_file_keeps_its_own() -> None:
    before = write(SUBJECTS["jpeg"], TEXTS)
    embedded = inspect(write(before, Texts(title="New"))).embedded

    assert (embedded.title, embedded.caption, embedded.keywords) == ("New", TEXTS.caption, TEXTS.keywords)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("part", PARTS)
def test_what_was_cleared_is_in_no_part_of_the_file(format_: str, part: Part) -> None:
    before = with_texts_everywhere(format_)
    known = inspect(before).embedded
    after = write(before, Texts(cleared=frozenset({part})))
    found = inspect(after).embedded

    for name in PARTS:
        field = "extended_description" if name == "description" else name
        assert bool(getattr(known, field))
        expected = getattr(known, field) if name != part else () if name == "keywords" else None
        assert getattr(found, field) == expected
    assert inspect(after).camera.make == "Maker"
    assert pixels_of(after, FORMATS[format_]) == pixels_of(before, FORMATS[format_])


@pytest.mark.parametrize("format_", FORMATS)
def test_a_file_that_was_cleared_is_whole(format_: str) -> None:
    before = with_texts_everywhere(format_)
    after = write(before, Texts(cleared=frozenset(PARTS)))

    assert len(take_apart(after, FORMATS[format_]).exif or b"") == len(
        take_apart(before, FORMATS[format_]).exif or b""
    )
    for gone in (b"The caption of a camera", b"Another comment", b"Sylt", "A comment".encode("utf-16-le")):
        assert gone in before
        assert gone not in after
    with Image.open(BytesIO(after)) as picture:
        picture.load()
        assert picture.getexif()[0x010F] == "Maker"
    if format_ == "PNG":
        for name, start, end in png_chunks(after):
            assert zlib.crc32(name + after[start + 8 : end]) == int.from_bytes(after[end : end + 4], "big")


def test_all_languages_of_what_was_cleared_go() -> None:
    before = write(write(SUBJECTS["jpeg"], TEXTS), Texts(caption="The last rays.", language="en"))
    after = write(before, Texts(title="New", cleared=frozenset({"caption"})))

    assert b"Die letzten Sonnenstrahlen." in before
    assert b"Sonnenstrahlen" not in after
    assert b"The last rays." not in after
    assert inspect(after).embedded.title == "New"


def test_a_description_is_no_caption_where_the_caption_was_cleared() -> None:
    data = write(SUBJECTS["jpeg"], Texts(description="Only this", cleared=frozenset({"caption"})))

    assert xmp.DESCRIPTION not in properties(data, JPEG)
    assert iptc.CAPTION not in records(data)
    assert properties(data, JPEG)[xmp.EXTENDED_DESCRIPTION] == ["Only this"]


def test_a_description_stands_in_for_a_caption() -> None:
    data = write(SUBJECTS["jpeg"], Texts(description="Only this"))

    assert properties(data, JPEG)[xmp.DESCRIPTION] == ["Only this"]
    assert records(data)[iptc.CAPTION] == ["Only this"]


# --- a packet that is there already ------------------------------------------------------------------------


def with_packet(format_: str, body: bytes) -> bytes:
    if format_ != "PNG":
        return encoded(format_, xmp=body)
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt("XML:com.adobe.xmp", body)
    return encoded(format_, pnginfo=chunks)


@pytest.mark.parametrize("format_", FORMATS)
def test_other_properties_and_other_languages_survive(format_: str) -> None:
    data = write(with_packet(format_, STANDING), TEXTS)
    found = (take_apart(data, FORMATS[format_]).xmp or b"").decode()

    for kept in ("A part", "photoshop:City='Sylt'", 'mine:Headline="kept"', "xmp:Rating = '5'", "Ann"):
        assert kept in found
    for gone in (">Old<", ">Alt<", "Old headline", "<core:subject/>"):
        assert gone not in found
    assert '<rdf:li xml:lang="fr">Vieux &amp; beau</rdf:li>' in found
    assert found.count('about="uuid:the-picture"') == 2
    assert properties(data, FORMATS[format_])[xmp.TITLE][0] == TEXTS.title
    assert properties(data, FORMATS[format_])[xmp.CREATOR] == ["Ann"]


@pytest.mark.parametrize(
    "standing",
    [
        b"no XML at all",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
        b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>",
        b"<a>\xe4\xf6</a>",
        STANDING[:-300],
    ],
)
def test_a_packet_that_nobody_can_read_is_replaced(standing: bytes) -> None:
    data = write(with_packet("PNG", standing), TEXTS)

    assert inspect(data).embedded.title == TEXTS.title
    assert b"ENTITY" not in data


def test_a_packet_in_utf_16_is_understood() -> None:
    standing = STANDING.decode().encode("utf-16")
    data = write(with_packet("WEBP", standing), TEXTS)

    assert properties(data, WEBP)[xmp.CREATOR] == ["Ann"]
    assert properties(data, WEBP)[xmp.TITLE][0] == TEXTS.title


def test_a_packet_over_the_readers_limit_is_replaced() -> None:
    data = write(with_packet("PNG", STANDING + b" " * xmp.MAX_BYTES), TEXTS)

    assert inspect(data).embedded.title == TEXTS.title


def compressed(standing: bytes) -> bytes:
    body = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(standing)
    return struct.pack(">I", len(body)) + b"iTXt" + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))


def test_a_compressed_packet_behind_the_pixels_is_found_and_moved_before_them() -> None:
    plain = SUBJECTS["png"]
    end = plain.index(b"IEND") - 4
    data = write(plain[:end] + compressed(STANDING) + plain[end:], TEXTS)
    names = [name for name, _, _ in png_chunks(data)]

    assert properties(data, PNG)[xmp.CREATOR] == ["Ann"]
    assert names.count(b"iTXt") == 1
    assert names.index(b"iTXt") < names.index(b"IDAT")


def test_every_checksum_of_a_png_is_right() -> None:
    data = write(SUBJECTS["png, exif and profile"], TEXTS)

    for _, start, end in png_chunks(data):
        assert zlib.crc32(data[start + 4 : end]) == int.from_bytes(data[end : end + 4], "big")


def test_a_simple_webp_becomes_an_extended_one() -> None:
    data = write(SUBJECTS["webp, lossless alpha"], TEXTS)
    names = [name for name, _, _ in webp_chunks(data)]
    head = next(data[start:end] for name, start, end in webp_chunks(data) if name == b"VP8X")

    assert names[0] == b"VP8X"
    assert names[-1] == b"XMP "
    assert head[0] == 0x14
    assert (1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")) == (37, 23)
    assert int.from_bytes(data[4:8], "little") == len(data) - 8


def test_what_follows_a_webp_stays_behind_it() -> None:
    assert write(SUBJECTS["webp"] + b"trailer", TEXTS).endswith(b"trailer")


# --- JPEG: segments and IPTC -------------------------------------------------------------------------------
