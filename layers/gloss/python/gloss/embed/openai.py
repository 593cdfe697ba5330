"""The provider ``openai`` of embeddings: any server that speaks OpenAI's protocol."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import openai
from openai.types import CreateEmbeddingResponse

from gloss.embed.answer import checked
from gloss.embed.model import ANSWER_S, Embedded, EmbedOutcome
from gloss.providers import openai as protocol
from gloss.providers.model import INVALID_ANSWER, REPHRASED, ProviderChoice, transient

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
    """All texts in one request. A server that does not know ``dimensions`` is not asked for them again; what
    it sends is cut to their number."""

    name: Final = NAME
    costs: Final = True
    batch: Final = 100

    def __init__(self, client: openai.OpenAI, model: str = "", dimensions: int = DEFAULT_DIMENSIONS) -> None:
        self.model: Final = model or DEFAULT_MODEL
        self.dimensions: Final = dimensions
        self._client = client
        self._asks_for_dimensions = True
        self._understood = False

    def embed(self, texts: Sequence[str]) -> EmbedOutcome:
        if not texts:
            return Embedded(())
        length: Any = {"dimensions": self.dimensions} if self._asks_for_dimensions else {}
        try:
            answer: object = self._client.embeddings.create(
                model=self.model,
                input=[text or _EMPTY for text in texts],
                encoding_format="float",
                **length,
            )
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            return self._refused(error)
        except openai.OpenAIError as error:
            return protocol.failure_of(error)
        except (ValueError, TypeError):  # the body of a 200 that is no JSON, or not of this form
            return transient(INVALID_ANSWER)
        self._understood = True
        return self._outcome(answer, texts)

    def _refused(self, error: openai.APIStatusError) -> EmbedOutcome:
        """Before anything was understood, a refusal that names no argument may be about the dimensions."""
        is_unclear = not self._understood and error.param is None and protocol.is_about_form(error)
        if self._asks_for_dimensions and (error.param == "dimensions" or is_unclear):
            self._asks_for_dimensions = False
            return transient(REPHRASED)
        return protocol.failure_of(error)

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
