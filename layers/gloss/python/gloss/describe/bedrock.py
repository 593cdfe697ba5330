"""The provider ``bedrock``: models on Amazon Bedrock that look at pictures, through Converse.

The form of the answer is that of a tool which the model has to call; a model that answers in words instead is
understood as well.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from gloss.describe import models, prompt
from gloss.describe.answer import parse, parse_object, to_description
from gloss.describe.model import DescribeRequest, Ok, Outcome, Provenance, Usage
from gloss.describe.schema import ModelOutput, json_schema
from gloss.providers.bedrock import failure_of
from gloss.providers.model import CONTENT_REFUSED, INVALID_ANSWER, UNSUPPORTED_IMAGE, permanent, transient

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

NAME: Final = "bedrock"
TOOL: Final = "store_metadata"

_REFUSALS: Final = frozenset({"content_filtered", "guardrail_intervened"})


class BedrockDescriber:
    """One call per picture; ``model`` is a model's or an inference profile's id."""

    name: Final = NAME
    sees_pixels: Final = True

    def __init__(self, client: "BedrockRuntimeClient", model: str = "") -> None:
        self.model: Final = model or models.default_model(NAME)
        self._client = client

    def describe(self, request: DescribeRequest) -> Outcome:
        if not request.preview:
            return permanent(UNSUPPORTED_IMAGE)
        try:
            answer = self._client.converse(**self._question(request, request.preview))
        except (ClientError, BotoCoreError) as error:
            return failure_of(error)
        return self._outcome(answer, request)

    def _question(self, request: DescribeRequest, preview: bytes) -> dict[str, Any]:
        told = prompt.build(request, with_form=False)
        settings = models.settings_for(NAME, self.model)
        inference = {"maxTokens": settings.max_output_tokens, "temperature": settings.temperature}
        picture = {"image": {"format": "jpeg", "source": {"bytes": preview}}}
        return {
            "modelId": self.model,
            "system": [{"text": told.system}],
            "messages": [{"role": "user", "content": [{"text": told.user}, picture]}],
            "inferenceConfig": {name: value for name, value in inference.items() if value is not None},
            "toolConfig": _tool(),
        }

    def _outcome(self, answer: Mapping[str, Any], request: DescribeRequest) -> Outcome:
        counted = answer.get("usage", {})
        usage = Usage(counted.get("inputTokens", 0), counted.get("outputTokens", 0))
        if answer.get("stopReason") in _REFUSALS:
            return permanent(CONTENT_REFUSED, usage)
        output = _understood(answer.get("output", {}).get("message", {}).get("content", []), request)
        if output is None:
            return transient(INVALID_ANSWER, usage)
        origin = Provenance("ai", self.name, self.model, prompt.version())
        return Ok(to_description(output, request.context, origin, usage))


def _tool() -> dict[str, Any]:
    specification = {
        "name": TOOL,
        "description": "Stores the metadata of the picture.",
        "inputSchema": {"json": json_schema()},
    }
    return {"tools": [{"toolSpec": specification}], "toolChoice": {"tool": {"name": TOOL}}}


def _understood(content: Sequence[Mapping[str, Any]], request: DescribeRequest) -> ModelOutput | None:
    for block in content:
        if "toolUse" in block:
            return parse_object(block["toolUse"]["input"], request.context)
    return parse("\n".join(block.get("text", "") for block in content), request.context)
