"""An embedder that answers from a script and remembers what it was asked."""

from collections.abc import Sequence
from typing import Final

from gloss.describe.model import Failure
from gloss.embed.local import DIMENSIONS, LocalEmbedder
from gloss.embed.model import EmbedOutcome


class ScriptedEmbedder:
    """Fails as the script says, then works for ever; ``requests`` holds the texts of every call."""

    name: Final = "scripted"
    model: Final = "scripted-1"

    def __init__(self, *failures: Failure, dimensions: int = DIMENSIONS, costs: bool = False) -> None:
        self.costs: Final = costs
        self.dimensions: Final = dimensions
        self.requests: list[tuple[str, ...]] = []
        self._failures = failures

    def embed(self, texts: Sequence[str]) -> EmbedOutcome:
        self.requests.append(tuple(texts))
        if len(self.requests) <= len(self._failures):
            return self._failures[len(self.requests) - 1]
        return LocalEmbedder(self.dimensions, model=self.model).embed(texts)
