"""The providers of the OpenAI protocol, over real sockets by the real SDK."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import httpx2
import openai
import pytest

from gloss.describe.dialect import Dialect
from gloss.describe.model import Context, Describer, Ok, Permanent, RateLimited, Transient, Usage
from gloss.describe.openai import OpenAiDescriber
from gloss.embed.model import Embedded, Embedder
from gloss.embed.openai import OpenAiEmbedder
from gloss.providers import model
from gloss.providers.openai import failure_of, make_client
from tests.servers import openai_script as script
from tests.servers.openai_script import CHAT, EMBEDDINGS, Reply
from tests.servers.openai_server import OpenAiServer
from tests.unit.describe.contract import PREVIEW, DescriberContract
from tests.unit.describe.samples import request
from tests.unit.embed.contract import EmbedderContract

KEY = "sk-test-0123456789abcdef"
ASKED = replace(request(), preview=PREVIEW)

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def server() -> Iterator[OpenAiServer]:
    with OpenAiServer() as server:
        yield server


@pytest.fixture
def client(server: OpenAiServer) -> Iterator[openai.OpenAI]:
    with make_client(KEY, server.base_url, httpx2.HTTPTransport(), answer_s=20) as client:
        yield client


@pytest.fixture
def impatient(server: OpenAiServer) -> Iterator[OpenAiDescriber]:
    with make_client(KEY, server.base_url, httpx2.HTTPTransport(), answer_s=0.5, silence_s=0.3) as client:
        yield OpenAiDescriber(client)


@pytest.fixture
def describer(client: openai.OpenAI) -> OpenAiDescriber:
    return OpenAiDescriber(client)


class TestDescriber(DescriberContract):
    @pytest.fixture
    def describer(self, client: openai.OpenAI) -> Describer:
        return OpenAiDescriber(client)


class TestEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self, client: openai.OpenAI) -> Embedder:
        return OpenAiEmbedder(client, dimensions=64)


def test_the_answer_depends_on_the_picture(describer: OpenAiDescriber, server: OpenAiServer) -> None:
    outcome = describer.describe(ASKED)

    assert isinstance(outcome, Ok)
    color = script.dominant_color(PREVIEW)
    assert outcome.description.metadata.title == f"A {color} picture"
    assert outcome.description.usage == Usage(900, 120)
    origin = outcome.description.provenance["title"]
    assert (origin.source, origin.provider, origin.model) == ("ai", "openai", "gpt-5.4-mini-2026-03-17")
    assert origin.prompt_version == 1
    assert server.count(CHAT, KEY) == 1
    assert server.calls[0].picture == PREVIEW


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (script.rate_limited(retry_after="7"), RateLimited(7.0)),
        (script.rate_limited(retry_after_ms="1500"), RateLimited(1.5)),
        (script.rate_limited(x_ratelimit_reset_requests="2m30s"), RateLimited(150.0)),
        (script.rate_limited(), RateLimited(30.0)),
        (script.error(429, "insufficient_quota"), "KEY_EXHAUSTED"),
        (script.error(401, "invalid_api_key", f"Incorrect API key provided: {KEY}"), "BAD_KEY"),
        (script.error(403, "unsupported_country_region_territory"), "ACCESS_DENIED"),
        (script.error(404, "model_not_found"), "MODEL_NOT_FOUND"),
        (script.error(400, "content_policy_violation"), "CONTENT_REFUSED"),
        (script.error(400, "invalid_image_format", param="messages.[1].content"), "UNSUPPORTED_IMAGE"),
        (script.error(413, "request_too_large"), "REQUEST_REFUSED"),
        (script.refusal(), "CONTENT_REFUSED"),
        (script.said("", finish_reason="content_filter"), "CONTENT_REFUSED"),
        (script.server_error(), "PROVIDER_ERROR"),
        (Reply(503, b"<html>overloaded</html>", {"content-type": "text/html"}), "PROVIDER_ERROR"),
        (script.error(408, None), "PROVIDER_ERROR"),
        (Reply(302, b"", {"location": "http://127.0.0.1:1/"}), "REQUEST_REFUSED"),
        (script.malformed(), "INVALID_ANSWER"),
        (script.wrong_schema(), "INVALID_ANSWER"),
        (script.cut_off(), "INVALID_ANSWER"),
        (script.said(None), "INVALID_ANSWER"),
        (script.said("[]"), "INVALID_ANSWER"),
        (script.ok({"error": {"message": "later"}}), "INVALID_ANSWER"),
        (script.ok({"object": "chat.completion", "choices": []}), "INVALID_ANSWER"),
        (Reply(200, b'{"id": "chatcmpl'), "INVALID_ANSWER"),
        (Reply(200, b"hello", {"content-type": "text/plain"}), "INVALID_ANSWER"),
        (script.dropped(), "PROVIDER_UNREACHABLE"),
        (script.error(403, "billing_not_active"), "KEY_EXHAUSTED"),
    ],
)
def test_every_fault_has_its_outcome_and_is_one_call(
    describer: OpenAiDescriber, server: OpenAiServer, reply: Reply, expected: RateLimited | str
) -> None:
    server.script = script.always(reply)

    outcome = describer.describe(ASKED)

    if isinstance(expected, str):
        assert isinstance(outcome, Transient | Permanent)
        assert outcome.code == expected
        assert outcome.message == model.MESSAGES[expected]
    else:
        assert outcome == expected
    assert server.count(CHAT) == 1
    assert KEY not in repr(outcome)


@pytest.mark.parametrize(
    "reply", [script.refusal(), script.malformed(), script.wrong_schema(), script.cut_off()]
)
def test_a_failure_that_was_paid_says_what_it_used(
    describer: OpenAiDescriber, server: OpenAiServer, reply: Reply
) -> None:
    server.script = script.always(reply)

    outcome = describer.describe(ASKED)

    assert isinstance(outcome, Transient | Permanent)
    assert outcome.usage == Usage(900, 120)


@pytest.mark.parametrize(
    "slow",
    [
        script.said("{}", delay_s=8),
        script.said("x" * 4000, piece=50, pause_s=0.1),
        script.said("x" * 4000, piece=2000, pause_s=4),
    ],
    ids=["silent from the start", "drop by drop", "silent in the middle"],
)
def test_a_slow_answer_ends_in_time(impatient: OpenAiDescriber, server: OpenAiServer, slow: Reply) -> None:
    server.script = script.always(slow)
    begin = time.monotonic()

    outcome = impatient.describe(ASKED)

    assert outcome == Transient("PROVIDER_TIMEOUT", model.MESSAGES["PROVIDER_TIMEOUT"])
    assert time.monotonic() - begin < 4
    assert server.count(CHAT) == 1


def test_an_answer_without_an_end_is_cut(server: OpenAiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gloss.providers.openai.MAX_ANSWER_BYTES", 1000)
    server.script = script.always(script.said("x" * 4000))
    with make_client(KEY, server.base_url, httpx2.HTTPTransport(), answer_s=2) as client:
        outcome = OpenAiDescriber(client).describe(ASKED)

    assert isinstance(outcome, Transient)
    assert outcome.code == "PROVIDER_UNREACHABLE"


def test_an_error_of_the_sdk_itself_is_no_answer() -> None:
    assert failure_of(openai.OpenAIError("?")) == Transient(
        "INVALID_ANSWER", model.MESSAGES["INVALID_ANSWER"]
    )


def test_nobody_there_is_transient() -> None:
    with make_client(KEY, "http://127.0.0.1:9/v1", httpx2.HTTPTransport(), answer_s=1) as client:
        outcome = OpenAiDescriber(client).describe(ASKED)

    assert isinstance(outcome, Transient)
    assert outcome.code == "PROVIDER_UNREACHABLE"


def test_without_a_preview_nothing_is_asked(describer: OpenAiDescriber, server: OpenAiServer) -> None:
    outcome = describer.describe(request())

    assert isinstance(outcome, Permanent)
    assert server.calls == []


def test_the_question_is_strict_cheap_and_small(describer: OpenAiDescriber, server: OpenAiServer) -> None:
    describer.describe(ASKED)

    body = server.calls[0].body
    assert body["model"] == "gpt-5.4-mini"
    assert body["response_format"]["json_schema"]["strict"] is True
    assert body["max_completion_tokens"] == 1500
    assert body["reasoning_effort"] == "none"
    assert "temperature" not in body
    assert body["messages"][1]["content"][1]["image_url"]["detail"] == "low"
    assert "JSON Schema" not in body["messages"][0]["content"]


def test_high_detail_is_sent_when_asked_for(describer: OpenAiDescriber, server: OpenAiServer) -> None:
    describer.describe(replace(ASKED, detail="high"))

    assert server.calls[0].body["messages"][1]["content"][1]["image_url"]["detail"] == "high"


def test_a_server_that_knows_little_is_asked_more_plainly_once_and_for_all(
    client: openai.OpenAI, server: OpenAiServer
) -> None:
    def knows_little(call: script.Call) -> Reply | None:
        if "response_format" in call.body:
            return script.error(400, None)
        for name in ("max_completion_tokens", "temperature"):
            if name in call.body:
                return script.error(400, "unsupported_parameter", param=name)
        return script.said(f"Sure! ```json\n{json.dumps(script.metadata('red'))}\n```")

    server.script = knows_little
    describer = OpenAiDescriber(client, "llava:7b")

    first = describer.describe(ASKED)
    asked = server.count(CHAT)
    second = describer.describe(ASKED)

    assert isinstance(first, Ok)
    assert second == first
    assert asked == 5
    assert server.count(CHAT) == asked + 1
    assert "JSON Schema" in server.calls[-1].body["messages"][0]["content"]
    assert server.calls[-1].body["max_tokens"] == 1500


def test_a_server_that_refuses_everything_is_left_alone(client: openai.OpenAI, server: OpenAiServer) -> None:
    server.script = script.always(script.error(400, None))
    describer = OpenAiDescriber(client)

    outcome = describer.describe(ASKED)

    assert isinstance(outcome, Permanent)
    assert outcome.code == "REQUEST_REFUSED"
    assert server.count(CHAT) == 3


def test_a_form_that_is_not_trusted_is_spelled_out(client: openai.OpenAI, server: OpenAiServer) -> None:
    OpenAiDescriber(client, dialect=Dialect(limit_name="max_tokens"), trusts_form=False).describe(ASKED)

    body = server.calls[0].body
    assert "JSON Schema" in body["messages"][0]["content"]
    assert body["response_format"]["type"] == "json_schema"
    assert body["max_tokens"] == 1500


def test_the_users_words_rule_the_tags(describer: OpenAiDescriber) -> None:
    context = Context(vocabulary=("Shapes", "Drawing", "Sea"), avoid=("drawing",))

    outcome = describer.describe(replace(ASKED, context=context))

    assert isinstance(outcome, Ok)
    assert outcome.description.metadata.tags == ("Shapes",)


@pytest.fixture
def embedder(client: openai.OpenAI) -> OpenAiEmbedder:
    return OpenAiEmbedder(client, dimensions=8)


def test_texts_are_embedded_in_one_call_with_their_length(
    embedder: OpenAiEmbedder, server: OpenAiServer
) -> None:
    outcome = embedder.embed(["old harbor", ""])

    assert isinstance(outcome, Embedded)
    assert outcome.input_tokens == 4
    assert server.count(EMBEDDINGS, KEY) == 1
    assert server.calls[0].body["model"] == "text-embedding-3-small"
    assert server.calls[0].body["dimensions"] == 8


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (script.rate_limited(retry_after="3"), RateLimited(3.0)),
        (script.error(401, "invalid_api_key"), "BAD_KEY"),
        (script.server_error(), "PROVIDER_ERROR"),
        (script.ok({"object": "list", "data": []}), "INVALID_ANSWER"),
        (script.ok({"object": "list", "data": [{"index": 0, "embedding": [1.0]}]}), "INVALID_ANSWER"),
        (script.ok({"object": "list", "data": [{"index": 0, "embedding": None}]}), "INVALID_ANSWER"),
        (script.ok([]), "INVALID_ANSWER"),
        (Reply(200, b"{"), "INVALID_ANSWER"),
    ],
)
def test_every_fault_of_embedding_has_its_outcome(
    embedder: OpenAiEmbedder, server: OpenAiServer, reply: Reply, expected: RateLimited | str
) -> None:
    server.script = script.always(reply)

    outcome = embedder.embed(["old harbor"])

    if isinstance(expected, str):
        assert isinstance(outcome, Transient | Permanent)
        assert outcome.code == expected
    else:
        assert outcome == expected
    assert server.count(EMBEDDINGS) == 1
