"""Embedding many texts of which some may be refused."""

from collections.abc import Sequence
from typing import Final

from gloss.describe.model import Failure, Permanent
from gloss.embed.model import Embedded, Embedder, Embedding
from gloss.providers.model import CONTENT_REFUSED, REQUEST_REFUSED

_ABOUT_THE_TEXT: Final = frozenset({CONTENT_REFUSED, REQUEST_REFUSED})
_HARMLESS: Final = "image"
"""A text that every model takes, unless it takes none."""


class TextByText:
    """``made`` holds what became of the first texts: ``None`` where the model refuses one."""

    def __init__(self, embedder: Embedder) -> None:
        self.made: list[Embedding | None] = []
        self._embedder = embedder
        self._works = False

    def embed(self, texts: Sequence[str]) -> Failure | None:
        """Go through the texts, in ever smaller parts where one is refused; what ended it early.

        A request that is refused may be about one of its texts, or about all that the stack ever asks: so
        before a text is given up, the model has taken another.
        """
        size = len(texts)
        while len(self.made) < len(texts):
            part = texts[len(self.made) : len(self.made) + size]
            failure, progress = self._take(part)
            if failure is None:
                size *= 2
            elif not progress and not _is_about_a_text(failure):
                return failure
            elif not progress and len(part) > 1:
                size = len(part) // 2
            elif not progress:
                if not self._is_served():
                    return failure
                self.made.append(None)
        return None

    def _take(self, texts: Sequence[str]) -> tuple[Failure | None, bool]:
        """What went wrong, and whether something was made all the same."""
        outcome = self._embedder.embed(texts)
        if not isinstance(outcome, Embedded):
            return outcome, False
        self.made += outcome.embeddings
        self._works = self._works or bool(outcome.embeddings)
        return outcome.failure, bool(outcome.embeddings)

    def _is_served(self) -> bool:
        self._works = self._works or isinstance(self._embedder.embed([_HARMLESS]), Embedded)
        return self._works


def _is_about_a_text(failure: Failure) -> bool:
    return isinstance(failure, Permanent) and failure.code in _ABOUT_THE_TEXT
