"""sRGB to and from two spaces in which distance is meant to be perceived difference, as arrays of n x 3.

OKLab: B. Ottosson, "A perceptual color space for image processing", 2020. CIELAB: CIE 15:2004, D65 white.
sRGB: IEC 61966-2-1; values 0..255. OKLab's lightness is 0..1, CIELAB's 0..100.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_RGB_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
).T
_LMS_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
).T
_RGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
).T / np.array([0.95047, 1.0, 1.08883])
_XYZ_TO_LAB = np.array([[0.0, 116.0, 0.0], [500.0, -500.0, 0.0], [0.0, 200.0, -200.0]]).T
_LAB_OFFSET = np.array([-16.0, 0.0, 0.0])
_LINEAR_TOE = 0.04045
_EPSILON, _KAPPA = 216 / 24389, 24389 / 27

_LAB_TO_RGB = tuple(np.linalg.inv(matrix) for matrix in (_XYZ_TO_LAB, _RGB_TO_XYZ))


def oklab(rgb: Floats) -> Floats:
    lab: Floats = np.cbrt(_linear(rgb) @ _RGB_TO_LMS) @ _LMS_TO_OKLAB
    return lab


def cielab(rgb: Floats) -> Floats:
    xyz = _linear(rgb) @ _RGB_TO_XYZ
    lab: Floats = (
        np.where(xyz > _EPSILON, np.cbrt(xyz), (_KAPPA * xyz + 16) / 116) @ _XYZ_TO_LAB + _LAB_OFFSET
    )
    return lab


def from_cielab(lab: Floats) -> Floats:
    """The inverse of `cielab`; colours outside sRGB are clipped."""
    bent = (lab - _LAB_OFFSET) @ _LAB_TO_RGB[0]
    linear = np.where(bent**3 > _EPSILON, bent**3, (116 * bent - 16) / _KAPPA) @ _LAB_TO_RGB[1]
    linear = np.clip(linear, 0.0, 1.0)
    curve = 1.055 * linear ** (1 / 2.4) - 0.055
    rgb: Floats = 255 * np.where(linear <= _LINEAR_TOE / 12.92, 12.92 * linear, curve)
    return rgb


def _linear(rgb: Floats) -> Floats:
    unit = rgb / 255
    linear: Floats = np.where(unit <= _LINEAR_TOE, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)
    return linear
