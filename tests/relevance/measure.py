"""nDCG@10 (Jaervelin, Kekaelaeinen, 2002; gain 2^grade - 1) of words alone, vectors alone and both."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean
from typing import Final

from gloss.embed import local
from gloss.search import keywords
from gloss.search.corpus import Corpus
from gloss.search.exact import nearest
from gloss.search.hybrid import depth, rank
from gloss.search.model import EVERYTHING
from gloss.search.segment import Segment
from gloss.search.words import query_terms
from tests.relevance.library import Query, entries, queries, scene_of

CUT: Final = 10

Ranker = Callable[[str], Sequence[str]]


def library() -> Corpus:
    corpus = Corpus("relevance")
    corpus.append(Segment.of(entries()))
    return corpus


def rankers(corpus: Corpus) -> Mapping[str, Ranker]:
    """The three ways to rank the library, as the search service does it; the first ten images of each."""
    mask = corpus.mask(EVERYTHING)

    def by_keyword(query: str) -> list[str]:
        found = keywords.rank(corpus, query_terms(query), mask, mask)
        return corpus.names(corpus.best(found.scores, CUT))

    def by_vector(query: str) -> list[str]:
        matches = nearest(corpus, local.vector(query), model=local.MODEL, limit=CUT, mask=mask)
        return [match.image for match in matches]

    def by_both(query: str) -> list[str]:
        matches = nearest(corpus, local.vector(query), model=local.MODEL, limit=depth(CUT), mask=mask)
        return list(rank(corpus, query, EVERYTHING, matches, CUT))

    return {"keyword": by_keyword, "vector": by_vector, "hybrid": by_both}


def ndcg(found: Sequence[str], query: Query, library_: Iterable[str]) -> float:
    """1 where the best ten images come first, in an order that nothing is better than."""
    gains = [query.grades.get(scene_of(image), 0) for image in found[:CUT]]
    ideal = sorted((query.grades.get(scene_of(image), 0) for image in library_), reverse=True)[:CUT]
    return _discounted(gains) / _discounted(ideal)


def _discounted(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, 1))


def scores(*, test: bool | None = None) -> dict[str, float]:
    """Mean nDCG@10 of each ranker over the queries of one half, or of both."""
    corpus = library()
    images = [image.decode() for image in corpus.images.tolist()]
    asked = [query for query in queries() if test is None or query.is_test == test]
    return {
        name: round(fmean(ndcg(ranker(query.text), query, images) for query in asked), 4)
        for name, ranker in rankers(corpus).items()
    }
