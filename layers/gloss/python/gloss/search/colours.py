"""Finding images by colour: CIEDE2000 between a colour and the palettes.

Sharma, Wu, Dalal: "The CIEDE2000 color-difference formula: implementation notes, supplementary test data, and
mathematical observations", 2005. The names below are the paper's.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gloss.errors import ValidationFailed
from gloss.imaging.perception import cielab
from gloss.patterns import pattern
from gloss.search.model import NearColour

Floats = NDArray[np.float64]

DEFAULT_TOLERANCE: Final = 15.0
"""Colours this far apart are clearly different, and still called by the same name."""

_HEX: Final = pattern(r"#?([0-9a-fA-F]{6})")
_HALF, _TURN = 180.0, 360.0  # degrees
_25_TO_7: Final = 25.0**7
_MAX_SL: Final = 1.75
"""S_L is greatest at lightness 0 and 100: 1 + 0.015 * 2500 / sqrt(20 + 2500) = 1.747."""


def near_hex(text: str, tolerance: float = DEFAULT_TOLERANCE) -> NearColour:
    """What is near the colour ``rrggbb``, with or without ``#``.

    Raises:
        ValidationFailed: the text has another form.
    """
    match = _HEX.fullmatch(text)
    if match is None:
        raise ValidationFailed(
            "The request is not valid.", fields=[{"field": "hex", "message": "six hex digits are needed"}]
        )
    lightness, a, b = cielab(np.array([list(bytes.fromhex(match[1]))], np.float64))[0].tolist()
    return NearColour((lightness, a, b), tolerance)


def share_within(palettes: NDArray[np.float32], near: NearColour) -> NDArray[np.float32]:
    """How much of each image has the colour; a swatch counts the less the farther it is away.

    ``palettes`` holds L, a, b and share of the swatches of n images.
    """
    colour = np.array(near.lab)
    # |dL| / S_L is never more than the whole distance: most swatches need no trigonometry.
    close = np.abs(palettes[..., 0] - colour[0]) <= near.tolerance * _MAX_SL
    candidates = (palettes[..., 3] > 0) & close
    closeness = np.zeros(candidates.shape, np.float32)
    distance = ciede2000(palettes[candidates][:, :3].astype(np.float64), colour)
    closeness[candidates] = np.maximum(0, 1 - distance / near.tolerance)
    shares: NDArray[np.float32] = (closeness * palettes[..., 3]).sum(axis=1)
    return shares


def ciede2000(labs: Floats, reference: Floats) -> Floats:
    """The difference of each of n x 3 colours in CIELAB to one colour."""
    l1, a1, b1 = labs.T
    l2, a2, b2 = reference
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + _25_TO_7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = _hue(a1, b1), _hue(a2, np.broadcast_to(b2, a2.shape))
    grey = c1 * c2 == 0
    dh = np.where(grey, 0.0, _shorter_way(h2 - h1))
    delta_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh) / 2)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    mean_h = np.where(grey, h1 + h2, _mean_hue(h1, h2))
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    s_c = 1 + 0.045 * mean_c
    s_h = 1 + 0.015 * mean_c * _hue_weight(mean_h)
    r_t = -np.sin(np.radians(60 * np.exp(-(((mean_h - 275) / 25) ** 2))))
    r_t = r_t * 2 * np.sqrt(mean_c**7 / (mean_c**7 + _25_TO_7))
    lightness, chroma, hue = (l2 - l1) / s_l, (c2 - c1) / s_c, delta_h / s_h
    distance: Floats = np.sqrt(np.maximum(0, lightness**2 + chroma**2 + hue**2 + r_t * chroma * hue))
    return distance


def _hue(a: Floats, b: Floats) -> Floats:
    hue: Floats = np.degrees(np.arctan2(b, a)) % _TURN
    return hue


def _shorter_way(turn: Floats) -> Floats:
    way: Floats = np.where(turn > _HALF, turn - _TURN, np.where(turn < -_HALF, turn + _TURN, turn))
    return way


def _mean_hue(h1: Floats, h2: Floats) -> Floats:
    """The hue in the middle of the shorter way around."""
    total = h1 + h2
    apart = np.abs(h1 - h2) > _HALF
    mean: Floats = np.where(apart, np.where(total < _TURN, total + _TURN, total - _TURN), total) / 2
    return mean


def _hue_weight(mean_h: Floats) -> Floats:
    angle = np.radians(mean_h)
    weight: Floats = (
        1
        - 0.17 * np.cos(angle - np.radians(30))
        + 0.24 * np.cos(2 * angle)
        + 0.32 * np.cos(3 * angle + np.radians(6))
        - 0.20 * np.cos(4 * angle - np.radians(63))
    )
    return weight
