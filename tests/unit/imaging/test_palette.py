import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gloss.imaging import Swatch
from gloss.imaging.names import NAMES
from gloss.imaging.palette import COLOURS, palette
from gloss.imaging.perception import cielab, from_cielab, oklab
from tools import pictures


def bands(*colours: tuple[int, int, int], heights: tuple[int, ...] = ()) -> Image.Image:
    rows = [
        np.full((height, 40, 3), colour) for colour, height in zip(colours, heights or [20] * 5, strict=False)
    ]
    return Image.fromarray(np.concatenate(rows).astype(np.uint8))


def test_flat_colours_are_found_exactly_with_their_shares_and_names() -> None:
    image = bands((255, 0, 0), (255, 255, 255), (0, 0, 128), heights=(50, 30, 20))
    assert palette(image) == (
        Swatch("#ff0000", 0.5, "red"),
        Swatch("#ffffff", 0.3, "white"),
        Swatch("#000080", 0.2, "navy"),
    )


def test_one_colour_is_one_swatch() -> None:
    assert palette(Image.new("RGB", (30, 30), (17, 17, 17))) == (Swatch("#111111", 1.0, "black"),)


def test_one_pixel_is_enough() -> None:
    assert palette(Image.new("RGB", (1, 1), "teal")) == (Swatch("#008080", 1.0, "teal"),)


@pytest.mark.parametrize("kind", pictures.KINDS)
def test_the_palette_of_a_picture(kind: str) -> None:
    image = pictures.paint(kind, size=(300, 200))
    found = palette(image)
    assert len(found) == COLOURS == len({swatch.hex for swatch in found})
    assert sum(swatch.share for swatch in found) == pytest.approx(1.0, abs=0.001)
    assert [swatch.share for swatch in found] == sorted((swatch.share for swatch in found), reverse=True)
    assert found == palette(image.copy())


def test_the_palette_stands_for_every_pixel() -> None:
    """Five colours explain a picture of five colours far better than four of them would."""
    colours = ((230, 40, 40), (40, 160, 60), (40, 60, 200), (240, 220, 60), (20, 20, 24))
    noisy = np.asarray(bands(*colours)).astype(int) + np.random.default_rng(3).integers(-12, 13, (100, 40, 3))
    found = palette(Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)))
    centres = np.array([[int(swatch.hex[i : i + 2], 16) for i in (1, 3, 5)] for swatch in found])
    for colour in colours:
        assert np.abs(centres - colour).max(axis=1).min() <= 6


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((250, 5, 5), "red"),
        ((24, 20, 16), "black"),
        ((20, 20, 110), "midnight blue"),
        ((128, 128, 130), "gray"),
        ((135, 205, 235), "sky blue"),
        ((140, 70, 20), "saddle brown"),
    ],
)
def test_a_colour_is_called_by_its_nearest_name(rgb: tuple[int, int, int], name: str) -> None:
    assert palette(Image.new("RGB", (4, 4), rgb))[0].name == name


def test_names_are_words_and_distinct_colours() -> None:
    assert len(set(NAMES.values())) == len(NAMES)
    assert all(name.replace(" ", "").isalpha() and name == name.lower() for name in NAMES)


def test_known_points_of_both_spaces() -> None:
    """White, black and red, as published (CIE 15; Ottosson 2020)."""
    points = np.array([[255.0, 255.0, 255.0], [0.0, 0.0, 0.0], [255.0, 0.0, 0.0]])
    assert cielab(points) == pytest.approx(
        np.array([[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20]]), abs=0.02
    )
    assert oklab(points) == pytest.approx(
        np.array([[1, 0, 0], [0, 0, 0], [0.628, 0.2249, 0.1258]]), abs=0.001
    )


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=20))
def test_cielab_is_undone(rgb: list[tuple[int, int, int]]) -> None:
    points = np.array(rgb, dtype=np.float64)
    assert from_cielab(cielab(points)) == pytest.approx(points, abs=0.05)
