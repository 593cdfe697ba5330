"""Embedded EXIF, IPTC-IIM and XMP: read from every container, cleaned, and never trusted."""

import struct
import time
from io import BytesIO
from math import isfinite
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gloss.imaging import Embedded, embedded, exif, inspect, iptc, tiff, xmp
from tests import tiff_structures
from tools import pictures

SIZE = (24, 16)


def encode(format_: str, **options: Any) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", SIZE, "red").save(buffer, format_, **options)
    return buffer.getvalue()


def packet(body: str, attributes: str = "") -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
        f' xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" {attributes}>{body}'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def dataset(number: int, value: bytes, record: int = 2) -> bytes:
    return bytes((0x1C, record, number)) + len(value).to_bytes(2, "big") + value


def photoshop(block: bytes, *, name: bytes = b"") -> bytes:
    """Image resources with a thumbnail resource before the IPTC one."""
    pascal = bytes([len(name)]) + name + (b"" if len(name) % 2 else b"\0")
    resources = b""
    for code, body in ((0x040C, b"odd"), (0x0404, block)):
        resources += b"8BIM" + code.to_bytes(2, "big") + pascal + len(body).to_bytes(4, "big") + body
        resources += b"\0" * (len(body) % 2)
    return resources


def jpeg_with_iptc(block: bytes) -> bytes:
    data, body = encode("JPEG"), b"Photoshop 3.0\0" + photoshop(block)
    return data[:2] + b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body + data[2:]


# --- XMP --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decoder", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "HEIF"])
def test_xmp_is_found_in_every_container(decoder: str) -> None:
    data = pictures.draw(
        "beach", size=SIZE, format=decoder, title="Tee & Cake", caption="Line", keywords=("sea", "sand")
    )
    found = inspect(data).embedded
    assert (found.title, found.caption, found.keywords) == ("Tee & Cake", "Line", ("sea", "sand"))
    assert found.sources == {"title": "xmp", "caption": "xmp", "keywords": "xmp"}


def test_xmp_of_a_gif_that_is_written_in_sub_blocks() -> None:
    """The specification has it in one piece; some software writes it as all other extensions are."""
    xml = pictures.xmp_packet(title="In blocks", caption="x" * 600)
    blocks = b"".join(
        bytes([len(part)]) + part for part in (xml[at : at + 255] for at in range(0, len(xml), 255))
    )
    plain = encode("GIF")
    data = plain[:-1] + b"\x21\xff\x0bXMP DataXMP" + blocks + b"\0" + plain[-1:]
    assert inspect(data).embedded.title == "In blocks"


@pytest.mark.parametrize("cut", [3, 200, 300, 600])
def test_an_xmp_extension_of_a_gif_that_ends_early_is_no_reason_to_refuse_it(cut: int) -> None:
    plain = encode("GIF")
    packet = pictures.xmp_packet(title="T") + b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    data = plain[:-1] + b"\x21\xff\x0bXMP DataXMP" + packet[:-cut] + bytes(260) + b";"
    found = inspect(data)
    assert (found.width, found.height) == SIZE
    assert found.embedded.title in ("T", None)


def test_all_xmp_fields() -> None:
    found = embedded.read(
        packet(
            "<dc:creator><rdf:Seq><rdf:li>Ada</rdf:li><rdf:li>Bob</rdf:li></rdf:Seq></dc:creator>"
            "<dc:rights><rdf:Alt><rdf:li xml:lang='x-default'>© Ada</rdf:li></rdf:Alt></dc:rights>"
            "<Iptc4xmpCore:AltTextAccessibility><rdf:Alt><rdf:li xml:lang='de'>Ein Boot</rdf:li>"
            "<rdf:li xml:lang='x-default'>A boat</rdf:li></rdf:Alt></Iptc4xmpCore:AltTextAccessibility>"
            "<Iptc4xmpCore:ExtDescrAccessibility>One.\nTwo.</Iptc4xmpCore:ExtDescrAccessibility>",
            "photoshop:Headline='Head'",
        ),
        None,
        None,
    )
    assert found == Embedded(
        title="Head",
        alt_text="A boat",
        extended_description="One.\nTwo.",
        creator="Ada",
        copyright="© Ada",
        sources=dict.fromkeys(("title", "alt_text", "extended_description", "creator", "copyright"), "xmp"),
    )


def test_title_is_preferred_to_headline() -> None:
    title = "<dc:title><rdf:Alt><rdf:li xml:lang='en'>Title</rdf:li></rdf:Alt></dc:title>"
    assert embedded.read(packet(title, "photoshop:Headline='Head'"), None, None).title == "Title"


_ENTITIES = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(12))


@pytest.mark.parametrize(
    "hostile",
    [
        b'<!DOCTYPE x [<!ENTITY l0 "ha">' + _ENTITIES.encode() + b"]>" + packet("<dc:title>&l12;</dc:title>"),
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + packet("<dc:title>&f;</dc:title>"),
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">' + packet("<dc:title>T</dc:title>"),
        packet("<dc:title>T</dc:title>") + b" " * xmp.MAX_BYTES + b"<!-- -->",
        packet("<dc:title>T</dc:title>")[:-5],
        b'<?xml version="1.0" encoding="no-such"?>' + packet("<dc:title>T</dc:title>"),
        b"",
        b"\xff\xfe\xfd",
    ],
    ids=["laughs", "external entity", "external dtd", "too long", "cut", "encoding", "empty", "binary"],
)
def test_a_hostile_or_broken_packet_has_no_properties(hostile: bytes) -> None:
    start = time.perf_counter()
    assert xmp.read(hostile) == {}
    assert time.perf_counter() - start < 1.0


def test_a_deeply_nested_packet_is_survived() -> None:
    assert xmp.read(packet("<dc:title>" * 50_000 + "T" + "</dc:title>" * 50_000)) == {}


def test_utf16_and_padding_are_understood() -> None:
    text = packet("<dc:title>Tür</dc:title>").decode()
    assert xmp.read(text.encode("utf-16"))[xmp.TITLE] == ["Tür"]
    assert xmp.read(b"\0\n" + text.encode() + b"\n\0\0")[xmp.TITLE] == ["Tür"]


# --- IPTC-IIM ---------------------------------------------------------------------------------------------


def test_iptc_in_utf8() -> None:
    block = (
        dataset(90, b"\x1b%G", record=1)
        + dataset(5, b"not this", record=3)
        + dataset(5, "Schönes Boot".encode())
        + dataset(120, "Am Kai\rvon Łódź".encode())
        + dataset(25, b"boat")
        + dataset(25, b"Boat")
        + dataset(25, "küste".encode())
        + dataset(80, b"Ada")
        + dataset(116, "© Ada".encode())
    )
    found = inspect(jpeg_with_iptc(block)).embedded
    assert (found.title, found.caption) == ("Schönes Boot", "Am Kai\nvon Łódź")
    assert (found.keywords, found.creator, found.copyright) == (("boat", "küste"), "Ada", "© Ada")
    assert set(found.sources.values()) == {"iptc"}


def test_iptc_in_latin1() -> None:
    assert inspect(jpeg_with_iptc(dataset(5, "Schön".encode("latin-1")))).embedded.title == "Schön"


def test_iptc_in_tiff() -> None:
    block = dataset(105, b"Head")
    direct = encode("TIFF", tiffinfo={33723: block})
    within = encode("TIFF", tiffinfo={34377: photoshop(block, name=b"abc")})
    assert inspect(direct).embedded.title == inspect(within).embedded.title == "Head"


def test_an_extended_dataset_has_the_length_of_its_length() -> None:
    block = b"\x1c\x02\x78\x80\x04" + (5).to_bytes(4, "big") + b"Hello" + dataset(5, b"T")
    assert iptc.read(block) == {iptc.CAPTION: ["Hello"], iptc.TITLE: ["T"]}


@pytest.mark.parametrize("end", [b"\x1c\x02\x05\xff", b"junk!", b"\x1c\x02\x05\x00\x99short"])
def test_what_follows_a_malformed_dataset_is_left_out(end: bytes) -> None:
    assert iptc.read(dataset(5, b"T") + end) == {iptc.TITLE: ["T"]}


@pytest.mark.parametrize("resources", [b"", b"8BIM", b"8BIM\x04\x04\xff", photoshop(b"")[:20], b"nothing"])
def test_photoshop_resources_without_iptc(resources: bytes) -> None:
    assert iptc.from_photoshop(resources) is None


# --- EXIF -------------------------------------------------------------------------------------------------


def exif_block(image: dict[int, Any], photo: dict[int, Any] | None = None, *, endian: str = "<") -> bytes:
    block = Image.Exif()
    block.endian = endian
    for tag, value in image.items():
        block[tag] = value
    if photo:
        block._ifds[0x8769] = photo
        block[0x8769] = 0
    return block.tobytes()


CAMERA = exif_block(
    {0x010F: "Canon\0", 0x0110: " EOS\n R5 ", 0x0131: "1.0"},
    {
        0x829A: 0.005,
        0x829D: 2.8,
        0x8827: 400,
        0x9209: 1,
        0x920A: 50.0,
        0xA405: 80,
        0xA434: "RF50mm",
        0x9003: "2024:05:04 13:22:10",
        0x9291: "250",
        0x9011: "+02:00",
    },
)


@pytest.mark.parametrize("decoder", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_camera_facts(decoder: str) -> None:
    found = inspect(encode(decoder, exif=CAMERA))
    camera = found.camera
    assert (camera.make, camera.model, camera.lens, camera.software) == ("Canon", "EOS R5", "RF50mm", "1.0")
    assert (camera.iso, camera.exposure_s, camera.aperture_f) == (400, 0.005, 2.8)
    assert (camera.focal_length_mm, camera.focal_length_35mm, camera.flash_fired) == (50.0, 80, True)
    assert found.taken_at == "2024-05-04T13:22:10.250+02:00"


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({0x9003: "2024:05:04 13:22:10"}, "2024-05-04T13:22:10"),
        ({0x9004: "2024:05:04 13:22:10", 0x9012: "Z", 0x9292: "00"}, "2024-05-04T13:22:10+00:00"),
        ({0x9003: "2024:05:04 13:22:10", 0x9011: "-03:30"}, "2024-05-04T13:22:10-03:30"),
        ({0x9003: "2024:05:04 13:22:10", 0x9011: "somewhere", 0x9291: "x1"}, "2024-05-04T13:22:10"),
        ({0x9003: "2024:05:04 13:22:10", 0x9011: "+99:00"}, "2024-05-04T13:22:10"),
        ({0x9003: "0000:00:00 00:00:00"}, None),
        ({0x9003: "    :  :     :  :  "}, None),
        ({0x9003: 17}, None),
        ({0x829A: 0.01}, None),
    ],
)
def test_when_it_was_taken(tags: dict[int, Any], expected: str | None) -> None:
    facts = exif.read(exif_block({}, tags))
    assert facts is not None
    assert exif.taken_at(facts) == expected


@pytest.mark.parametrize(
    ("tags", "field", "expected"),
    [
        ({0x010E: "A boat"}, "caption", "A boat"),
        ({0x010E: "Ein schönes Boot".encode()}, "caption", "Ein schönes Boot"),
        ({0x010E: "OLYMPUS DIGITAL CAMERA         "}, "caption", None),
        ({0x013B: "Ada"}, "creator", "Ada"),
        ({0x8298: "(c) Ada\0editor"}, "copyright", "(c) Ada"),
        ({0x9C9B: "Tür".encode("utf-16-le") + b"\0\0"}, "title", "Tür"),
        ({0x9C9C: "Remark".encode("utf-16-le")}, "caption", "Remark"),
        ({0x9C9D: "Bob".encode("utf-16-le")}, "creator", "Bob"),
        ({0x9C9E: "sea;sand; Sea;".encode("utf-16-le")}, "keywords", ("sea", "sand")),
    ],
)
def test_descriptive_exif(tags: dict[int, Any], field: str, expected: object) -> None:
    found = embedded.read(None, None, exif.read(exif_block(tags)))
    assert getattr(found, field) == expected
    assert found.sources == ({field: "exif"} if expected else {})


@pytest.mark.parametrize(
    ("value", "endian", "expected"),
    [
        (b"ASCII\0\0\0A boat", "<", "A boat"),
        (b"UNICODE\0" + "Tür".encode("utf-16-le"), "<", "Tür"),
        (b"UNICODE\0" + "Tür".encode("utf-16-be"), ">", "Tür"),
        (b"JIS\0\0\0\0\0" + "船".encode("iso2022_jp"), "<", "船"),
        (b"\0\0\0\0\0\0\0\0plain", "<", "plain"),
        (b"\0\0\0\0\0\0\0\0\x80\x81binary", "<", None),
        (b"\0\0\0\0\0\0\0\0\0\0\0\0", "<", None),
        (b"ASCII\0\0\0          ", "<", None),
    ],
)
def test_user_comment(value: bytes, endian: str, expected: str | None) -> None:
    block = exif_block({}, {0x9286: value}, endian=endian)
    assert embedded.read(None, None, exif.read(block)).caption == expected


def test_xmp_goes_before_iptc_before_exif() -> None:
    facts = exif.read(exif_block({0x010E: "exif", 0x013B: "exif", 0x8298: "exif"}))
    records = dataset(120, b"iptc") + dataset(80, b"iptc")
    found = embedded.read(packet("<dc:description>xmp</dc:description>"), records, facts)
    assert (found.caption, found.creator, found.copyright) == ("xmp", "iptc", "exif")
    assert found.sources == {"caption": "xmp", "creator": "iptc", "copyright": "exif"}


# --- the structure under it -------------------------------------------------------------------------------


def test_bigtiff_is_read() -> None:
    entries = struct.pack("<HHQ8s", 0x010F, 2, 6, b"Canon\0\0\0") + struct.pack("<HHQQ", 0x0112, 3, 1, 6)
    block = b"II+\0\x08\0\0\0" + struct.pack("<Q", 16) + struct.pack("<Q", 2) + entries + bytes(8)
    found = tiff.read(block)
    assert found is not None
    assert (tiff.raw(found.image, 0x010F), tiff.number(found.image, 0x0112)) == (b"Canon\0", 6)
    assert found.pages == 1


@pytest.mark.parametrize(
    "block", [b"", b"II", b"XX*\0" + bytes(20), b"II\x55\0" + bytes(20), b"II*\0\x08\0\0\0"]
)
def test_what_is_no_tiff_structure(block: bytes) -> None:
    assert tiff.read(block) is None


def test_offsets_out_of_the_block_are_left_out() -> None:
    entry = struct.pack("<HHLL", 0x010F, 2, 100, 9_999_999)
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + entry + bytes(4)
    found = tiff.read(block)
    assert found is not None
    assert not found.image


def test_a_chain_of_directories_that_bites_its_tail_ends() -> None:
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", 0) + struct.pack("<L", 8) + bytes(4)
    found = tiff.read(block)
    assert found is not None
    assert found.pages == 1


def test_many_entries_cannot_multiply_one_large_value() -> None:
    value = b"x" * 100_000
    entries = [struct.pack("<HHLL", tag, 7, len(value), 8) for tag in range(900)]
    body = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    block = b"II*\0" + struct.pack("<L", 8 + len(value)) + value + body
    found = tiff.read(block)
    assert found is not None
    assert len(found.image) == 1


def test_a_rational_over_zero_is_no_number() -> None:
    def block(below: int) -> bytes:
        entry = struct.pack("<HHLL", 0x829A, 5, 1, 26)
        return b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + entry + bytes(4) + struct.pack("<LL", 1, below)

    half, broken = tiff.read(block(2)), tiff.read(block(0))
    assert half is not None
    assert tiff.number(half.image, 0x829A) == 0.5
    assert broken is not None
    assert tiff.number(broken.image, 0x829A) is None


_SEARCH = settings(deadline=None, max_examples=200)


@_SEARCH
@given(st.binary(max_size=300))
def test_no_reader_raises_whatever_the_bytes(data: bytes) -> None:
    for head in (b"II*\0\x08\0\0\0", b"MM\0+\0\x08\0\0"):
        read_all(head + data)
    iptc.read(b"\x1c" + data)
    iptc.from_photoshop(b"8BIM" + data)
    assert isinstance(embedded.read(data, data, None), Embedded)


@_SEARCH
@given(tiff_structures.STRUCTURES)
def test_no_reader_raises_whatever_the_entries(block: bytes) -> None:
    facts = read_all(block)
    assert (facts is None) == (len(block) < 16)
    assert facts is None or all(
        isfinite(number)
        for directory in (facts.image, facts.photo)
        for value in directory.values()
        if isinstance(value, tuple)
        for number in value
    )


def read_all(block: bytes) -> tiff.Tiff | None:
    facts = exif.read(block)
    if facts:
        assert facts.end <= len(block)
        exif.camera(facts)
        exif.taken_at(facts)
        exif.orientation(facts)
        embedded.read(None, None, facts)
        assert all(end <= len(block) for _, end in tiff.places(block, tiff_structures.TAGS))
    return facts


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("big", [False, True])
def test_entries_of_every_ordinary_type_are_read(order: str, big: bool) -> None:
    """That the search above does not look at structures in which nothing is found."""
    whole = {tag: (kind, [7]) for tag, kind in enumerate((3, 4, 8, 9, 13), start=300)}
    image: dict[int, tiff_structures.Entry] = {**whole, 400: (11, [0.5]), 401: (12, [0.25, 4.0])}
    found = tiff.read(
        tiff_structures.structure(image, {0x829A: (5, [1, 4]), 0x9209: (10, [-3, 2])}, order=order, big=big)
    )
    assert found is not None
    assert [tiff.number(found.image, tag) for tag in whole] == [7] * len(whole)
    assert (tiff.number(found.image, 400), tiff.numbers(found.image, 401)) == (0.5, (0.25, 4.0))
    assert (tiff.number(found.photo, 0x829A), tiff.number(found.photo, 0x9209)) == (0.25, -1.5)
