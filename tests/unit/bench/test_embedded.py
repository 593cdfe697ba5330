"""What the pictures of the benchmarks carry is what our inspection finds in them."""

import pytest
from PIL import Image

from bench._embedded import encoded, exif, srgb, xmp
from gloss.imaging import inspect
from tools import pictures


@pytest.mark.parametrize("encoder", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_every_format_carries_all_of_it(encoder: str) -> None:
    found = inspect(encoded(pictures.paint("beach", size=(120, 90)), encoder))
    assert found.had_icc
    assert found.camera.make == "NIKON CORPORATION"
    assert found.embedded.title == "Harbour at dawn"
    assert "lighthouse" in found.embedded.keywords


def test_wide_colours_are_brought_to_srgb() -> None:
    """The red of sRGB is (234, 51, 35) in Display P3."""
    image = Image.new("RGB", (64, 64), (234, 51, 35))
    wide, narrow = (inspect(encoded(image, "PNG", profile=profile)) for profile in (None, srgb()))
    assert wide.palette[0].hex == "#ff0000"
    assert narrow.palette[0].hex == "#ea3323"


def test_it_is_as_much_as_cameras_and_software_write() -> None:
    assert 10_000 < len(exif()) < 65_000
    assert 2_000 < len(xmp()) < 10_000
