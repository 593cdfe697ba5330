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
        outcome = embedder.embed(texts)
        assert isinstance(outcome, Embedded)
        assert outcome.kind == "ok"
        return outcome.embeddings

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
        assert self.embed(embedder) == ()

    def test_it_has_a_name_and_a_model(self, embedder: Embedder) -> None:
        assert embedder.name
        assert embedder.model
