"""Words and meaning in one order, with the reasons."""

from collections.abc import Mapping, Sequence
from typing import Final

from gloss.records import dataclass
from gloss.search import keywords
from gloss.search.corpus import Corpus
from gloss.search.fusion import WINDOW, fuse
from gloss.search.model import Match, Selection, TextField
from gloss.search.words import query_terms

WEIGHT: Final = 1.0
"""Words and meaning have the same say; see tests/relevance."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an image is where it is in a ranking."""

    score: float
    matched: Sequence[TextField] = ()
    keyword: float | None = None
    similarity: float | None = None
    color_share: float | None = None


Ranking = Mapping[str, Reason]
"""Images, best first."""


def depth(count: int) -> int:
    """How much of each ranking is needed for the first ``count`` hits."""
    return max(WINDOW, count)


def rank(corpus: Corpus, query: str, selection: Selection, matches: Sequence[Match], count: int) -> Ranking:
    """The first ``count`` hits; ``matches`` are the ``depth(count)`` nearest by meaning.

    What stands behind the window of the fusion follows, and no similarity is too small: nothing is cut off.
    """
    mask, there = corpus.mask(selection), corpus.there(selection.as_of)
    found = keywords.rank(corpus, query_terms(query), mask, there)
    rows = corpus.best(found.scores, depth(count))
    names = corpus.names(rows)
    row_of = dict(zip(names, rows.tolist(), strict=True))
    worded = dict(zip(names, found.scores[rows].tolist(), strict=True))
    alike = {match.image: match.similarity for match in matches}
    fused = fuse([(WEIGHT, alike), (WEIGHT, worded)])
    return {
        image: Reason(
            score,
            found.fields_of(row_of[image]) if image in row_of else (),
            worded.get(image),
            alike.get(image),
        )
        for image, score in list(fused.items())[:count]
    }
