"""The provider ``openai`` of embeddings: any server that speaks OpenAI's protocol."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import openai
from openai.types import CreateEmbeddingResponse

from gloss.embed.answer import checked
from gloss.embed.model import ANSWER_S, Embedded, EmbedOutcome
from gloss.providers import openai as protocol
from gloss.providers.model import INVALID_ANSWER, ProviderChoice, transient

NAME: Final = "openai"
DEFAULT_MODEL: Final = "text-embedding-3-small"
DEFAULT_DIMENSIONS: Final = 512
"""A third of the model's full length: a few percent of its quality, two thirds of the space and time."""

_EMPTY: Final = " "
"""The protocol refuses a text without a character."""


@lru_cache(maxsize=32)
def embedder(choice: ProviderChoice, dimensions: int) -> "OpenAiEmbedder":
    """The embedder of this choice; kept, with its connections."""
    return OpenAiEmbedder(protocol.client(choice, ANSWER_S), choice.model, dimensions)


class OpenAiEmbedder:
    """All texts in one call."""

    name: Final = NAME
    costs: Final = True

    def __init__(self, client: openai.OpenAI, model: str = "", dimensions: int = DEFAULT_DIMENSIONS) -> None:
        self.model: Final = model or DEFAULT_MODEL
        self.dimensions: Final = dimensions
        self._client = client

    def embed(self, texts: Sequence[str]) -> EmbedOutcome:
        if not texts:
            return Embedded(())
        try:
            answer: object = self._client.embeddings.create(
                model=self.model,
                input=[text or _EMPTY for text in texts],
                dimensions=self.dimensions,
                encoding_format="float",
            )
        except openai.OpenAIError as error:
            return protocol.failure_of(error)
        except (ValueError, TypeError):  # the body of a 200 that is no JSON, or not of this form
            return transient(INVALID_ANSWER)
        return self._outcome(answer, texts)

    def _outcome(self, answer: object, texts: Sequence[str]) -> EmbedOutcome:
        """The SDK does not check what a server answers, so the form is checked here."""
        if not isinstance(answer, CreateEmbeddingResponse) or not answer.data:
            return transient(INVALID_ANSWER)
        return checked(
            [entry.embedding for entry in sorted(answer.data, key=lambda entry: entry.index)],
            texts,
            model=self.model,
            dimensions=self.dimensions,
            input_tokens=answer.usage.prompt_tokens if answer.usage else 0,
        )
