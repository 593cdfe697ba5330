"""From what a service sent to embeddings: whatever is not one vector of enough numbers per text is none.

A longer vector is cut to the length that the library has, as models that know ``dimensions`` do it: its first
numbers, brought to unit length again.
"""

from collections.abc import Sequence
from typing import Any

from gloss.describe.model import Usage
from gloss.embed.codec import unit
from gloss.embed.model import Embedded, Embedding, EmbedOutcome, text_hash
from gloss.providers.model import INVALID_ANSWER, VECTORS_TOO_SHORT, permanent, transient


def checked(
    vectors: Sequence[Any], texts: Sequence[str], *, model: str, dimensions: int, input_tokens: int
) -> EmbedOutcome:
    """The vectors at unit length, in the order of the texts; a failure says what it cost all the same."""
    usage = Usage(input_tokens, 0)
    try:
        if vectors and min(map(len, vectors)) < dimensions:
            return permanent(VECTORS_TOO_SHORT, usage)
        embeddings = tuple(
            Embedding(unit(vector[:dimensions]), model, text_hash(text))
            for vector, text in zip(vectors, texts, strict=True)
        )
    except (TypeError, ValueError):  # not numbers, not finite, or not one per text
        return transient(INVALID_ANSWER, usage)
    return Embedded(embeddings, input_tokens)
