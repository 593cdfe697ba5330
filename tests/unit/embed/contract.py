"""What every embedder keeps to, whichever it is; subclassed by the tests of each."""

import math
from abc import ABC, abstractmethod

import pytest

from gloss.embed.model import Embedded, Embedder, Embedding, text_hash


class EmbedderContract(ABC):
    @pytest.fixture
    @abstractmethod
    def embedder(self) -> Embedder:
        """An embedder that works."""

    def embed(self, embedder: Embedder, *texts: str) -> tuple[Embedding, ...]:
        made: list[Embedding] = []
        for start in range(0, len(texts), embedder.batch):
            batch = texts[start : start + embedder.batch]
            outcome = embedder.embed(batch)
            assert isinstance(outcome, Embedded)
            assert (outcome.kind, outcome.failure, len(outcome.embeddings)) == ("ok", None, len(batch))
            made += outcome.embeddings
        return tuple(made)

    def test_each_text_has_its_vector_of_unit_length(self, embedder: Embedder) -> None:
        texts = ("old harbor", "東京タワーの夜景", "old harbor")
        embeddings = self.embed(embedder, *texts)
        assert [embedding.text_hash for embedding in embeddings] == [text_hash(text) for text in texts]
        for embedding in embeddings:
            assert embedding.model == embedder.model
            assert embedding.dimensions == embedder.dimensions == len(embedding.vector)
            assert math.hypot(*embedding.vector) == pytest.approx(1)
        assert embeddings[0] == embeddings[2] != embeddings[1]

    def test_no_text_has_no_vector(self, embedder: Embedder) -> None:
        assert embedder.embed([]) == Embedded(())

    def test_it_has_a_name_and_a_model(self, embedder: Embedder) -> None:
        assert embedder.name
        assert embedder.model
