"""Metadata written into files: read back by us and by others, the pixels untouched byte for byte."""

import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from gloss.errors import CorruptImage, PayloadTooLarge, UnsupportedMediaType
from gloss.imaging import inspect, iptc, xmp
from gloss.imaging.containers import (
    PHOTOSHOP_HEADER,
    XMP_HEADER,
    jpeg_segments,
    png_chunks,
    take_apart,
    webp_chunks,
)
from gloss.imaging.formats import JPEG, PNG, WEBP, Format
from gloss.imaging.writing import WRITABLE, Texts, write

TEXTS = Texts(
    title="Dünen & <Meer>",
    caption="Die letzten Sonnenstrahlen.",
    alt_text="Sandige Dünen am Meer bei Sonnenuntergang",
    description="Eine lange Beschreibung.\nIn zwei Zeilen.",
    keywords=("Düne", "Meer", "Sylt"),
    language="de",
)
FORMATS = {"JPEG": JPEG, "PNG": PNG, "WEBP": WEBP}


def painted(mode: str = "RGB", size: tuple[int, int] = (37, 23)) -> Image.Image:
    random = np.random.default_rng(7)
    channels = {"L": 1, "RGB": 3, "RGBA": 4, "CMYK": 4}[mode]
    values = random.integers(0, 255, (size[1], size[0], channels), dtype=np.uint8)
    return Image.fromarray(values[:, :, 0] if channels == 1 else values, mode)


def encoded(format_: str, mode: str = "RGB", **options: Any) -> bytes:
    buffer = BytesIO()
    painted(mode).save(buffer, format_, **options)
    return buffer.getvalue()


def exif() -> bytes:
    tags = Image.Exif()
    tags[0x010F] = "Maker"
    tags[0x0112] = 6
    tags.get_ifd(0x8825)[1] = "N"
    tags.get_ifd(0x8825)[2] = (48.0, 8.0, 15.0)
    return tags.tobytes()


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def packet(body: str, attributes: str = "") -> bytes:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><RDF:RDF xmlns:RDF="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="uuid:the-picture" xmlns:core="http://purl.org/dc/elements/1.1/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:mine="http://example.com/mine/"'
        f' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" {attributes}>{body}'
        f"</rdf:Description></RDF:RDF></x:xmpmeta>{' ' * 200}<?xpacket end='w'?>"
    ).encode()


def pixels_of(data: bytes, format_: Format) -> list[bytes]:
    """What holds the picture, as it stands in the file."""
    if format_ is JPEG:
        segments = list(jpeg_segments(data))
        coding = [data[start:end] for marker, start, end in segments if not 0xE0 <= marker <= 0xEF]
        return [*coding, data[segments[-1][1] :]]
    if format_ is PNG:
        metadata = {b"iTXt"}
        return [data[start : end + 4] for name, start, end in png_chunks(data) if name not in metadata]
    return [
        data[start:end]
        for name, start, end in webp_chunks(data)
        if name in {b"VP8 ", b"VP8L", b"ALPH", b"ANMF"}
    ]


def frames(data: bytes) -> list[bytes]:
    image = Image.open(BytesIO(data))
    found = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        found.append(image.convert("RGBA" if image.mode in {"RGBA", "P"} else image.mode).tobytes())
    return found


def properties(data: bytes, format_: Format) -> xmp.Properties:
    return xmp.read(take_apart(data, format_).xmp or b"")


def records(data: bytes) -> iptc.Records:
    return iptc.read(take_apart(data, JPEG).iptc or b"")


SUBJECTS: dict[str, bytes] = {
    "jpeg": encoded("JPEG"),
    "jpeg, progressive": encoded("JPEG", progressive=True),
    "jpeg, grey": encoded("JPEG", "L"),
    "jpeg, CMYK": encoded("JPEG", "CMYK"),
    "jpeg, exif and profile": encoded("JPEG", exif=exif(), icc_profile=profile()),
    "jpeg, restarts": encoded("JPEG", restart_marker_rows=1),
    "png": encoded("PNG"),
    "png, alpha": encoded("PNG", "RGBA"),
    "png, exif and profile": encoded("PNG", exif=exif(), icc_profile=profile()),
    "png, animated": encoded("PNG", save_all=True, append_images=[painted().rotate(180)]),
    "webp": encoded("WEBP"),
    "webp, lossless": encoded("WEBP", lossless=True),
    "webp, alpha": encoded("WEBP", "RGBA"),
    "webp, lossless alpha": encoded("WEBP", "RGBA", lossless=True),
    "webp, exif and profile": encoded("WEBP", exif=exif(), icc_profile=profile()),
    "webp, animated": encoded("WEBP", save_all=True, append_images=[painted().rotate(180)], duration=100),
}


def format_of(subject: str) -> Format:
    return FORMATS[subject.partition(",")[0].upper()]


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


def test_a_description_stands_in_for_a_caption() -> None:
    data = write(SUBJECTS["jpeg"], Texts(description="Only this"))

    assert properties(data, JPEG)[xmp.DESCRIPTION] == ["Only this"]
    assert records(data)[iptc.CAPTION] == ["Only this"]


# --- a packet that is there already ------------------------------------------------------------------------

STANDING = packet(
    "<core:title><rdf:Alt><rdf:li xml:lang='x-default'>Old</rdf:li><rdf:li xml:lang='DE'>Alt</rdf:li>"
    "<rdf:li xml:lang='fr'>Vieux &amp; beau</rdf:li></rdf:Alt></core:title>"
    "<core:subject/><core:creator><rdf:Seq><rdf:li>Ann</rdf:li></rdf:Seq></core:creator>"
    "<mine:parts><rdf:Bag><rdf:li rdf:parseType='Resource'><core:title>A part</core:title></rdf:li>"
    "</rdf:Bag></mine:parts>",
    "photoshop:Headline='Old headline' mine:Headline=\"kept\" photoshop:City='Sylt' xmp:Rating = '5'",
)


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


def with_segments(*bodies: tuple[int, bytes]) -> bytes:
    plain = SUBJECTS["jpeg"]
    added = b"".join(
        bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body for marker, body in bodies
    )
    return plain[:2] + added + plain[2:]


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


def test_a_packet_is_squeezed_before_it_is_refused() -> None:
    padded = STANDING.replace(b" " * 200, b" " * (65_000 - len(STANDING)))
    data = write(with_segments((0xE1, XMP_HEADER + padded)), TEXTS)
    assert properties(data, JPEG)[xmp.CREATOR] == ["Ann"]

    full = packet(f"<mine:blob>{'b' * 64_000}</mine:blob>")
    with pytest.raises(PayloadTooLarge) as refusal:
        write(with_segments((0xE1, XMP_HEADER + full)), TEXTS)
    assert refusal.value.details["limit"] == 65_504


@pytest.mark.parametrize("format_", ["GIF", "TIFF"])
def test_other_formats_are_refused_with_the_list(format_: str) -> None:
    with pytest.raises(UnsupportedMediaType) as refusal:
        write(encoded(format_), TEXTS)

    assert refusal.value.details == {"accepted": ["image/jpeg", "image/png", "image/webp"]}


def test_something_that_is_no_image_is_refused() -> None:
    with pytest.raises(UnsupportedMediaType):
        write(b"plain text", TEXTS)


@pytest.mark.parametrize("subject", ["jpeg", "png", "webp", "webp, animated"])
def test_a_file_cut_short_is_refused_or_copied_but_never_a_crash(subject: str) -> None:
    data = SUBJECTS[subject]
    for length in range(16, len(data), 7):
        try:
            after = write(data[:length], TEXTS)
        except CorruptImage:
            continue
        assert subject == "jpeg"
        assert after.endswith(data[length - 4 : length])


TEXT = st.text(max_size=80)


@settings(max_examples=60, deadline=None)
@given(
    title=TEXT,
    caption=TEXT,
    alt_text=TEXT,
    description=TEXT,
    keywords=st.lists(TEXT, max_size=5),
    language=st.sampled_from(["de", "en-US", None]),
    subject=st.sampled_from(sorted(SUBJECTS)),
)
def test_whatever_the_texts_the_file_stays_whole(subject: str, **fields: Any) -> None:
    before = SUBJECTS[subject]
    after = write(before, Texts(**fields))

    assert pixels_of(after, format_of(subject)) == pixels_of(before, format_of(subject))
    expected = re.sub(
        "[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", fields["alt_text"].replace("\r", "\n")
    )
    found = properties(after, format_of(subject)).get(xmp.ALT_TEXT, [""])
    assert found[0] == (expected if expected.strip() else "")


def test_a_flipped_bit_is_never_a_crash() -> None:
    random = np.random.default_rng(11)
    for subject in ("jpeg, exif and profile", "png", "webp, alpha"):
        data = bytearray(write(SUBJECTS[subject], TEXTS))
        for _ in range(200):
            place = int(random.integers(3, min(len(data), 3000)))
            flipped = (
                bytes(data[:place])
                + bytes([data[place] ^ (1 << int(random.integers(8)))])
                + bytes(data[place + 1 :])
            )
            try:
                write(flipped, TEXTS)
            except (CorruptImage, UnsupportedMediaType, PayloadTooLarge):
                continue


def test_an_independent_reader_finds_everything(tmp_path: Path) -> None:
    """exiftool, from Debian's ``libimage-exiftool-perl``."""
    tool = shutil.which("exiftool")
    if tool is None:
        assert "CI" not in os.environ, "exiftool is missing: install libimage-exiftool-perl"
        pytest.skip("exiftool is not installed: this check of the written files was left out")
    for subject, data in SUBJECTS.items():
        suffix = format_of(subject).extensions[0]
        (tmp_path / f"{subject}{suffix}").write_bytes(write(data, TEXTS))

    command = [tool, "-json", "-G1", "-a", "-warning", "-error", "-charset", "utf8", str(tmp_path)]
    names = (
        "-XMP:all",
        "-IPTC:all",
        "-EXIF:Make",
        "-GPS:GPSLatitude",
        "-Photoshop:IPTCDigest",
        "-CurrentIPTCDigest",
    )
    told = json.loads(subprocess.run([*command, *names], capture_output=True, check=True).stdout)

    assert len(told) == len(SUBJECTS)
    for answer in told:
        assert answer["XMP-dc:Title"] == answer["XMP-dc:Title-de"] == TEXTS.title
        assert answer["XMP-dc:Description"] == TEXTS.caption
        assert answer["XMP-dc:Subject"] == list(TEXTS.keywords)
        assert answer["XMP-photoshop:Headline"] == TEXTS.title
        assert answer["XMP-iptcCore:AltTextAccessibility"] == TEXTS.alt_text
        assert answer["XMP-iptcCore:ExtDescrAccessibility-de"] == TEXTS.description
        assert "ExifTool:Error" not in answer
        assert "ExifTool:Warning" not in answer
        if answer["SourceFile"].endswith(".jpg"):
            assert answer["Photoshop:IPTCDigest"] == answer["File:CurrentIPTCDigest"]
            assert answer["IPTC:ObjectName"] == TEXTS.title
            assert answer["IPTC:Keywords"] == list(TEXTS.keywords)
            assert answer["IPTC:Caption-Abstract"] == TEXTS.caption
        if "exif" in answer["SourceFile"]:
            assert answer["IFD0:Make"] == "Maker"
            assert answer["GPS:GPSLatitude"].startswith("48 deg 8'")


def test_the_list_of_formats_is_ours() -> None:
    assert set(WRITABLE) == {format_.mime for format_ in FORMATS.values()}
