"""From what a service sent to embeddings: whatever is not one vector of the right length per text is none."""

from collections.abc import Sequence
from typing import Any

from gloss.embed.codec import unit
from gloss.embed.model import Embedded, Embedding, EmbedOutcome, text_hash
from gloss.providers.model import INVALID_ANSWER, transient


def checked(
    vectors: Sequence[Any], texts: Sequence[str], *, model: str, dimensions: int, input_tokens: int
) -> EmbedOutcome:
    """The vectors at unit length, in the order of the texts."""
    try:
        if [len(vector) for vector in vectors] != [dimensions] * len(texts):
            return transient(INVALID_ANSWER)
        embeddings = tuple(
            Embedding(unit(vector), model, text_hash(text))
            for vector, text in zip(vectors, texts, strict=True)
        )
    except (TypeError, ValueError):  # not numbers, or not finite
        return transient(INVALID_ANSWER)
    return Embedded(embeddings, input_tokens)
