"""The provider ``bedrock`` of embeddings: Amazon Titan Text Embeddings V2 and Cohere Embed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from gloss.embed.answer import checked
from gloss.embed.model import Embedded, EmbedOutcome
from gloss.providers.bedrock import failure_of
from gloss.providers.model import INVALID_ANSWER, transient

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

NAME: Final = "bedrock"
DEFAULT_MODEL: Final = "amazon.titan-embed-text-v2:0"
DEFAULT_DIMENSIONS: Final = 512
"""Titan V2 knows 256, 512 and 1024; Cohere Embed v3 only 1024."""

_COHERE_BATCH: Final = 96
"""Texts in one call of Cohere Embed."""
_EMPTY: Final = " "
"""Neither takes a text without a character."""


class BedrockEmbedder:
    """Cohere takes the texts in batches, Titan one at a time."""

    name: Final = NAME
    costs: Final = True

    def __init__(
        self, client: "BedrockRuntimeClient", model: str = "", dimensions: int = DEFAULT_DIMENSIONS
    ) -> None:
        self.model: Final = model or DEFAULT_MODEL
        self.dimensions: Final = dimensions
        self._client = client

    def embed(self, texts: Sequence[str]) -> EmbedOutcome:
        if not texts:
            return Embedded(())
        vectors: list[Any] = []
        tokens = 0
        try:
            for question in self._questions([text or _EMPTY for text in texts]):
                found, counted = self._ask(question)
                vectors += found
                tokens += counted
        except (ClientError, BotoCoreError) as error:
            return failure_of(error)
        except (ValueError, KeyError, TypeError):  # an answer of another form
            return transient(INVALID_ANSWER)
        return checked(vectors, texts, model=self.model, dimensions=self.dimensions, input_tokens=tokens)

    def _questions(self, texts: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        if "cohere." not in self.model:
            yield from (
                {"inputText": text, "dimensions": self.dimensions, "normalize": True} for text in texts
            )
            return
        for start in range(0, len(texts), _COHERE_BATCH):
            batch = texts[start : start + _COHERE_BATCH]
            yield {"texts": batch, "input_type": "search_document", "truncate": "END"}

    def _ask(self, question: Mapping[str, Any]) -> tuple[list[Any], int]:
        """The vectors of one call, and the tokens where they are counted in the body (Titan)."""
        answer = self._client.invoke_model(modelId=self.model, body=json.dumps(question))
        body = json.loads(answer["body"].read())
        if "embeddings" in body:
            return list(body["embeddings"]), 0
        return [body["embedding"]], int(body.get("inputTextTokenCount", 0))
