"""What libvips decodes, and what it is not let near."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gloss.imaging import inspect, libvips
from gloss.imaging.formats import GIF, JPEG, PNG, WEBP, Format
from tools import pictures

SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9'/></svg>"


def encode(image: Image.Image, format_: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("format_", "mode", "bits", "here"),
    [
        (JPEG, "RGB", 8, True),
        (JPEG, "CMYK", 8, False),
        (PNG, "P", 8, True),
        (PNG, "RGB", 16, False),
        (PNG, "I;16", 16, False),
        (WEBP, "RGBA", 8, True),
        (GIF, "P", 8, False),
    ],
)
def test_ordinary_pictures_are_decoded_here(format_: Format, mode: str, bits: int, here: bool) -> None:
    assert libvips.reads(format_, mode, bits) is here


@pytest.mark.parametrize(("format_", "name"), [(JPEG, "JPEG"), (PNG, "PNG"), (WEBP, "WEBP")])
@pytest.mark.parametrize("size", [(60, 41), (333, 200), (1, 1)])
def test_a_picture_has_exactly_the_size_that_was_asked(
    format_: Format, name: str, size: tuple[int, int]
) -> None:
    data = encode(Image.new("RGB", (1001, 601), (200, 30, 60)), name, quality=95)

    pixels = libvips.scaled(data, format_, (1001, 601), size)

    assert pixels is not None
    assert (pixels.size, pixels.mode) == (size, "RGB")
    assert np.abs(np.asarray(pixels).astype(int) - (200, 30, 60)).max() <= 4


def test_what_is_transparent_is_white() -> None:
    pixels = libvips.scaled(encode(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG"), PNG, (40, 40), (20, 20))

    assert pixels is not None
    assert set(pixels.tobytes()) == {255}


@pytest.mark.parametrize(("format_", "name"), [(JPEG, "JPEG"), (PNG, "PNG"), (WEBP, "WEBP")])
def test_a_file_that_ends_early_is_refused(format_: Format, name: str) -> None:
    data = pictures.draw("flowers", size=(320, 200), format=name)

    assert libvips.scaled(data[: len(data) * 2 // 3], format_, (320, 200), (64, 40)) is None


def test_there_is_no_loader_for_anything_else() -> None:
    assert libvips.scaled(SVG, PNG, (9, 9), (9, 9)) is None


def test_it_agrees_with_pillow_about_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pictures.draw("beach", size=(1600, 900))
    quick = inspect(data)
    monkeypatch.setattr(libvips, "reads", lambda *_: False)

    slow = inspect(data)

    one, other = (np.asarray(Image.open(BytesIO(found.preview.data))).astype(int) for found in (quick, slow))
    assert np.abs(one - other).mean() < 1.5


@pytest.mark.parametrize(
    ("original", "times"),
    [((4000, 3000), 4), ((3600, 2700), 2), ((921, 691), 1), ((8000, 6000), 8), ((600, 450), 1)],
)
def test_a_jpeg_is_decoded_with_something_to_spare(original: tuple[int, int], times: int) -> None:
    assert libvips._shrink(original, (768, 576)) == times
