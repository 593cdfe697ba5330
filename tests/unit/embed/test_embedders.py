import pytest

from gloss.describe.model import RateLimited, Transient
from gloss.embed.local import LocalEmbedder
from gloss.embed.memory import ScriptedEmbedder
from gloss.embed.model import Embedder
from tests.unit.embed.contract import EmbedderContract


class TestLocal(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return LocalEmbedder()

    def test_a_vector_without_dimension_is_refused(self) -> None:
        with pytest.raises(ValueError, match="dimension"):
            LocalEmbedder(0)


class TestScripted(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return ScriptedEmbedder(dimensions=64)

    def test_it_fails_as_the_script_says_and_then_works(self) -> None:
        failures = (RateLimited(2), Transient("TIMEOUT", "no answer"))
        embedder = ScriptedEmbedder(*failures)
        assert [embedder.embed(["sea"]).kind for _ in range(3)] == ["rate_limited", "transient", "ok"]
        assert embedder.requests == [("sea",)] * 3
