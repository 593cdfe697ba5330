"""The providers on Amazon Bedrock, by the real SDK: requests are checked against the service's model."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import BotoCoreError, EndpointConnectionError, ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber
from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

from gloss.describe.bedrock import TOOL, BedrockDescriber
from gloss.describe.model import Describer, Ok, Permanent, RateLimited, Transient, Usage
from gloss.embed.bedrock import BedrockEmbedder
from gloss.embed.model import Embedded, Embedder
from gloss.metering.metered import MeteredEmbedder
from gloss.providers.model import permanent, transient
from tests.fakes.metering import MeteringKit, call
from tests.servers.openai_script import metadata
from tests.unit.describe.contract import PREVIEW, DescriberContract
from tests.unit.describe.samples import request
from tests.unit.embed.contract import EmbedderContract
from tests.unit.providers.contract import SECRET, Answer, Fault, FaultContract, Work

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


class TestFaults(FaultContract):
    ERRORS: Final[dict[Fault, str]] = {
        "busy": "ThrottlingException",
        "broken": "InternalServerException",
        "not for you": "AccessDeniedException",
        "unknown model": "ResourceNotFoundException",
        "cannot be read": "ValidationException",
    }
    LOST: Final[dict[Fault, BotoCoreError]] = {
        "silent": ReadTimeoutError(endpoint_url=SECRET),
        "gone": EndpointConnectionError(endpoint_url=SECRET),
    }

    @pytest.fixture(autouse=True)
    def _stubbed(self, client: BedrockRuntimeClient) -> None:
        self._client = client
        self._requests = 0

    def ask(self, work: Work, fault: Fault) -> tuple[Answer, int]:
        operation = "converse" if work == "describe" else "invoke_model"
        nonsense = answer({"text": SECRET}) if work == "describe" else body({"said": SECRET})
        if fault in self.LOST:
            self._client.meta.events.register("before-send.bedrock-runtime", self._lose(fault))
            return self._asked(work)
        with Stubber(self._client) as stub:
            if fault == "nonsense":
                stub.add_response(operation, nonsense)
            else:
                stub.add_client_error(operation, self.ERRORS[fault], SECRET)
            return self._asked(work)

    def ask_for_the_indescribable(self) -> tuple[Answer, int]:
        with Stubber(self._client) as stub:
            stub.add_response("converse", answer({"text": SECRET}, stop_reason="guardrail_intervened"))
            return self._asked("describe")

    def _asked(self, work: Work) -> tuple[Answer, int]:
        self._client.meta.events.register("provide-client-params.bedrock-runtime", self._count)
        if work == "describe":
            return BedrockDescriber(self._client).describe(ASKED), self._requests
        return BedrockEmbedder(self._client, dimensions=2).embed(["sea"]), self._requests

    def _count(self, **_: object) -> None:
        self._requests += 1

    def _lose(self, fault: Fault) -> Callable[..., None]:
        def lose(**_: object) -> None:
            raise self.LOST[fault]

        return lose


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


@pytest.mark.parametrize("content", [{}, {"embedding": ["1", "2"]}, {"embedding": None}, {"embeddings": []}])
def test_vectors_of_another_form_are_refused(
    client: BedrockRuntimeClient, stub: Stubber, content: object
) -> None:
    stub.add_response("invoke_model", body(content))

    outcome = BedrockEmbedder(client, dimensions=2).embed(["sea"])

    assert isinstance(outcome, Transient)
    assert outcome.code == "INVALID_ANSWER"


def metered(embedder: Embedder, kit: MeteringKit) -> MeteredEmbedder:
    return MeteredEmbedder(embedder, kit.metering(), call(purpose="embed", provider="bedrock"))


def test_cohere_takes_texts_in_batches_and_each_is_a_call(
    client: BedrockRuntimeClient, stub: Stubber
) -> None:
    for size in (96, 4):
        stub.add_response("invoke_model", body({"embeddings": [[3.0, 4.0, 12.0]] * size}))
    kit = MeteringKit()

    outcome = metered(BedrockEmbedder(client, "cohere.embed-english-v3", dimensions=2), kit).embed(
        ["sea"] * 100
    )

    assert isinstance(outcome, Embedded)
    assert [made.vector for made in outcome.embeddings] == [(0.6, 0.8)] * 100
    assert len(kit.rows()) == 2
    stub.assert_no_pending_responses()


def test_titan_takes_one_text_at_a_time_and_what_came_is_kept(
    client: BedrockRuntimeClient, stub: Stubber
) -> None:
    for _ in range(2):
        stub.add_response(
            "invoke_model",
            body({"embedding": [0.0, 1.0], "inputTextTokenCount": 3}),
            {"modelId": "amazon.titan-embed-text-v2:0", "body": ANY},
        )
    kit = MeteringKit(limits='{"bedrock": {"embed": 2}}')

    outcome = metered(BedrockEmbedder(client, dimensions=2), kit).embed(["sea", "", "sky"])

    assert isinstance(outcome, Embedded)
    assert (len(outcome.embeddings), outcome.input_tokens) == (2, 6)
    assert isinstance(outcome.failure, RateLimited)
    assert [row["input_tokens"] for row in kit.rows()] == [3, 3]
