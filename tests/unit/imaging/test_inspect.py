"""What comes out of a good file: size, orientation, colour, renditions."""

import hashlib
import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from gloss.imaging import Inspection, Rendition, containers, formats, inspect
from tests.icc_profiles import icc_profile
from tests.tiff_structures import Entry, structure
from tools import pictures

SIZE = (90, 60)
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)


def encode(image: Image.Image, format_: str = "PNG", **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def pixel(rendition: Rendition, x: int, y: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    with Image.open(BytesIO(rendition.data)) as image:
        return np.array(image.convert("RGB").getpixel((x, y)), dtype=np.int64)


def middle(inspection: Inspection) -> np.ndarray[Any, np.dtype[np.int64]]:
    preview = inspection.preview
    return pixel(preview, preview.width // 2, preview.height // 2)


def near(actual: object, expected: object, tolerance: int = 8) -> bool:
    return bool(np.abs(np.asarray(actual) - np.asarray(expected)).max() <= tolerance)


@pytest.mark.parametrize(
    ("decoder", "name", "mime", "mode"),
    [
        ("JPEG", "JPEG", "image/jpeg", "RGB"),
        ("PNG", "PNG", "image/png", "RGB"),
        ("WEBP", "WebP", "image/webp", "RGB"),
        ("GIF", "GIF", "image/gif", "P"),
        ("TIFF", "TIFF", "image/tiff", "RGB"),
        ("AVIF", "AVIF", "image/avif", "RGB"),
        ("HEIF", "HEIC", "image/heic", "RGB"),
    ],
)
def test_every_format_is_inspected(decoder: str, name: str, mime: str, mode: str) -> None:
    data = pictures.draw("beach", size=SIZE, format=decoder)
    found = inspect(data, declared_type=mime)
    assert (found.format, found.mime, found.mode, found.bits) == (name, mime, mode, 8)
    assert (found.width, found.height, found.frames) == (*SIZE, 1)
    assert (found.bytes, found.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert not found.has_alpha
    assert (found.preview.width, found.preview.height) == SIZE
    assert (found.thumbnail.width, found.thumbnail.height) == SIZE
    assert near(pixel(found.preview, 45, 50), (222, 197, 147), 25)  # sand


@pytest.mark.parametrize("size", [(1600, 900), (900, 1600), (3000, 20), (2000, 2000), (5, 4000)])
def test_renditions_fit_and_keep_their_shape(size: tuple[int, int]) -> None:
    found = inspect(encode(Image.new("RGB", size, RED), "JPEG"))
    for rendition, side in ((found.preview, 768), (found.thumbnail, 200)):
        assert max(rendition.width, rendition.height) == side
        short = min(size) * side / max(size)
        assert abs(min(rendition.width, rendition.height) - max(1, short)) <= 1
        with Image.open(BytesIO(rendition.data)) as image:
            assert (image.format, image.mode, image.size) == (
                "JPEG",
                "RGB",
                (rendition.width, rendition.height),
            )


def test_a_jpeg_that_pillow_decodes_is_decoded_at_the_smallest_scale_that_covers_the_preview() -> None:
    """The wide picture is the trap: a square draft size would compare its short side and decode it whole."""
    data = encode(Image.new("CMYK", (3200, 1000)), "JPEG")
    decoded: list[tuple[int, int]] = []
    load = Image.Image.load

    def spy(self: Image.Image) -> Any:
        decoded.append(self.size)
        return load(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Image.Image, "load", spy)
        inspect(data)
    assert decoded[0] == (800, 250)


def corners() -> Image.Image:
    """Red top left, green top right, blue below, upright: 64 x 32."""
    image = Image.new("RGB", (64, 32), BLUE)
    image.paste(RED, (0, 0, 16, 16))
    image.paste(GREEN, (48, 0, 64, 16))
    return image


_STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture lies in a file of each orientation: the inverse of what a reader has to do."""


@pytest.mark.parametrize("decoder", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(decoder: str, orientation: int) -> None:
    turn = _STORED[orientation]
    stored = corners().transpose(turn) if turn is not None else corners()
    found = inspect(pictures.encode(stored, decoder, orientation=orientation))
    assert (found.width, found.height) == (64, 32) == (found.preview.width, found.preview.height)
    assert near(pixel(found.preview, 5, 5), RED, 40)
    assert near(pixel(found.preview, 58, 5), GREEN, 40)
    assert near(pixel(found.preview, 32, 28), BLUE, 40)


@pytest.mark.parametrize("orientation", [1, 6])
def test_heif_is_turned_once_only(orientation: int) -> None:
    turn = _STORED[orientation]
    stored = corners().transpose(turn) if turn is not None else corners()
    found = inspect(pictures.encode(stored, "HEIF", orientation=orientation))
    assert (found.width, found.height) == (64, 32)
    assert near(pixel(found.preview, 5, 5), RED, 60)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "jpeg", None])
def test_a_compressed_tiff_is_turned_once_only(compression: str | None) -> None:
    data = encode(
        corners().transpose(Image.Transpose.ROTATE_90), "TIFF", compression=compression, tiffinfo={0x0112: 6}
    )
    found = inspect(data)
    assert (found.width, found.height) == (64, 32)
    assert near(pixel(found.preview, 5, 5), RED, 40)


def test_an_orientation_out_of_range_means_upright() -> None:
    assert inspect(pictures.draw("beach", size=SIZE, orientation=9)).width == SIZE[0]


# --- colour -----------------------------------------------------------------------------------------------


def adobe_rgb() -> bytes:
    """A profile with primaries so wide that (0, 200, 0) in it is a greener green than sRGB has."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # Swap the red and green colorants: a change nobody can miss.
    return profile.replace(b"rXYZ", b"tmpX").replace(b"gXYZ", b"rXYZ").replace(b"tmpX", b"gXYZ")


@pytest.mark.parametrize("decoder", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_a_profile_is_applied(decoder: str) -> None:
    found = inspect(encode(Image.new("RGB", SIZE, (200, 30, 30)), decoder, icc_profile=adobe_rgb()))
    assert found.had_icc
    assert near(middle(found), (30, 200, 30), 12)


def test_an_srgb_profile_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    found = inspect(encode(Image.new("RGB", SIZE, (200, 30, 30)), icc_profile=profile))
    assert found.had_icc
    assert near(middle(found), (200, 30, 30), 3)


@pytest.mark.parametrize("profile", [b"", b"no profile", adobe_rgb()[:200]])
def test_a_broken_profile_is_ignored(profile: bytes) -> None:
    found = inspect(encode(Image.new("RGB", SIZE, (200, 30, 30)), "JPEG", icc_profile=profile))
    assert near(middle(found), (200, 30, 30), 5)


def test_a_profile_for_another_colour_mode_is_ignored() -> None:
    found = inspect(encode(Image.new("L", SIZE, 99), "JPEG", icc_profile=adobe_rgb()))
    assert near(middle(found), (99, 99, 99), 3)


def test_a_grey_profile_is_applied() -> None:
    profile = grey_profile(gamma=1.0)
    found = inspect(encode(Image.new("L", SIZE, 128), icc_profile=profile))
    assert found.had_icc
    assert near(middle(found), (188, 188, 188), 4)  # linear 0.5 is 188 in sRGB


def grey_profile(gamma: float) -> bytes:
    curve = b"curv\0\0\0\0\0\0\0\1" + round(gamma * 256).to_bytes(2, "big") + b"\0\0"
    return icc_profile(b"mntrGRAYXYZ ", {b"kTRC": curve})


def cmyk_profile() -> bytes:
    """A printer whose cyan ink is red: nobody could mistake it for what Pillow does without a profile."""
    nodes = bytearray()
    for inks in range(16):  # the corners of the ink cube, the last channel (black) varying fastest
        lightness, a, b = (255, 128, 128) if inks == 0 else (136, 208, 195) if inks & 8 else (60, 128, 128)
        nodes += bytes((0 if inks & 1 else lightness, a, b))
    identity = b"".join((65536 if i % 4 == 0 else 0).to_bytes(4, "big") for i in range(9))
    ramp = bytes(range(256))
    table = b"mft1\0\0\0\0\4\3\2\0" + identity + ramp * 4 + bytes(nodes) + ramp * 3
    return icc_profile(b"prtrCMYKLab ", {b"A2B0": table})


@pytest.mark.parametrize("decoder", ["JPEG", "TIFF"])
def test_a_cmyk_profile_is_applied(decoder: str) -> None:
    profile = cmyk_profile()
    cyan = inspect(encode(Image.new("CMYK", SIZE, (255, 0, 0, 0)), decoder, icc_profile=profile))
    paper = inspect(encode(Image.new("CMYK", SIZE, (0, 0, 0, 0)), decoder, icc_profile=profile))
    red, green, blue = middle(cyan)
    assert red > 180
    assert max(green, blue) < 100
    assert near(middle(paper), WHITE, 3)


@pytest.mark.parametrize("decoder", ["JPEG", "TIFF"])
def test_cmyk_is_converted(decoder: str) -> None:
    """Pillow writes CMYK JPEGs as Adobe does: inverted."""
    found = inspect(encode(Image.new("CMYK", SIZE, (0, 255, 255, 0)), decoder))
    assert found.mode == "CMYK"
    assert near(middle(found), RED)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("1", SIZE, 1), WHITE),
        (Image.new("L", SIZE, 77), (77, 77, 77)),
        (Image.new("P", SIZE, 0), (0, 0, 0)),
        (Image.new("RGBA", SIZE, (255, 0, 0, 0)), WHITE),
        (Image.new("RGBA", SIZE, (255, 0, 0, 128)), (255, 127, 127)),
        (Image.new("LA", SIZE, (0, 128)), (127, 127, 127)),
    ],
    ids=lambda value: value.mode if isinstance(value, Image.Image) else None,
)
def test_colour_modes_of_png(image: Image.Image, expected: tuple[int, int, int]) -> None:
    found = inspect(encode(image))
    assert near(middle(found), expected, 3)
    assert found.has_alpha is (image.mode in ("RGBA", "LA"))


@pytest.mark.parametrize(("mode", "key"), [("RGB", (255, 0, 0)), ("L", 7), ("P", 0), ("1", 0)])
def test_a_transparent_colour_becomes_white(mode: str, key: Any) -> None:
    found = inspect(encode(Image.new(mode, SIZE, key), transparency=key))
    assert found.has_alpha
    assert near(middle(found), WHITE, 3)


def test_transparent_pixels_do_not_bleed_into_their_neighbours() -> None:
    image = Image.new("RGBA", (1600, 1600), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (800, 0, 1600, 1600))
    preview = inspect(encode(image)).preview
    edge = pixel(preview, 383, 300)
    assert edge[0] <= edge[2]  # no red that nobody can see
    assert near(pixel(preview, 100, 300), WHITE, 3)


@pytest.mark.parametrize(
    ("decoder", "dtype"), [("PNG", "<u2"), ("TIFF", "<u2"), ("TIFF", ">u2")], ids=["png", "tiff", "tiff-big"]
)
@pytest.mark.parametrize("level", [0, 200, 32768, 65535])
def test_sixteen_bits_are_scaled_not_clipped(decoder: str, dtype: str, level: int) -> None:
    image = Image.fromarray(np.full(SIZE[::-1], level, dtype="<u2"))
    if dtype == ">u2":
        image = Image.frombytes("I;16B", SIZE, np.full(SIZE, level, dtype=dtype).tobytes())
    found = inspect(encode(image, decoder))
    assert found.bits == 16
    assert near(middle(found), level >> 8, 2)


DEEP = (0x28FF, 0xA001, 0x5A80, 0xC000)
"""Four samples of 16 bits."""


def deep_png(colour_type: int, samples: tuple[int, ...]) -> bytes:
    """A PNG of 16 bits in one colour; Pillow writes none."""
    row = b"\0" + struct.pack(f">{len(samples)}H", *samples) * SIZE[0]
    header = struct.pack(">LLBBBBB", *SIZE, 16, colour_type, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * SIZE[1])), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))
        for name, body in chunks
    )


@pytest.mark.parametrize(
    ("colour_type", "samples", "expected"),
    [
        (2, DEEP[:3], (0x28, 0xA0, 0x5A)),
        (6, (*DEEP[:3], 0xFFFF), (0x28, 0xA0, 0x5A)),
        (6, (*DEEP[:3], 0x8000), (0x94, 0xD0, 0xAD)),  # half of it is white
        (4, (0x28FF, 0xFFFF), (0x28, 0x28, 0x28)),
        (4, (0x28FF, 0), (255, 255, 255)),
    ],
    ids=["RGB", "RGBA", "RGBA, half", "LA", "LA, clear"],
)
def test_a_png_of_sixteen_bits_in_every_colour_type(
    colour_type: int, samples: tuple[int, ...], expected: tuple[int, int, int]
) -> None:
    found = inspect(deep_png(colour_type, samples))
    assert (found.bits, found.has_alpha, found.width, found.height) == (16, colour_type >= 4, *SIZE)
    assert near(middle(found), expected, 4)


def deep_tiff(order: str, samples: tuple[int, ...], photometric: int, *, alpha: bool = False) -> bytes:
    """A TIFF of 16 bits in one colour; Pillow writes none."""
    pixels = struct.pack(f"{order}{len(samples)}H", *samples) * (SIZE[0] * SIZE[1])

    def written(at: int) -> bytes:
        entries: dict[int, Entry] = {
            256: (4, [SIZE[0]]),
            257: (4, [SIZE[1]]),
            258: (3, [16] * len(samples)),
            259: (3, [1]),
            262: (3, [photometric]),
            273: (4, [at]),
            277: (3, [len(samples)]),
            278: (4, [SIZE[1]]),
            279: (4, [len(pixels)]),
        }
        return structure(entries | ({338: (3, [2])} if alpha else {}), order=order)

    return written(len(written(0))) + pixels


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(
    ("samples", "photometric", "alpha", "expected"),
    [
        (DEEP[:3], 2, False, (0x28, 0xA0, 0x5A)),
        ((*DEEP[:3], 0x8000), 2, True, (0x94, 0xD0, 0xAD)),
        ((0, 0, 0, 0x8000), 5, False, (127, 127, 127)),
    ],
    ids=["RGB", "RGBA", "CMYK"],
)
def test_a_tiff_of_sixteen_bits_in_every_colour_space(
    order: str,
    samples: tuple[int, ...],
    photometric: int,
    alpha: bool,
    expected: tuple[int, int, int],
) -> None:
    found = inspect(deep_tiff(order, samples, photometric, alpha=alpha))
    assert (found.bits, found.has_alpha, found.width, found.height) == (16, alpha, *SIZE)
    assert near(middle(found), expected, 6)


def test_the_transparent_colour_of_a_sixteen_bit_png_is_left_alone() -> None:
    image = Image.fromarray(np.full(SIZE[::-1], 32768, dtype="<u2"))
    assert near(middle(inspect(encode(image, transparency=32768))), 128, 2)


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_wide_samples_are_stretched_over_what_is_there(dtype: type) -> None:
    ramp = np.linspace(-1000, 3000, SIZE[0])[None].repeat(SIZE[1], axis=0)
    found = inspect(encode(Image.fromarray(ramp.astype(dtype)), "TIFF"))
    assert near(pixel(found.preview, 0, 30), 0, 3)
    assert near(pixel(found.preview, SIZE[0] - 1, 30), 255, 3)


def test_not_a_number_is_black() -> None:
    values = np.full(SIZE[::-1], np.nan, dtype=np.float32)
    assert near(middle(inspect(encode(Image.fromarray(values), "TIFF"))), 0, 2)


def test_lab_is_converted() -> None:
    to_lab = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")),
        "RGB",
        "LAB",
    )
    lab = to_lab.apply(Image.new("RGB", SIZE, (40, 160, 90)))
    assert near(middle(inspect(encode(lab, "TIFF"))), (40, 160, 90), 10)


def test_ycbcr_tiff_is_converted() -> None:
    image = Image.new("RGB", SIZE, (40, 160, 90)).convert("YCbCr")
    assert near(middle(inspect(encode(image, "TIFF"))), (40, 160, 90), 6)


# --- animations and other facts ---------------------------------------------------------------------------


@pytest.mark.parametrize("decoder", ["GIF", "WEBP", "PNG", "AVIF", "TIFF"])
def test_the_first_frame_stands_for_an_animation(decoder: str) -> None:
    first, *others = (Image.new("RGB", SIZE, colour) for colour in (RED, GREEN, BLUE))
    found = inspect(encode(first, decoder, save_all=True, append_images=others, duration=100))
    assert found.frames == 3
    assert near(middle(found), RED, 12)


def test_ten_bit_avif_is_known_as_such() -> None:
    data = bytearray(encode(Image.new("RGB", SIZE), "AVIF"))
    assert inspect(bytes(data)).bits == 8
    data[data.index(b"av1C") + 6] |= 0x40
    assert containers.take_apart(bytes(data), formats.AVIF).bits == 10


@pytest.mark.parametrize("decoder", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_nothing_of_the_originals_metadata_is_in_the_renditions(decoder: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRETMAKER"
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    xmp = pictures.xmp_packet(title="SECRETTITLE")
    options: dict[str, Any] = {"exif": exif.tobytes(), "icc_profile": adobe_rgb()}
    if decoder in ("JPEG", "WEBP", "AVIF", "HEIF"):
        options["xmp"] = xmp
    if decoder == "JPEG":
        options["comment"] = b"SECRETCOMMENT"
    data = encode(pictures.paint("beach", size=SIZE), decoder, **options)
    assert b"SECRETMAKER" in data
    found = inspect(data)
    assert found.camera.make == "SECRETMAKER"
    for rendition in (found.preview, found.thumbnail):
        assert b"SECRET" not in rendition.data
        with Image.open(BytesIO(rendition.data)) as image:
            assert not image.getexif()
            assert not {"exif", "xmp", "icc_profile", "comment", "photoshop"} & set(image.info)
