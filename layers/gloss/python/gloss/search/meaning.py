"""What a query means, what is near it, and the order of words and meaning together."""

from collections.abc import Callable, Sequence
from typing import Final

from gloss.embed.model import Embedded, Embedder
from gloss.search import hybrid
from gloss.search.corpora import Corpora
from gloss.search.corpus import Corpus
from gloss.search.hybrid import Ranking
from gloss.search.model import Filters, Match, Selection, VectorIndex

_KEPT_QUERIES: Final = 256


class Meaning:
    """``embedder`` says which vectors are compared, ``embedder_of`` who makes a user's query into one."""

    def __init__(
        self, vectors: VectorIndex, embedder: Embedder, embedder_of: Callable[[str], Embedder]
    ) -> None:
        self._vectors = vectors
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
        matches = self._vectors.query(corpus.user, vector, model=model, limit=count, selection=selection)
        if self._vectors.narrows:
            return matches
        mask = corpus.mask(selection)
        return [match for match in matches if corpus.passes(match.image, mask)]

    def rank(
        self, corpus: Corpus, query: str, vector: Sequence[float] | None, selection: Selection, count: int
    ) -> Ranking:
        """The first ``count`` hits; without a vector words alone decide."""
        depth = hybrid.depth(count)
        matches = self.nearest(corpus, vector, self.model, selection, depth) if vector else []
        return hybrid.rank(corpus, query, corpus.mask(selection), matches, count)


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
