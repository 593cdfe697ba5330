"""The colours that a picture is made of: k-means over a colour histogram.

The distance is taken in OKLab and CIELAB at once. The two disagree about what is similar, about dark colours
above all: their own best palettes of a photograph are 6 CIEDE2000 apart on average. Clustering in both at
once is 3 from OKLab's and 3.3 from CIELAB's on the photographs that it was tried with.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gloss.imaging.model import Swatch
from gloss.imaging.names import NAMES
from gloss.imaging.perception import Floats, cielab, from_cielab, oklab

COLOURS = 5

_SAMPLE_PIXELS = 30_000
_LEVEL_BITS = 4  # per channel; a bin is represented by the mean of its pixels, so little is lost
_OKLAB_SCALE = (
    115.0  # units of CIELAB per unit of OKLab, such that the result is about as near to either's own
)
_STARTS = 6
_MAX_ROUNDS = 20
_STILL = 0.05  # a centre that moves less than this, in units of CIELAB, has arrived
_GOLDEN = 0.6180339887498949


def palette(pixels: Image.Image) -> tuple[Swatch, ...]:
    """At most `COLOURS` swatches of an RGB image, most frequent first; the same for the same image."""
    colours, weights = _histogram(np.asarray(pixels))
    lab = cielab(colours)
    features = np.concatenate([lab, _OKLAB_SCALE * oklab(colours)], axis=1)
    members = _cluster(features, weights)
    shares = members.sum(axis=0)
    order = [index for index in np.argsort(-shares, kind="stable") if shares[index] > 0]
    rgb = np.rint(from_cielab(members.T[order] @ lab / shares[order, None])).astype(int)
    return tuple(
        Swatch(hex=f"#{red:02x}{green:02x}{blue:02x}", share=round(float(share), 4), name=name)
        for (red, green, blue), share, name in zip(
            rgb, shares[order] / shares.sum(), _names(rgb), strict=True
        )
    )


def _histogram(pixels: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """Mean colour and number of pixels of each occupied bin, from a regular sample of the image."""
    step = max(1, int((pixels.shape[0] * pixels.shape[1] / _SAMPLE_PIXELS) ** 0.5))
    sample = pixels[::step, ::step].reshape(-1, 3)
    levels = (sample >> (8 - _LEVEL_BITS)).astype(np.intp)
    bins = (levels[:, 0] << 2 * _LEVEL_BITS) | (levels[:, 1] << _LEVEL_BITS) | levels[:, 2]
    weights = np.bincount(bins).astype(np.float64)
    occupied = np.flatnonzero(weights)
    sums = np.stack([np.bincount(bins, sample[:, channel])[occupied] for channel in range(3)], axis=1)
    return sums / weights[occupied, None], weights[occupied]


def _cluster(points: Floats, weights: Floats) -> Floats:
    """Lloyd's algorithm from several starts at once; the best result as n x k weights of membership.

    All starts take a round together: with a few hundred points it is the calls that cost, not the numbers.
    """
    centres = np.stack([_seed(points, weights, start) for start in range(_STARTS)])
    for _ in range(_MAX_ROUNDS):
        # starts x points x colours
        distance = (centres**2).sum(axis=2)[:, None] - 2 * points @ centres.transpose(0, 2, 1)
        members = (distance.argmin(axis=2)[:, :, None] == np.arange(COLOURS)) * weights[:, None]
        sizes = members.sum(axis=1)[:, :, None]
        moved = np.where(sizes > 0, members.transpose(0, 2, 1) @ points / np.maximum(sizes, 1.0), centres)
        if np.abs(moved - centres).max() < _STILL:
            break
        centres = moved
    best: Floats = members[(members * distance).sum(axis=(1, 2)).argmin()]
    return best


def _seed(points: Floats, weights: Floats, start: int) -> Floats:
    """k-means++ (Arthur and Vassilvitskii, 2007), deterministic: the first start takes the strongest
    candidate each time, the others draw by a low-discrepancy sequence in the place of chance.
    """
    pull = weights * _squared_distance(points, np.average(points, axis=0, weights=weights))
    nearest = np.full(len(points), np.inf)
    chosen: list[Floats] = []
    while len(chosen) < COLOURS and pull.any():
        drawn = _draw(pull, COLOURS * start + len(chosen)) if start else int(pull.argmax())
        chosen.append(points[drawn])
        nearest = np.minimum(nearest, _squared_distance(points, chosen[-1]))
        pull = weights * nearest
    # Where there are fewer colours the first stands for the rest too, and takes all that is theirs.
    chosen = chosen or [points[0]]
    return np.array(chosen + chosen[:1] * (COLOURS - len(chosen)))


def _draw(pull: Floats, turn: int) -> int:
    """An index, with a probability in proportion to its pull."""
    reach = np.cumsum(pull)
    return int(np.searchsorted(reach, turn * _GOLDEN % 1.0 * reach[-1], side="right"))


def _squared_distance(points: Floats, centre: Floats) -> Floats:
    distance: Floats = ((points - centre) ** 2).sum(axis=1)
    return distance


@lru_cache(maxsize=1)
def _named() -> tuple[tuple[str, ...], Floats]:
    codes = np.array(list(NAMES.values()))
    return tuple(NAMES), cielab(
        np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1).astype(np.float64)
    )


def _names(rgb: NDArray[np.int_]) -> list[str]:
    """The nearest named colour of each row, by distance in CIELAB (OKLab takes near-blacks for navy)."""
    names, known = _named()
    distances = ((cielab(rgb.astype(np.float64))[:, None] - known[None]) ** 2).sum(axis=2)
    return [names[index] for index in distances.argmin(axis=1)]
