"""The embedder ``local``: texts that share words, or parts of words, come near each other; no model needed.

Signed feature hashing (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", 2009) of
words, pairs of neighboring words and pieces of words. It knows no meaning: "sea" and "ocean" stay strangers.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Final
from zlib import crc32

from gloss.describe.language import STOP_WORDS
from gloss.describe.text import is_unspaced, words_of
from gloss.embed.codec import unit
from gloss.embed.model import MAX_DOCUMENT_CHARACTERS, Embedded, Embedding, text_hash

NAME: Final = "local"
MODEL: Final = "hashing-1"
"""To be counted up whenever the same text would get another vector."""

DIMENSIONS: Final = 512

_PIECE: Final = 3
_WORD_WEIGHT: Final = 1.0
_STOP_WORD_WEIGHT: Final = 0.1
_PAIR_WEIGHT: Final = 0.5
_PIECE_WEIGHT: Final = 0.4
_STOP_WORDS: Final = frozenset[str]().union(*STOP_WORDS.values())
_SIGN_BIT: Final = 1 << 31


class LocalEmbedder:
    """Never fails, costs nothing; the same text has the same vector on every machine."""

    name: Final = NAME
    costs: Final = False
    batch: Final = 1_000_000

    def __init__(self, dimensions: int = DIMENSIONS, *, model: str = MODEL) -> None:
        if dimensions < 1:
            raise ValueError("a vector has at least one dimension")
        self.dimensions: Final = dimensions
        self.model: Final = model

    def embed(self, texts: Sequence[str]) -> Embedded:
        return Embedded(tuple(self._embedding(text) for text in texts))

    def _embedding(self, text: str) -> Embedding:
        return Embedding(vector(text, self.dimensions), self.model, text_hash(text))


def vector(text: str, dimensions: int = DIMENSIONS) -> tuple[float, ...]:
    """The text as a vector of unit length; all zeros where it has no word."""
    sums = [0.0] * dimensions
    for feature, weight in _weights(text).items():
        code = crc32(feature.encode(errors="replace"))
        sums[code % dimensions] += weight if code & _SIGN_BIT else -weight
    return unit(sums)


def _weights(text: str) -> dict[str, float]:
    """Every feature of the text with its weight; the tenth occurrence counts less than the first."""
    words = _words(text)
    weights = _weighted(words, _WORD_WEIGHT)
    for word in _STOP_WORDS.intersection(words):
        weights[word] *= _STOP_WORD_WEIGHT
    telling = [word for word in words if word not in _STOP_WORDS]
    weights |= _weighted((f"{first} {second}" for first, second in pairwise(telling)), _PAIR_WEIGHT)
    return weights | _weighted((piece for word in telling for piece in _pieces(word)), _PIECE_WEIGHT)


def _weighted(features: Iterable[str], weight: float) -> dict[str, float]:
    return {feature: weight * (1 + math.log(count)) for feature, count in Counter(features).items()}


def _words(text: str) -> list[str]:
    """Words in NFKC and without case; writing without spaces gives pairs of characters instead."""
    folded = unicodedata.normalize("NFKC", text[:MAX_DOCUMENT_CHARACTERS]).casefold()
    return [word for run in words_of(folded) for word in _parts(run)]


def _parts(run: str) -> Iterator[str]:
    for unspaced, group in groupby(run, key=is_unspaced):
        part = "".join(group)
        if unspaced and len(part) > 1:
            yield from map("".join, pairwise(part))
        else:
            yield part


def _pieces(word: str) -> Iterator[str]:
    """Overlapping pieces of the word, its ends marked; ``#`` tells a piece from a word spelt like it."""
    marked = f"<{word}>"
    return (f"#{marked[start : start + _PIECE]}" for start in range(len(marked) - _PIECE + 1))
