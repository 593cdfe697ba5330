"""What a query means, what is near it, and the order of words and meaning together."""

from collections.abc import Callable, Sequence, Set
from typing import Final

import numpy as np

from gloss.embed.model import Embedded, Embedder
from gloss.search import hybrid
from gloss.search.corpora import Corpora
from gloss.search.corpus import Corpus
from gloss.search.exact import nearest
from gloss.search.hybrid import Ranking
from gloss.search.model import Entry, Filters, Match, Selection, VectorIndex
from gloss.search.store import ChangeLog

_KEPT_QUERIES: Final = 256

_STRANGERS: Final = 10
"""Matches that may fail the selection before it is asked what else meets it: some are always just leaving."""

_READ: Final = 2_000
"""Rows that are read then, the newest first: about as many as one second has room for."""


class Meaning:
    """``embedder`` says which vectors are compared, ``embedder_of`` who makes a user's query into one."""

    def __init__(
        self,
        vectors: VectorIndex,
        log: ChangeLog,
        embedder: Embedder,
        embedder_of: Callable[[str], Embedder],
    ) -> None:
        self._vectors = vectors
        self._log = log
        self._embedder = embedder
        self._embedder_of = embedder_of
        self._embedded: dict[str, tuple[float, ...]] = {}

    @property
    def model(self) -> str:
        return self._embedder.model

    def vector(self, user: str, query: str) -> tuple[float, ...] | None:
        """The query as a vector; remembered, for every page of a search asks for it again.

        ``None`` where the embedder does not answer.
        """
        if query not in self._embedded:
            outcome = self._embedder_of(user).embed([query])
            if not isinstance(outcome, Embedded):
                return None
            if len(self._embedded) >= _KEPT_QUERIES:
                self._embedded.clear()
            self._embedded[query] = outcome.embeddings[0].vector
        return self._embedded[query]

    def nearest(
        self, corpus: Corpus, vector: Sequence[float], model: str, selection: Selection, count: int
    ) -> list[Match]:
        """The ``count`` most similar images that the selection lets through, as far as the engine reaches."""
        limit = count if self._vectors.narrows else self._vectors.reach or corpus.rows
        matches = self._vectors.query(corpus.user, vector, model=model, limit=limit, selection=selection)
        if self._vectors.narrows:
            return matches
        allowed = set(
            corpus.names(np.flatnonzero(corpus.of_these(m.image for m in matches) & corpus.mask(selection)))
        )
        found = [match for match in matches if match.image in allowed]
        if len(found) < count and len(matches) == limit and len(matches) - len(found) > _STRANGERS:
            found += self._behind(corpus, vector, model, selection, {match.image for match in matches})
        return found[:count]

    def _behind(
        self,
        corpus: Corpus,
        vector: Sequence[float],
        model: str,
        selection: Selection,
        seen: Set[str],
    ) -> list[Match]:
        """What the selection lets through behind the engine's reach, compared by the vectors of the rows.

        Everything that the engine found is nearer than that.
        """
        rows = np.flatnonzero(corpus.mask(selection))
        names = [name for name in sorted(set(corpus.names(rows)), reverse=True) if name not in seen]
        read = self._log.read(corpus.user, names[:_READ])
        aside = Corpus(corpus.user)
        aside.apply([change for change in read if isinstance(change, Entry)])
        return nearest(aside, vector, model=model, limit=len(names), mask=aside.there())

    def rank(
        self, corpus: Corpus, query: str, vector: Sequence[float] | None, selection: Selection, count: int
    ) -> Ranking:
        """The first ``count`` hits; without a vector, or where the query has no meaning, words decide."""
        depth = hybrid.depth(count)
        matches = self.nearest(corpus, vector, self.model, selection, depth) if vector and any(vector) else []
        return hybrid.rank(corpus, query, selection, matches, count)


class WholeSearch:
    """Everything that a query finds, as ``GET /search`` orders it."""

    def __init__(self, corpora: Corpora, meaning: Meaning) -> None:
        self._corpora = corpora
        self._meaning = meaning

    def __call__(self, user: str, query: str, filters: Filters) -> list[str] | None:
        """All hits, best first; ``None`` while the library is still being read in: ask again."""
        corpus = self._corpora.refresh(user)
        if corpus.scan_after is not None:
            return None
        vector = self._meaning.vector(user, query)
        return list(self._meaning.rank(corpus, query, vector, Selection(filters), max(1, len(corpus))))
