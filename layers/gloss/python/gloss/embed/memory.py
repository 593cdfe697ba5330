"""An embedder that answers from a script and remembers what it was asked."""

from collections.abc import Sequence
from typing import Final

from gloss.describe.model import Failure
from gloss.embed.local import DIMENSIONS, LocalEmbedder
from gloss.embed.model import EmbedOutcome


class ScriptedEmbedder:
    """Fails as the script says (``None``: not this time), then works for ever.

    ``requests`` holds the texts of every call.
    """

    name: Final = "scripted"
    model: Final = "scripted-1"

    def __init__(
        self,
        *failures: Failure | None,
        dimensions: int = DIMENSIONS,
        costs: bool = False,
        batch: int = 100,
    ) -> None:
        self.costs: Final = costs
        self.batch: Final = batch
        self.dimensions: Final = dimensions
        self.requests: list[tuple[str, ...]] = []
        self._failures = failures

    def embed(self, texts: Sequence[str]) -> EmbedOutcome:
        self.requests.append(tuple(texts))
        scripted = self._failures[len(self.requests) - 1 : len(self.requests)]
        if scripted and scripted[0]:
            return scripted[0]
        return LocalEmbedder(self.dimensions, model=self.model).embed(texts)
