"""One order out of two: reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

RANK_CONSTANT: Final = 60
"""k of the paper: how little the very first ranks stand out."""

WINDOW: Final = 1_000
"""Ranks of each list that are fused. What follows keeps the order that it has: nothing is cut off."""


def fuse(
    rankings: Sequence[tuple[float, Sequence[str]]], *, constant: int = RANK_CONSTANT, window: int = WINDOW
) -> Mapping[str, float]:
    """Images in their fused order with their scores, from weighted rankings of images, best first.

    A score is the share of what an image at the top of every list would have. Images that stand only behind
    the window follow with 0.
    """
    scores: defaultdict[str, float] = defaultdict(float)
    top = sum(weight for weight, _ in rankings) / (constant + 1)
    for weight, ranking in rankings:
        for rank, image in enumerate(ranking[:window], 1):
            scores[image] += weight / (constant + rank) / top
    ranked = dict(sorted(scores.items(), key=lambda pair: (pair[1], pair[0]), reverse=True))
    for _, ranking in rankings:
        for image in ranking[window:]:
            ranked.setdefault(image, 0.0)
    return ranked
