"""Whatever the bytes are: an inspection or a named refusal, and nothing else."""

import random
import sys
import zipfile
import zlib
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, features

from gloss.errors import (
    ContentTypeMismatch,
    CorruptImage,
    EmptyFile,
    FileTooLarge,
    ForeignContent,
    ImageRejected,
    TooManyPixels,
    TruncatedImage,
    UnsupportedFormat,
)
from gloss.imaging import (
    ACCEPTED,
    Camera,
    Embedded,
    Inspection,
    Limits,
    decoding,
    endings,
    exif,
    formats,
    inspect,
)
from tests import tiff_structures
from tools import pictures

DECODERS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "HEIF")
SIZE = (48, 32)


def encode(image: Image.Image, format_: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def sample(decoder: str) -> bytes:
    orientation = None if decoder == "GIF" else 6
    return pictures.draw("flowers", size=SIZE, format=decoder, title="A title", orientation=orientation)


SAMPLES: dict[str, bytes] = {
    **{decoder: sample(decoder) for decoder in DECODERS},
    "progressive": encode(pictures.paint("beach", size=SIZE), "JPEG", progressive=True),
    "cmyk": encode(pictures.paint("beach", size=SIZE).convert("CMYK"), "JPEG"),
    "lzw": encode(pictures.paint("beach", size=SIZE), "TIFF", compression="tiff_lzw"),
    "interlaced": encode(pictures.paint("beach", size=SIZE).convert("P"), "GIF", interlace=1),
    "animated": encode(
        Image.new("RGB", SIZE, "red"), "WEBP", save_all=True, append_images=[Image.new("RGB", SIZE, "blue")]
    ),
    "icc": encode(pictures.paint("beach", size=SIZE), "PNG", icc_profile=bytes(600)),
}


def outcome(data: bytes) -> Inspection | ImageRejected:
    """The only two things that `inspect` may do with any bytes: another exception fails the test."""
    try:
        return inspect(data, limits=Limits(max_pixels=1_000_000))
    except ImageRejected as refused:
        return refused


def test_an_empty_file() -> None:
    with pytest.raises(EmptyFile):
        inspect(b"")


def test_a_file_over_the_limit() -> None:
    data = SAMPLES["JPEG"]
    inspect(data, limits=Limits(max_bytes=len(data)))
    with pytest.raises(FileTooLarge) as refused:
        inspect(data, limits=Limits(max_bytes=len(data) - 1))
    assert refused.value.details == {"bytes": len(data), "max_bytes": len(data) - 1}


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_picture_over_the_limit(decoder: str) -> None:
    inspect(SAMPLES[decoder], limits=Limits(max_pixels=SIZE[0] * SIZE[1]))
    with pytest.raises(TooManyPixels):
        inspect(SAMPLES[decoder], limits=Limits(max_pixels=SIZE[0] * SIZE[1] - 1))


@pytest.mark.parametrize(
    "data",
    [
        b"not an image at all",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7\n",
        b"PK\x03\x04" + bytes(100),
        b"BM" + bytes(100),
        b"P6 1 1 255 \0\0\0",
    ],
)
@pytest.mark.parametrize("declared", [None, "image/png"])
def test_what_is_no_accepted_image(data: bytes, declared: str | None) -> None:
    with pytest.raises(UnsupportedFormat) as refused:
        inspect(data, declared_type=declared)
    assert refused.value.details["accepted"] == tuple(ACCEPTED)


@pytest.mark.parametrize("declared", ["image/svg+xml", "application/pdf", "", "text/html"])
def test_a_type_that_is_not_accepted(declared: str) -> None:
    with pytest.raises(UnsupportedFormat):
        inspect(SAMPLES["JPEG"], declared_type=declared)


@pytest.mark.parametrize("name", DECODERS)
def test_bytes_of_another_format_than_declared_are_refused(name: str) -> None:
    """The file is served under the declared type, so that has to be true."""
    found = inspect(SAMPLES[name]).mime
    for declared in set(ACCEPTED) - {found}:
        if {declared, found} == {"image/heic", "image/heif"}:
            assert inspect(SAMPLES[name], declared_type=declared).mime == found
            continue
        with pytest.raises(ContentTypeMismatch) as refused:
            inspect(SAMPLES[name], declared_type=declared)
        assert refused.value.details == {"declared": declared, "found": found}
        assert ACCEPTED[found].name in refused.value.message


@pytest.mark.parametrize("declared", ["image/jpeg", "IMAGE/JPEG", "image/jpeg; charset=binary", None])
def test_the_declared_type_may_be_written_in_any_way(declared: str | None) -> None:
    assert inspect(SAMPLES["JPEG"], declared_type=declared).mime == "image/jpeg"


# --- bombs ------------------------------------------------------------------------------------------------


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    parts = [(b"IHDR", header), *chunks, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
        for name, body in parts
    )


BOMBS = {
    "png": png(50_000, 50_000, (b"IDAT", zlib.compress(bytes(1000)))),
    "png largest": png(2**31 - 1, 2**31 - 1, (b"IDAT", zlib.compress(bytes(10)))),
    "gif": b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\0;",
    "jpeg": SAMPLES["JPEG"].replace(b"\xff\xc0\0\x11\x08\0\x20\0\x30", b"\xff\xc0\0\x11\x08\xff\xff\xff\xff"),
    "webp extended": b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff",
    "webp lossless": b"RIFF\x12\0\0\0WEBPVP8L\x05\0\0\0/\xff\xff\xff\x0f\0",
    "webp lossy": b"RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a\xff\x3f\xff\x3f",
    "tiff": b"II*\0\x08\0\0\0\x02\0\0\x01\x04\0\x01\0\0\0\xff\xff\xff\0\x01\x01\x04\0\x01\0\0\0\xff\xff\xff\0"
    + bytes(4),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_decompression_bomb_is_refused_by_its_header(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "open_picture", lambda *_: pytest.fail("a decoder was started"))
    with pytest.raises(TooManyPixels):
        inspect(BOMBS[name])


def test_pillows_own_limit_neither_warns_nor_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", SIZE[0] * SIZE[1] - 1)
    for data in SAMPLES.values():
        inspect(data)


def test_pillows_hard_limit_is_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(TooManyPixels):
        inspect(SAMPLES["AVIF"])


def test_a_text_bomb_in_a_png_costs_the_text_only() -> None:
    bomb = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(20 * 2**20))
    pixels = (b"IDAT", zlib.compress(bytes(4 * (1 + 4 * 3))))
    found = inspect(png(4, 4, (b"iTXt", bomb), (b"zTXt", b"Comment\0\0" + bomb), pixels))
    assert found.embedded.sources == {}


def test_a_reader_of_metadata_that_breaks_does_not_cost_the_picture(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(exif, "camera", lambda _: 1 / 0)
    found = inspect(SAMPLES["JPEG"])
    assert (found.camera, found.embedded) == (Camera(), Embedded())
    assert "could not be read" in caplog.text


@pytest.mark.parametrize("kind", range(1, 19))
@pytest.mark.parametrize("tag", [256, 257, 258, 273, 279, 34665])
def test_a_tiff_whose_sizes_are_of_a_strange_type_is_answered_for(tag: int, kind: int) -> None:
    """What a size or an offset says is infinite, negative or no number at all."""
    found = tiff_structures.structure(
        {256: (4, [4]), 257: (4, [4]), 258: (3, [8]), 273: (4, [8]), 279: (4, [16])}
        | {tag: (kind, [tiff_structures.extremes(kind)[0]])}
    )
    outcome(found)
    assert inspect(exif_in_jpeg(found)).width == SIZE[0]


def exif_in_jpeg(block: bytes) -> bytes:
    body = b"Exif\0\0" + block
    return SAMPLES["JPEG"][:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + SAMPLES["JPEG"][2:]


def test_broken_ancillary_chunks_cost_themselves_only() -> None:
    pixels = (b"IDAT", zlib.compress(bytes(4 * (1 + 4 * 3))))
    broken = [
        (name, b"\xff") for name in (b"gAMA", b"cHRM", b"pHYs", b"acTL", b"fcTL", b"iCCP", b"eXIf", b"iTXt")
    ]
    assert inspect(png(4, 4, *broken, pixels)).width == 4


# --- damage -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("kept", [0.15, 0.4, 0.7, 0.9])
def test_a_file_that_ends_early_is_refused_as_truncated(name: str, kept: float) -> None:
    data = SAMPLES[name]
    with pytest.raises(TruncatedImage):
        inspect(data[: int(len(data) * kept)])


@pytest.mark.parametrize(
    "data",
    [
        SAMPLES["JPEG"][:2] + b"\xff" * 50 + b"\xff\xd9",
        png(4, 4, (b"IDAT", b"this is not zlib")),
        png(0, 0, (b"IDAT", b"")),
        b"RIFF\x04\0\0\0WEBP",
        b"GIF89a\1\0\1\0\0\0\0;",
        SAMPLES["HEIF"].replace(b"hvcC", b"hvcX"),
        SAMPLES["AVIF"].replace(b"av1C", b"av1X"),
    ],
    ids=["jpeg", "png data", "png size", "webp", "gif", "heif", "avif"],
)
def test_a_complete_file_that_cannot_be_decoded_is_corrupt(data: bytes) -> None:
    with pytest.raises(CorruptImage) as refused:
        inspect(data)
    assert refused.value.__cause__ is not None


@pytest.mark.parametrize(
    "error", [MemoryError, RecursionError, OSError, SyntaxError, KeyError, OverflowError]
)
def test_whatever_a_decoder_raises_is_translated(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Image.Image, "resize", fail)
    with pytest.raises(CorruptImage):
        inspect(SAMPLES["PNG"])


@pytest.mark.parametrize("decoder", ["AVIF", "HEIF"])
def test_broken_exif_does_not_cost_the_picture(decoder: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    data = encode(
        Image.new("RGB", SIZE), decoder, exif=exif.tobytes(), xmp=pictures.xmp_packet(title="A title")
    )
    assert inspect(data).camera.make == "Maker"
    broken = data.replace(b"II*\0", b"\xff\xff\xff\xff").replace(b"MM\0*", b"\xff\xff\xff\xff")
    assert broken != data
    found = inspect(broken)
    assert found.taken_at is None
    assert found.embedded.title == "A title"


def test_a_malformed_photoshop_segment_does_not_cost_the_picture() -> None:
    """Pillow alone refuses this file: the resource ends where its name should be."""
    data = SAMPLES["JPEG"]
    body = b"Photoshop 3.0\x008BIM\x04\x04"
    segment = b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body
    assert inspect(data[:2] + segment + data[2:]).width == SIZE[1]


# --- polyglots --------------------------------------------------------------------------------------------


def archive(*, comment: bytes = b"") -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("index.html", "<script>alert(1)</script>")
        file.comment = comment
    return buffer.getvalue()


FOREIGN = {
    "archive": archive(),
    "archive with a comment": archive(comment=b"c" * 60_000),
    "padded archive": bytes(64) + archive(),
    "head of an archive": b"PK\x03\x04" + bytes(64),
    "rar": b"Rar!\x1a\x07\x01\0",
    "7z": b"7z\xbc\xaf\x27\x1c\0\4",
    "document": b"\n%PDF-1.7\n%%EOF",
    "page": b"<!DOCTYPE  HTML><p>hi",
    "script": b"\r\n<SCRIPT>alert(1)</SCRIPT>",
    "script, then an end": b"<script>alert(1)</script>\xff\xd9",
    "drawing": b"<svg onload='alert(1)'/>",
    "php": b"<?php echo 1;",
}


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("tail", FOREIGN)
def test_an_image_that_is_something_else_too_is_refused(name: str, tail: str) -> None:
    with pytest.raises(ForeignContent):
        inspect(SAMPLES[name] + FOREIGN[tail])


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize(
    "tail", [bytes(512), b"\0\0\0\x18ftypmp42" + bytes(900), SAMPLES["JPEG"], b"junk", b"\0<?=<svg <html-"]
)
def test_what_cameras_put_behind_a_picture_is_tolerated_and_not_passed_on(name: str, tail: bytes) -> None:
    found = outcome(SAMPLES[name] + tail)
    if name in ("AVIF", "HEIF") and isinstance(found, ImageRejected):
        assert isinstance(found, CorruptImage | TruncatedImage)  # the tail breaks their chain of boxes
        return
    assert isinstance(found, Inspection)
    assert tail not in found.preview.data + found.thumbnail.data


def jpeg_comment(comment: bytes) -> bytes:
    data = SAMPLES["JPEG"]
    return data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + data[2:]


def test_a_document_in_front_of_the_pixels_is_refused() -> None:
    with pytest.raises(ForeignContent):
        inspect(jpeg_comment(b"%PDF-1.4\n1 0 obj"))
    inspect(jpeg_comment(bytes(1024) + b"%PDF-1.4 is only found in the first kilobyte"))


def test_an_archive_inside_the_structure_is_refused_where_archivers_find_it() -> None:
    with pytest.raises(ForeignContent):
        inspect(jpeg_comment(archive()))
    inspect(jpeg_comment(b"PK\x05\x06 and nothing that it leads to" + bytes(30)))


def test_text_about_markup_costs_no_picture() -> None:
    data = pictures.draw("beach", size=SIZE, title="How to close a <script> tag, or <?php")
    assert inspect(data).embedded.title == "How to close a <script> tag, or <?php"
    inspect(jpeg_comment(b"<html> and <script> explained"))


def test_a_script_behind_a_picture_without_an_end_is_refused() -> None:
    data = SAMPLES["JPEG"].removesuffix(b"\xff\xd9")
    assert data != SAMPLES["JPEG"]
    with pytest.raises(ForeignContent):
        inspect(data + b"<script>alert(1)</script>")


def test_boxes_with_long_or_open_sizes_are_followed() -> None:
    data = SAMPLES["AVIF"]
    long_box = b"\0\0\0\1free" + (20).to_bytes(8, "big") + bytes(4)
    assert inspect(data + long_box).width == SIZE[1]
    assert endings.is_complete(data + long_box, formats.AVIF)
    assert not endings.is_complete(data + long_box[:-1], formats.AVIF)
    assert endings.is_complete(data + b"\0\0\0\0mdat" + bytes(9), formats.AVIF)


def test_a_payload_in_a_comment_is_not_passed_on() -> None:
    payload = b"<?php system($_GET['c']); ?>"
    data = encode(pictures.paint("beach", size=SIZE), "JPEG", comment=payload)
    assert payload in data
    found = inspect(data)
    assert payload not in found.preview.data + found.thumbnail.data


def test_a_gif_header_before_a_script_is_no_image() -> None:
    with pytest.raises(ImageRejected):
        inspect(b"GIF89a/*" + b"\0" * 8 + b"*/=1;alert(document.cookie)//")


@pytest.mark.parametrize("decoder", ["AVIF", "HEIF"])
def test_only_the_plug_in_that_is_needed_gets_registered(
    decoder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(Image.OPEN, decoder)
    monkeypatch.delitem(sys.modules, "PIL.AvifImagePlugin", raising=False)
    monkeypatch.setattr(Image, "init", lambda: pytest.fail("all plug-ins were imported"))
    assert inspect(SAMPLES[decoder]).width == SIZE[1]


def test_no_other_decoder_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    real = Image.open

    def spy(fp: Any, mode: Any = "r", formats: Any = None) -> Any:
        opened.append(formats)
        return real(fp, mode, formats)

    monkeypatch.setattr(Image, "open", spy)
    for data in SAMPLES.values():
        outcome(data)
        outcome(data[:40])
    assert all(isinstance(formats, tuple) and len(formats) == 1 for formats in opened)


# --- proof by search --------------------------------------------------------------------------------------

_SEARCH = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_HEADS = [data[:32] for data in SAMPLES.values()]


@_SEARCH
@given(
    st.one_of(
        st.binary(max_size=400), st.builds(bytes.__add__, st.sampled_from(_HEADS), st.binary(max_size=400))
    )
)
def test_any_bytes_are_refused_by_name(data: bytes) -> None:
    outcome(data)


@_SEARCH
@given(name=st.sampled_from(sorted(SAMPLES)), seed=st.integers(0, 2**32), cuts=st.integers(1, 12))
def test_any_damage_is_survived(name: str, seed: int, cuts: int) -> None:
    chance, data = random.Random(seed), bytearray(SAMPLES[name])  # noqa: S311 - no secret
    for _ in range(cuts):
        at = chance.randrange(min(len(data), chance.choice((100, 700, len(data)))))
        match chance.randrange(3):
            case 0:
                data[at] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
            case 1:
                del data[at : at + chance.randrange(1, 20)]
            case _:
                data[at:at] = chance.randbytes(chance.randrange(1, 20))
    outcome(bytes(data))


@_SEARCH
@given(tiff_structures.STRUCTURES)
def test_any_entries_of_a_tiff_are_answered_for_and_cost_no_jpeg_its_picture(block: bytes) -> None:
    outcome(block)
    assert inspect(exif_in_jpeg(block)).format == "JPEG"


@_SEARCH
@given(name=st.sampled_from(sorted(SAMPLES)), kept=st.floats(0.0, 1.0))
def test_any_truncation_is_survived(name: str, kept: float) -> None:
    data = SAMPLES[name]
    found = outcome(data[: int(len(data) * kept)])
    assert isinstance(found, Inspection | TruncatedImage | EmptyFile | UnsupportedFormat | CorruptImage)


def test_the_decoders_that_the_tests_need_are_there() -> None:
    assert features.check("avif")
    assert features.check("webp")
    assert features.check("littlecms2")
