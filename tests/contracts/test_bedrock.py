"""The providers on Amazon Bedrock, by the real SDK: requests are checked against the service's model."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber
from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

from gloss.describe.bedrock import TOOL, BedrockDescriber
from gloss.describe.model import Describer, Ok, Permanent, RateLimited, Transient, Usage
from gloss.embed.bedrock import BedrockEmbedder
from gloss.embed.model import Embedded, Embedder
from gloss.providers.model import permanent, transient
from tests.servers.openai_script import metadata
from tests.unit.describe.contract import PREVIEW, DescriberContract
from tests.unit.describe.samples import request
from tests.unit.embed.contract import EmbedderContract

ASKED = replace(request(), preview=PREVIEW)
TEXTS_OF_THE_CONTRACT = 3


@pytest.fixture
def client() -> BedrockRuntimeClient:
    return boto3.client(
        "bedrock-runtime", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )


@pytest.fixture
def stub(client: BedrockRuntimeClient) -> Iterator[Stubber]:
    with Stubber(client) as stub:
        yield stub


def answer(*content: dict[str, Any], stop_reason: str = "tool_use") -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": list(content)}},
        "stopReason": stop_reason,
        "usage": {"inputTokens": 700, "outputTokens": 90, "totalTokens": 790},
        "metrics": {"latencyMs": 5},
    }


def tool_use(found: object) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": "1", "name": TOOL, "input": found}}


def body(content: object) -> dict[str, Any]:
    data = json.dumps(content).encode()
    return {"body": StreamingBody(io.BytesIO(data), len(data)), "contentType": "application/json"}


class TestDescriber(DescriberContract):
    @pytest.fixture
    def describer(self, client: BedrockRuntimeClient, stub: Stubber) -> Describer:
        stub.add_response("converse", answer(tool_use(metadata("red"))))
        return BedrockDescriber(client)


class TestTitan(EmbedderContract):
    @pytest.fixture
    def embedder(self, client: BedrockRuntimeClient, stub: Stubber) -> Embedder:
        for vector in ([3.0, 4.0], [1.0, 0.0], [3.0, 4.0]):
            stub.add_response("invoke_model", body({"embedding": vector, "inputTextTokenCount": 2}))
        return BedrockEmbedder(client, dimensions=2)


class TestCohere(EmbedderContract):
    @pytest.fixture
    def embedder(self, client: BedrockRuntimeClient, stub: Stubber) -> Embedder:
        stub.add_response("invoke_model", body({"embeddings": [[3.0, 4.0], [1.0, 0.0], [3.0, 4.0]]}))
        return BedrockEmbedder(client, "cohere.embed-multilingual-v3", dimensions=2)


def test_the_model_has_to_call_the_tool_and_sees_the_preview(
    client: BedrockRuntimeClient, stub: Stubber
) -> None:
    stub.add_response(
        "converse",
        answer(tool_use(metadata("red"))),
        {
            "modelId": "amazon.nova-lite-v1:0",
            "system": ANY,
            "messages": [
                {
                    "role": "user",
                    "content": [{"text": ANY}, {"image": {"format": "jpeg", "source": {"bytes": PREVIEW}}}],
                }
            ],
            "inferenceConfig": {"maxTokens": 1500, "temperature": 0.2},
            "toolConfig": {"tools": ANY, "toolChoice": {"tool": {"name": TOOL}}},
        },
    )

    outcome = BedrockDescriber(client).describe(ASKED)

    assert isinstance(outcome, Ok)
    assert outcome.description.metadata.title == "A red picture"
    assert outcome.description.usage == Usage(700, 90)
    assert outcome.description.provenance["title"].model == "amazon.nova-lite-v1:0"


def test_a_model_that_answers_in_words_is_understood(client: BedrockRuntimeClient, stub: Stubber) -> None:
    stub.add_response("converse", answer({"text": json.dumps(metadata("red"))}, stop_reason="end_turn"))

    assert isinstance(BedrockDescriber(client).describe(ASKED), Ok)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (answer(stop_reason="guardrail_intervened"), "CONTENT_REFUSED"),
        (answer({"text": "no"}, stop_reason="content_filtered"), "CONTENT_REFUSED"),
        (answer(tool_use({"title": "A"}), stop_reason="max_tokens"), "INVALID_ANSWER"),
        (answer({"text": "{"}, stop_reason="end_turn"), "INVALID_ANSWER"),
        (answer(stop_reason="malformed_tool_use"), "INVALID_ANSWER"),
    ],
)
def test_a_failure_that_was_paid_says_what_it_used(
    client: BedrockRuntimeClient, stub: Stubber, given: dict[str, Any], code: str
) -> None:
    stub.add_response("converse", given)

    outcome = BedrockDescriber(client).describe(ASKED)

    assert isinstance(outcome, Transient | Permanent)
    assert (outcome.code, outcome.usage) == (code, Usage(700, 90))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("AccessDeniedException", permanent("ACCESS_DENIED")),
        ("ResourceNotFoundException", permanent("MODEL_NOT_FOUND")),
        ("ValidationException", permanent("REQUEST_REFUSED")),
        ("ModelTimeoutException", transient("PROVIDER_TIMEOUT")),
        ("ModelNotReadyException", transient("PROVIDER_ERROR")),
        ("ServiceUnavailableException", transient("PROVIDER_ERROR")),
        ("InternalServerException", transient("PROVIDER_ERROR")),
    ],
)
def test_every_error_of_the_service_has_its_outcome(
    client: BedrockRuntimeClient, stub: Stubber, error: str, expected: Transient | Permanent
) -> None:
    for operation in ("converse", "invoke_model"):
        stub.add_client_error(operation, error, "arn:aws:secret")

    assert BedrockDescriber(client).describe(ASKED) == expected
    assert BedrockEmbedder(client).embed(["sea"]) == expected


def test_throttling_is_a_rate_limit(client: BedrockRuntimeClient, stub: Stubber) -> None:
    stub.add_client_error("converse", "ThrottlingException", http_status_code=429)

    assert BedrockDescriber(client).describe(ASKED) == RateLimited(30.0)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (ReadTimeoutError(endpoint_url="https://bedrock"), "PROVIDER_TIMEOUT"),
        (EndpointConnectionError(endpoint_url="https://bedrock"), "PROVIDER_UNREACHABLE"),
    ],
)
def test_a_lost_connection_is_transient(client: BedrockRuntimeClient, fault: Exception, code: str) -> None:
    def lose(**_: object) -> None:
        raise fault

    client.meta.events.register("before-send.bedrock-runtime", lose)

    outcome = BedrockDescriber(client).describe(ASKED)

    assert isinstance(outcome, Transient)
    assert outcome.code == code


def test_without_a_preview_nothing_is_asked(client: BedrockRuntimeClient, stub: Stubber) -> None:
    assert isinstance(BedrockDescriber(client).describe(request()), Permanent)


@pytest.mark.parametrize("content", [{}, {"embedding": [1.0]}, {"embedding": None}, {"embeddings": []}])
def test_vectors_of_another_form_are_refused(
    client: BedrockRuntimeClient, stub: Stubber, content: object
) -> None:
    stub.add_response("invoke_model", body(content))

    outcome = BedrockEmbedder(client, dimensions=2).embed(["sea"])

    assert isinstance(outcome, Transient)
    assert outcome.code == "INVALID_ANSWER"


def test_cohere_takes_texts_in_batches(client: BedrockRuntimeClient, stub: Stubber) -> None:
    for size in (96, 4):
        stub.add_response("invoke_model", body({"embeddings": [[1.0, 0.0]] * size}))

    outcome = BedrockEmbedder(client, "cohere.embed-english-v3", dimensions=2).embed(["sea"] * 100)

    assert isinstance(outcome, Embedded)
    assert len(outcome.embeddings) == 100
    stub.assert_no_pending_responses()


def test_titan_counts_its_tokens(client: BedrockRuntimeClient, stub: Stubber) -> None:
    for _ in range(2):
        stub.add_response(
            "invoke_model",
            body({"embedding": [0.0, 1.0], "inputTextTokenCount": 3}),
            {"modelId": "amazon.titan-embed-text-v2:0", "body": ANY},
        )

    outcome = BedrockEmbedder(client, dimensions=2).embed(["sea", ""])

    assert isinstance(outcome, Embedded)
    assert outcome.input_tokens == 6
