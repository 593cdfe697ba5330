"""The measures that judge renditions and palettes agree with what their authors published."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from bench._imaging_subjects import Colours
from bench._quality import Floats, ciede2000, fidelity, original, palette_error, ssim
from gloss.imaging import inspect
from gloss.imaging.perception import cielab
from tools import pictures


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_ciede2000_of_published_pairs(
    one: tuple[float, ...], other: tuple[float, ...], expected: float
) -> None:
    """Sharma, Wu and Dalal, 2005, table 1."""
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)
    assert ciede2000(np.array(other), np.array(one)) == pytest.approx(expected, abs=1e-4)


def grey(image: Image.Image) -> Floats:
    return np.asarray(image.convert("L"), np.float64)


def test_ssim_falls_with_every_step_away() -> None:
    image = pictures.paint("skyline", size=(120, 90))
    soft, softer = (image.filter(ImageFilter.GaussianBlur(radius)) for radius in (0.5, 2.0))
    assert ssim(grey(image), grey(image)) == pytest.approx(1.0)
    assert 1 > ssim(grey(image), grey(soft)) > ssim(grey(image), grey(softer)) > 0


def test_a_palette_is_paired_as_well_as_can_be() -> None:
    colours: Colours = [(250, 20, 20), (20, 250, 20), (20, 20, 250), (250, 250, 20), (20, 250, 250)]
    reference = cielab(np.array(colours, np.float64))
    assert palette_error(list(reversed(colours)), reference) == pytest.approx(0.0, abs=1e-9)
    assert palette_error(colours[:1], reference) > palette_error(colours[:4], reference) > 5


def test_fidelity_is_taken_upright() -> None:
    data = pictures.draw("beach", size=(400, 200), orientation=6)
    assert original(data).size == (200, 400)
    assert fidelity(inspect(data).preview.data, original(data)) > 0.9
