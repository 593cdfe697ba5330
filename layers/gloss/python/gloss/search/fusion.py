"""One order out of two: reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import Final

RANK_CONSTANT: Final = 60
"""k of the paper: how little the very first ranks stand out."""

WINDOW: Final = 1_000
"""Ranks of each list that are fused. What follows keeps the order that it has: nothing is cut off."""


def fuse(
    rankings: Sequence[tuple[float, Mapping[str, float]]],
    *,
    constant: int = RANK_CONSTANT,
    window: int = WINDOW,
) -> Mapping[str, float]:
    """Images in their fused order with their scores, from weighted rankings: images with scores, best first.

    Images of equal score share a rank: in which order they stand says nothing of the query. Where the fused
    scores are equal the first ranking decides. A fused score is the share of what an image at the top of
    every list would have. Images that stand only behind the window follow with 0.
    """
    scores: defaultdict[str, float] = defaultdict(float)
    top = sum(weight for weight, _ in rankings) / (constant + 1)
    for weight, ranking in rankings:
        for image, rank in islice(_ranks(ranking), window):
            scores[image] += weight / (constant + rank) / top
    ranked = dict(sorted(scores.items(), key=itemgetter(1), reverse=True))
    for _, ranking in rankings:
        for image in islice(ranking, window, None):
            ranked.setdefault(image, 0.0)
    return ranked


def _ranks(ranking: Mapping[str, float]) -> Iterator[tuple[str, int]]:
    rank, last = 0, None
    for place, (image, score) in enumerate(ranking.items(), 1):
        if score != last:
            rank, last = place, score
        yield image, rank
