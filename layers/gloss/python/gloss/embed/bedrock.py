"""The provider ``bedrock`` of embeddings: Amazon Titan Text Embeddings V2 and Cohere Embed."""

import json
from collections.abc import Mapping, Sequence
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
"""Titan V2 knows 256, 512 and 1024; Cohere Embed v3 only 1024, which are cut."""

_COHERE_BATCH: Final = 96
"""Texts in one call of Cohere Embed."""
_EMPTY: Final = " "
"""Neither takes a text without a character."""


class BedrockEmbedder:
    """Cohere takes many texts in a request, Titan one."""

    name: Final = NAME
    costs: Final = True

    def __init__(
        self, client: "BedrockRuntimeClient", model: str = "", dimensions: int = DEFAULT_DIMENSIONS
    ) -> None:
        self.model: Final = model or DEFAULT_MODEL
        self.dimensions: Final = dimensions
        self.batch: Final = _COHERE_BATCH if self._is_cohere else 1
        self._client = client

    @property
    def _is_cohere(self) -> bool:
        return "cohere." in self.model

    def embed(self, texts: Sequence[str]) -> EmbedOutcome:
        if not texts:
            return Embedded(())
        try:
            vectors, tokens = self._ask(self._question([text or _EMPTY for text in texts]))
        except (ClientError, BotoCoreError) as error:
            return failure_of(error)
        except (ValueError, KeyError, TypeError):  # an answer of another form
            return transient(INVALID_ANSWER)
        return checked(vectors, texts, model=self.model, dimensions=self.dimensions, input_tokens=tokens)

    def _question(self, texts: Sequence[str]) -> Mapping[str, Any]:
        if self._is_cohere:
            return {"texts": texts, "input_type": "search_document", "truncate": "END"}
        (text,) = texts
        return {"inputText": text, "dimensions": self.dimensions, "normalize": True}

    def _ask(self, question: Mapping[str, Any]) -> tuple[list[Any], int]:
        """The vectors of one call, and the tokens where they are counted in the body (Titan)."""
        answer = self._client.invoke_model(modelId=self.model, body=json.dumps(question))
        body = json.loads(answer["body"].read())
        if "embeddings" in body:
            return list(body["embeddings"]), 0
        return [body["embedding"]], int(body.get("inputTextTokenCount", 0))
