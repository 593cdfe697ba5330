"""The providers of the OpenAI protocol, over real sockets by the real SDK."""

import json
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import httpx2
import openai
import pytest

from gloss.describe.dialect import Dialect
from gloss.describe.model import Context, Describer, Ok, Outcome, Permanent, RateLimited, Transient, Usage
from gloss.describe.openai import OpenAiDescriber
from gloss.describe.openai import describer as make_describer
from gloss.embed.model import Embedded, Embedder, EmbedOutcome
from gloss.embed.openai import OpenAiEmbedder
from gloss.metering.metered import MeteredDescriber, MeteredEmbedder
from gloss.providers import model
from gloss.providers.model import ProviderChoice
from gloss.providers.openai import failure_of, make_client
from tests.fakes.metering import MeteringKit, call
from tests.servers import openai_script as script
from tests.servers.openai_script import CHAT, EMBEDDINGS, Reply
from tests.servers.openai_server import OpenAiServer
from tests.unit.describe.contract import PREVIEW, DescriberContract
from tests.unit.describe.samples import request
from tests.unit.embed.contract import EmbedderContract
from tests.unit.providers.contract import SECRET, Answer, Fault, FaultContract, Work

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


class TestFaults(FaultContract):
    REPLIES: Final[dict[Fault, Reply]] = {
        "busy": script.rate_limited(retry_after="7"),
        "broken": script.server_error(),
        "silent": script.said("{}", delay_s=2),
        "gone": script.dropped(),
        "nonsense": script.ok({"said": SECRET}),
        "not for you": script.error(403, "unsupported_country_region_territory", SECRET),
        "unknown model": script.error(404, "model_not_found", SECRET),
        "cannot be read": script.error(400, "invalid_value", SECRET, param="messages"),
    }

    @pytest.fixture(autouse=True)
    def _served(self, server: OpenAiServer) -> Iterator[None]:
        self._server = server
        with make_client(SECRET, server.base_url, httpx2.HTTPTransport(), answer_s=0.5) as client:
            self._client = client
            yield

    def ask(self, work: Work, fault: Fault) -> tuple[Answer, int]:
        self._server.script = script.always(self.REPLIES[fault])
        if work == "describe":
            return OpenAiDescriber(self._client).describe(ASKED), self._server.count(CHAT)
        return OpenAiEmbedder(self._client, dimensions=8).embed(["sea"]), self._server.count(EMBEDDINGS)

    def ask_for_the_indescribable(self) -> tuple[Answer, int]:
        self._server.script = script.always(script.said(None, refusal=SECRET))
        return OpenAiDescriber(self._client).describe(ASKED), self._server.count(CHAT)


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


def test_connecting_waiting_and_reading_share_one_deadline(server: OpenAiServer) -> None:
    """Each phase by itself would be in time."""
    server.script = script.always(script.said("x" * 4000, delay_s=0.4, piece=1000, pause_s=0.4))
    begin = time.monotonic()
    transport = SlowToConnect(httpx2.HTTPTransport(), 0.3)
    with make_client(KEY, server.base_url, transport, answer_s=0.6, silence_s=5) as client:
        outcome = OpenAiDescriber(client).describe(ASKED)

    assert outcome == Transient("PROVIDER_TIMEOUT", model.MESSAGES["PROVIDER_TIMEOUT"])
    # Not the 0.3 + 0.6 + 5 seconds of the single limits.
    assert time.monotonic() - begin < 2


class SlowToConnect(httpx2.BaseTransport):
    def __init__(self, inner: httpx2.BaseTransport, seconds: float) -> None:
        self._inner = inner
        self._seconds = seconds

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        time.sleep(self._seconds)
        return self._inner.handle_request(request)


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


def asked(describer: OpenAiDescriber) -> Outcome:
    """The answer of a provider whose meter is running: each request of its own, until one is understood."""
    return MeteredDescriber(describer, MeteringKit(limits="{}").metering(), call()).describe(ASKED)


def embedded(embedder: OpenAiEmbedder, *texts: str) -> EmbedOutcome:
    """As ``asked``."""
    meter = MeteringKit(limits="{}").metering()
    return MeteredEmbedder(embedder, meter, call(purpose="embed")).embed(texts)


def refusing(*names: str, **refusal: Any) -> script.Script:
    """A server that refuses requests with one of these arguments, in the words of its kind."""
    return lambda call: next(
        (
            script.error(400, **{"code": "unsupported_parameter", "param": name, **refusal})
            for name in names
            if name in call.body
        ),
        None,
    )


def test_a_server_that_knows_little_is_asked_more_plainly_once_and_for_all(
    client: openai.OpenAI, server: OpenAiServer
) -> None:
    def knows_little(call: script.Call) -> Reply | None:
        if "response_format" in call.body:
            return script.error(400, None)
        refusal = refusing("max_completion_tokens", "temperature")(call)
        return refusal or script.said(f"Sure! ```json\n{json.dumps(script.metadata('red'))}\n```")

    server.script = knows_little
    describer = OpenAiDescriber(client, "llava:7b")

    first = asked(describer)
    requests = server.count(CHAT)
    second = describer.describe(ASKED)

    assert isinstance(first, Ok)
    assert isinstance(second, Ok)
    assert second.description.metadata == first.description.metadata
    assert requests == 5
    assert server.count(CHAT) == requests + 1
    assert "JSON Schema" in server.calls[-1].body["messages"][0]["content"]
    assert server.calls[-1].body["max_tokens"] == 1500


def test_each_request_in_search_of_a_form_is_metered(client: openai.OpenAI, server: OpenAiServer) -> None:
    kit = MeteringKit(limits='{"openai": {"describe": 2}}')
    server.script = refusing("reasoning_effort", "max_completion_tokens")
    describer = MeteredDescriber(OpenAiDescriber(client), kit.metering(), call())

    assert describer.describe(ASKED).kind == "rate_limited"
    kit.forward(60)
    assert isinstance(describer.describe(ASKED), Ok)

    assert [row.get("code") for row in kit.rows()] == [None, "REPHRASED", "REPHRASED"]
    assert server.count(CHAT) == 3


def test_a_server_that_refuses_everything_is_not_asked_in_every_form_for_every_picture(
    client: openai.OpenAI, server: OpenAiServer
) -> None:
    server.script = script.always(script.error(400, None))
    describer = OpenAiDescriber(client)

    outcomes = [asked(describer) for _ in range(3)]

    assert {getattr(outcome, "code", None) for outcome in outcomes} == {"REQUEST_REFUSED"}
    assert server.count(CHAT) == 3 + 1 + 1


def test_a_server_that_understood_before_refuses_this_picture(
    describer: OpenAiDescriber, server: OpenAiServer
) -> None:
    describer.describe(ASKED)
    server.script = script.always(script.error(400, None))

    outcome = describer.describe(ASKED)
    server.script = script.as_usual
    describer.describe(ASKED)

    assert isinstance(outcome, Permanent)
    assert outcome.code == "REQUEST_REFUSED"
    assert [call.body["response_format"]["type"] for call in server.calls] == ["json_schema"] * 3


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        # Azure: in the words of OpenAI.
        ({}, "max_completion_tokens"),
        # vLLM: no argument named, the code is the status.
        ({"param": None, "code": 400, "kind": "BadRequestError"}, None),
    ],
    ids=["Azure", "vLLM"],
)
def test_a_new_model_behind_another_address_gets_its_limit_by_the_name_that_it_knows(
    client: openai.OpenAI, server: OpenAiServer, refusal: dict[str, Any], expected: str | None
) -> None:
    server.script = refusing("max_tokens", **refusal)
    describer = OpenAiDescriber(client, "my-deployment", dialect=Dialect(limit_name="max_tokens"))

    outcome = asked(describer)

    assert isinstance(outcome, Ok) == bool(expected)
    assert ("max_completion_tokens" in server.calls[-1].body) == bool(expected)


def test_a_limit_that_is_refused_by_both_names_is_not_tried_to_and_fro(
    client: openai.OpenAI, server: OpenAiServer
) -> None:
    server.script = refusing("max_tokens", "max_completion_tokens")

    outcome = asked(OpenAiDescriber(client))

    assert isinstance(outcome, Permanent)
    assert outcome.code == "REQUEST_REFUSED"
    assert server.count(CHAT) == 2


def test_the_official_address_is_spoken_to_as_itself(server: OpenAiServer) -> None:
    for address in ("", "https://api.openai.com/v1", "https://api.openai.com/v1/"):
        found = make_describer(ProviderChoice("openai", key=KEY, base_url=address))
        assert (found._dialect.limit_name, found._trusts_form) == ("max_completion_tokens", True)
    other = make_describer(
        ProviderChoice("openai", key=KEY, base_url="https://me.openai.azure.com/openai/v1")
    )
    assert (other._dialect.limit_name, other._trusts_form) == ("max_tokens", False)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        # Azure OpenAI.
        (script.error(401, "401", "Access denied due to invalid subscription key"), "BAD_KEY"),
        (script.error(404, "DeploymentNotFound", "The API deployment does not exist."), "MODEL_NOT_FOUND"),
        (script.error(429, "429", headers={"retry-after": "86400"}), RateLimited(86400.0)),
        (script.error(400, "content_filter", param="prompt"), "CONTENT_REFUSED"),
        # vLLM and its like: the error is not wrapped, or its code is a number.
        (script.ok({"object": "error", "message": "No.", "code": 404}, status=404), "MODEL_NOT_FOUND"),
        (script.error(401, None, "Unauthorized"), "BAD_KEY"),
        (script.ok({"error": "Unauthorized"}, status=401), "BAD_KEY"),
        (script.ok({"detail": "Not Found"}, status=404), "MODEL_NOT_FOUND"),
        (script.ok({"error": "model 'llava' not found"}, status=404), "MODEL_NOT_FOUND"),
    ],
)
def test_errors_of_other_servers_have_their_outcome(
    describer: OpenAiDescriber, server: OpenAiServer, reply: Reply, expected: RateLimited | str
) -> None:
    server.script = script.always(reply)

    outcome = describer.describe(ASKED)

    assert (outcome if isinstance(expected, RateLimited) else getattr(outcome, "code", None)) == expected
    assert server.count(CHAT) == 1


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


def test_a_server_that_knows_no_dimensions_is_not_asked_for_them_again(
    embedder: OpenAiEmbedder, server: OpenAiServer
) -> None:
    refusal = {"param": None, "code": 400, "kind": "BadRequestError"}
    server.script = refusing("dimensions", **refusal)

    text = " ".join(f"word{number}" for number in range(400))
    outcomes = [embedded(embedder, text) for _ in range(2)]

    assert server.count(EMBEDDINGS) == 3
    for outcome in outcomes:
        assert isinstance(outcome, Embedded)
        (made,) = outcome.embeddings
        # The server gives 1,536 numbers: the first eight of them, at unit length.
        assert made.dimensions == 8
        assert math.hypot(*made.vector) == pytest.approx(1)


def test_vectors_that_are_too_short_are_a_fault_for_good(
    embedder: OpenAiEmbedder, server: OpenAiServer
) -> None:
    data = [{"object": "embedding", "index": 0, "embedding": [1.0, 2.0]}]
    usage = {"prompt_tokens": 3, "total_tokens": 3}
    server.script = script.always(script.ok({"object": "list", "model": "m", "data": data, "usage": usage}))

    assert embedder.embed(["sea"]) == model.permanent("VECTORS_TOO_SHORT", Usage(3, 0))


def test_a_wrong_answer_to_texts_is_metered_with_what_it_cost(
    embedder: OpenAiEmbedder, server: OpenAiServer
) -> None:
    usage = {"prompt_tokens": 3, "total_tokens": 3}
    data = [{"object": "embedding", "index": 0, "embedding": None}]
    server.script = script.always(script.ok({"object": "list", "model": "m", "data": data, "usage": usage}))
    kit = MeteringKit()

    MeteredEmbedder(embedder, kit.metering(), call(purpose="embed")).embed(["sea"])

    (row,) = kit.rows()
    assert (row["code"], row["input_tokens"]) == ("INVALID_ANSWER", 3)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (script.rate_limited(retry_after="3"), RateLimited(3.0)),
        (script.error(401, "invalid_api_key"), "BAD_KEY"),
        (script.server_error(), "PROVIDER_ERROR"),
        (script.ok({"object": "list", "data": []}), "INVALID_ANSWER"),
        (script.ok({"object": "list", "data": [{"index": 0, "embedding": [1.0]}]}), "VECTORS_TOO_SHORT"),
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
