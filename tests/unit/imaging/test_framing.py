"""A picture cut to a size keeps its middle, its colours and its kind of file."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms

from gloss.errors import ImageRejected
from gloss.imaging import crop

RED, GREEN, BLUE = (220, 30, 30), (30, 200, 30), (30, 30, 220)


def stripes(format_: str, **options: Any) -> bytes:
    """Ninety wide and thirty high: red, green and blue, each thirty wide."""
    image = Image.new("RGB", (90, 30))
    for position, colour in enumerate((RED, GREEN, BLUE)):
        image.paste(colour, (30 * position, 0, 30 * position + 30, 30))
    buffer = BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def near(one: Any, other: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(("format_", "got"), [("JPEG", "JPEG"), ("PNG", "PNG"), ("WEBP", "PNG")])
def test_the_middle_is_kept(format_: str, got: str) -> None:
    options = {"lossless": True} if format_ == "WEBP" else {}
    image = opened(crop(stripes(format_, **options), (30, 30)))
    assert (image.format, image.size) == (got, (30, 30))
    for point in ((2, 15), (15, 15), (27, 15)):
        assert near(image.convert("RGB").getpixel(point), GREEN)


def test_a_picture_that_lies_on_its_side_is_turned_upright_first() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = opened(crop(stripes("JPEG", exif=exif), (30, 60)))
    assert (image.size, image.getexif().get(0x0112, 1)) == ((30, 60), 1)
    assert near(image.getpixel((15, 3)), RED)
    assert near(image.getpixel((15, 57)), BLUE)


def test_what_is_transparent_stays_so() -> None:
    image = Image.new("RGBA", (40, 20), (*RED, 0))
    buffer = BytesIO()
    image.save(buffer, "PNG")
    assert opened(crop(buffer.getvalue(), (20, 20))).getpixel((10, 10)) == (*RED, 0)


def test_colours_keep_their_profile() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert opened(crop(stripes("PNG", icc_profile=profile), (30, 30))).info["icc_profile"] == profile


@pytest.mark.parametrize("data", [b"", b"<html>", stripes("JPEG")[:400]])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ImageRejected):
        crop(data, (30, 30))
