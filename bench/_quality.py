"""How good renditions and palettes are, by measures that others have published.

SSIM: Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment", 2004 (Gaussian window of 11, sigma 1.5,
on luma). CIEDE2000: Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", 2005.
"""

from importlib import import_module
from io import BytesIO
from itertools import permutations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from bench._imaging_subjects import COLOURS, Colours
from gloss.imaging.colour import to_srgb
from gloss.imaging.perception import cielab, oklab

Floats = NDArray[np.float64]

_WINDOW: Final = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_POW7: Final = 25.0**7


def original(data: bytes) -> Image.Image:
    """Every pixel of a file, upright and in sRGB."""
    with Image.open(BytesIO(data)) as image:
        profile = image.info.get("icc_profile")
        return to_srgb(ImageOps.exif_transpose(image), profile)


def fidelity(rendition: bytes, whole: Image.Image) -> float:
    """SSIM of a JPEG to a Lanczos reduction of the whole picture to its size."""
    with Image.open(BytesIO(rendition)) as image:
        found = np.asarray(image.convert("L"), np.float64)
        reference = whole.resize(image.size, Image.Resampling.LANCZOS).convert("L")
    return ssim(found, np.asarray(reference, np.float64))


def ssim(one: Floats, other: Floats) -> float:
    mean_one, mean_other = _blur(one), _blur(other)
    variances = _blur(one * one) - mean_one**2 + _blur(other * other) - mean_other**2
    covariance = _blur(one * other) - mean_one * mean_other
    luminance = (2 * mean_one * mean_other + _C1) / (mean_one**2 + mean_other**2 + _C1)
    return float((luminance * (2 * covariance + _C2) / (variances + _C2)).mean())


def _blur(values: Floats) -> Floats:
    for axis in (0, 1):
        steps = values.shape[axis] - len(_WINDOW) + 1
        parts = (
            weight * np.take(values, range(at, at + steps), axis)
            for at, weight in enumerate(_WINDOW / _WINDOW.sum())
        )
        values = np.sum(list(parts), axis=0)
    return values


def reference_palette(whole: Image.Image, space: str) -> Floats:
    """Centres of k-means over every pixel, in CIELAB; clustered in ``oklab`` or ``cielab``.

    By scikit-learn, so that what judges us is not ours. Equal pixels are counted, not repeated.
    """
    codes, counts = np.unique(_packed(whole), return_counts=True)
    rgb = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1).astype(np.float64)
    points = oklab(rgb) if space == "oklab" else cielab(rgb)
    means: Any = import_module("sklearn.cluster").KMeans(COLOURS, n_init=4, random_state=7)
    labels = means.fit(points, sample_weight=counts).labels_
    lab = cielab(rgb)
    return np.array(
        [np.average(lab[labels == k], axis=0, weights=counts[labels == k]) for k in range(COLOURS)]
    )


def _packed(image: Image.Image) -> NDArray[np.int32]:
    pixels = np.asarray(image, np.uint8).reshape(-1, 3).astype(np.int32)
    return pixels[:, 0] << 16 | pixels[:, 1] << 8 | pixels[:, 2]


def palette_error(palette: Colours, reference: Floats) -> float:
    """Mean CIEDE2000 between the reference and the palette, paired as well as can be.

    A palette with fewer colours repeats its first.
    """
    full = [*palette, *palette[:1] * COLOURS][:COLOURS]
    found = cielab(np.array(full, np.float64))
    costs = np.array([[ciede2000(one, other) for other in found] for one in reference])
    rows = np.arange(COLOURS)
    return float(min(costs[rows, list(order)].mean() for order in permutations(range(COLOURS))))


def ciede2000(one: Floats, other: Floats) -> float:
    """The difference of two colours in CIELAB."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean_chroma**7 / (mean_chroma**7 + _POW7))
    c1, c2 = np.hypot(a1 * stretch, b1), np.hypot(a2 * stretch, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a * stretch)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    hue = h1 + h2 if c1 * c2 == 0 else h1 + turn / 2
    lightness, chroma = (l1 + l2) / 2 - 50, (c1 + c2) / 2
    d_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    s_hue = 1 + 0.015 * chroma * _hue_weight(hue)
    s_chroma = 1 + 0.045 * chroma
    s_lightness = 1 + 0.015 * lightness**2 / np.sqrt(20 + lightness**2)
    tilt = -np.sin(np.radians(60 * np.exp(-(((hue % 360 - 275) / 25) ** 2))))
    tilt *= 2 * np.sqrt(chroma**7 / (chroma**7 + _POW7))
    parts = (l2 - l1) / s_lightness, (c2 - c1) / s_chroma, d_hue / s_hue
    return float(np.sqrt(sum(part**2 for part in parts) + tilt * parts[1] * parts[2]))


def _hue_weight(degrees: float) -> float:
    terms = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    return 1.0 + sum(weight * float(np.cos(np.radians(n * degrees + by))) for weight, n, by in terms)
