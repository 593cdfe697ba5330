"""Ranking by words: BM25F (Robertson, Zaragoza, Taylor: "Simple BM25 extension to multiple weighted fields",
2004; with the never negative idf of Lucene)."""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gloss.records import dataclass
from gloss.search.corpus import ABSENT, Corpus, Mask, Scores
from gloss.search.model import TEXT_FIELDS, TextField

WEIGHTS: Final[Mapping[TextField, float]] = MappingProxyType(
    {"title": 2.0, "alt_text": 1.0, "tags": 2.0, "file_name": 1.0}
)
SATURATION: Final = 1.2
"""k1: how soon more occurrences stop to count."""
LENGTH_NORM: Final = 0.75
"""b: how much a long field is held against a word in it. Both have the values of Lucene."""

_WEIGHTS: Final = np.array([WEIGHTS[name] for name in TEXT_FIELDS], np.float32)


@dataclass(frozen=True, slots=True)
class KeywordScores:
    """Per row of the corpus: the score (``ABSENT`` where no word is found), a bit per field with a hit."""

    scores: Scores
    fields: NDArray[np.uint8]

    def fields_of(self, row: int) -> list[TextField]:
        return [name for bit, name in enumerate(TEXT_FIELDS) if self.fields[row] >> bit & 1]


def rank(corpus: Corpus, terms: Sequence[str], mask: Mask, there: Mask) -> KeywordScores:
    """Score the rows of the mask.

    The statistics are those of all rows that are ``there``, so that filters change no order; nor does what
    came or went after the moment that is looked at, whichever function remembers it.
    """
    scores = np.zeros(corpus.rows, np.float32)
    fields = np.zeros(corpus.rows, np.uint8)
    total = int(np.count_nonzero(there))
    means = _mean_lengths(corpus, there, total)
    for term in terms:
        idf = _idf(corpus, term, there, total)
        for first, segment in corpus.parts():
            span = segment.words.terms.span(term)
            if span.start == span.stop:
                continue
            rows = segment.words.terms.rows[span]
            counts = segment.words.counts[span]
            norms = 1 - LENGTH_NORM + LENGTH_NORM * segment.words.lengths[rows] / means
            frequency = (counts / norms * _WEIGHTS).sum(axis=1)  # not a product, which may round row by row
            scores[first + rows] += idf * frequency * (1 + SATURATION) / (frequency + SATURATION)
            fields[first + rows] |= (counts > 0) @ (1 << np.arange(len(TEXT_FIELDS), dtype=np.uint8))
    scores[~mask | (scores == 0)] = ABSENT
    return KeywordScores(scores, fields)


def _mean_lengths(corpus: Corpus, there: Mask, total: int) -> NDArray[np.float32]:
    sums = np.zeros(len(TEXT_FIELDS))
    for first, segment in corpus.parts():
        sums += segment.words.lengths[there[first : first + len(segment)]].sum(axis=0)
    return np.maximum(sums / max(total, 1), 1.0).astype(np.float32)


def _idf(corpus: Corpus, term: str, there: Mask, total: int) -> float:
    found = sum(
        int(np.count_nonzero(there[first + segment.words.terms.rows_with(term)]))
        for first, segment in corpus.parts()
    )
    return math.log(1 + (total - found + 0.5) / (found + 0.5))
