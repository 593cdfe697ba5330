"""The makers of pictures by the real SDKs: OpenAI's over sockets, Bedrock's against the service's model."""

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import httpx2
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber
from mypy_boto3_bedrock_runtime import BedrockRuntimeClient
from PIL import Image

from gloss.describe.model import RateLimited, Usage
from gloss.generate.bedrock import NovaCanvas
from gloss.generate.making import Made, PictureRequest
from gloss.generate.openai import OpenAiMaker
from gloss.providers import model
from gloss.providers.model import permanent, transient
from gloss.providers.openai import make_client
from tests.servers import openai_script as script
from tests.servers.openai_script import EDITS, Reply
from tests.servers.openai_server import OpenAiServer
from tools.pictures import draw

KEY = "sk-test-0123456789abcdef"
PICTURE = draw("beach", size=(64, 48))
ASKED = PictureRequest(
    prompt="A studio photograph.",
    products=(PICTURE,),
    models=(draw("forest", size=(64, 48)),),
    style="studio",
    quality="high",
    aspect_ratio="16:9",
    seed=7,
    parameters={"strength": 0.4, "guidance_scale": 6.5},
)


@pytest.mark.enable_socket
class TestOpenAi:
    @pytest.fixture
    def server(self) -> Iterator[OpenAiServer]:
        with OpenAiServer() as server:
            yield server

    @pytest.fixture
    def maker(self, server: OpenAiServer) -> Iterator[OpenAiMaker]:
        transport = httpx2.HTTPTransport()
        with make_client(KEY, server.base_url, transport, answer_s=0.6, silence_s=0.4) as client:
            yield OpenAiMaker(client, "gpt-image-1")

    def test_all_pictures_are_shown_and_one_comes_back(
        self, server: OpenAiServer, maker: OpenAiMaker
    ) -> None:
        made = maker.make(ASKED)
        assert isinstance(made, Made)
        assert made.usage == Usage(400, 1000)
        with Image.open(io.BytesIO(made.data)) as picture:
            assert picture.size == (192, 128)
        (call,) = server.calls
        assert (call.path, call.key) == (EDITS, KEY)
        assert call.body["image"] == list(ASKED.inputs)
        said = {name: call.body[name] for name in ("model", "prompt", "size", "quality", "n")}
        assert said == {
            "model": "gpt-image-1",
            "prompt": ASKED.prompt,
            "size": "1536x1024",
            "quality": "high",
            "n": "1",
        }

    @pytest.mark.parametrize(
        ("reply", "outcome"),
        [
            (script.error(400, "moderation_blocked"), permanent(model.CONTENT_REFUSED)),
            (script.error(401, "invalid_api_key"), permanent(model.BAD_KEY)),
            (script.rate_limited(retry_after="7"), RateLimited(7.0)),
            (script.server_error(), transient(model.PROVIDER_ERROR)),
            (script.ok({"created": 0, "data": []}), transient(model.INVALID_ANSWER)),
            (script.ok({"created": 0, "data": [{"b64_json": "?"}]}), transient(model.INVALID_ANSWER)),
            (script.ok({"created": 0, "data": [{"url": "x"}]}), transient(model.INVALID_ANSWER)),
            (script.ok([1]), transient(model.INVALID_ANSWER)),
            (Reply(body=b"<html>"), transient(model.INVALID_ANSWER)),
            (script.edited(PICTURE, drop_after=40), transient(model.PROVIDER_UNREACHABLE)),
            (script.edited(PICTURE, delay_s=1.5), transient(model.PROVIDER_TIMEOUT)),
        ],
        ids=[
            "refused",
            "key",
            "limit",
            "500",
            "empty",
            "no base64",
            "a link",
            "a list",
            "a page",
            "dropped",
            "slow",
        ],
    )
    def test_what_is_no_picture_is_an_outcome(
        self, server: OpenAiServer, maker: OpenAiMaker, reply: Reply, outcome: object
    ) -> None:
        server.script = script.always(reply)
        assert maker.make(ASKED) == outcome
        assert server.count(EDITS) == 1


class TestNovaCanvas:
    @pytest.fixture
    def client(self) -> BedrockRuntimeClient:
        return boto3.client(
            "bedrock-runtime", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        )

    @pytest.fixture
    def stub(self, client: BedrockRuntimeClient) -> Iterator[Stubber]:
        with Stubber(client) as stub:
            yield stub

    @pytest.fixture
    def maker(self, client: BedrockRuntimeClient) -> NovaCanvas:
        return NovaCanvas(client, "amazon.nova-canvas-v1:0")

    def answer(self, stub: Stubber, content: bytes) -> None:
        body = StreamingBody(io.BytesIO(content), len(content))
        expected = {"modelId": "amazon.nova-canvas-v1:0", "body": ANY}
        stub.add_response("invoke_model", {"body": body, "contentType": "application/json"}, expected)

    def test_the_pictures_are_varied_as_asked(
        self, client: BedrockRuntimeClient, stub: Stubber, maker: NovaCanvas
    ) -> None:
        sent: list[dict[str, Any]] = []
        client.meta.events.register(
            "provide-client-params.bedrock-runtime.InvokeModel",
            lambda params, **_: sent.append(json.loads(params["body"])),
        )
        self.answer(stub, json.dumps({"images": [base64.b64encode(PICTURE).decode()]}).encode())
        assert maker.make(ASKED) == Made(PICTURE)
        (question,) = sent
        assert question["taskType"] == "IMAGE_VARIATION"
        variation = question["imageVariationParams"]
        assert [base64.b64decode(shown) for shown in variation["images"]] == list(ASKED.inputs)
        assert (variation["text"], variation["similarityStrength"]) == (ASKED.prompt, 0.6)
        assert question["imageGenerationConfig"] == {
            "numberOfImages": 1,
            "width": 1280,
            "height": 720,
            "quality": "premium",
            "seed": 7,
            "cfgScale": 6.5,
        }

    def test_without_parameters_none_are_sent(
        self, client: BedrockRuntimeClient, stub: Stubber, maker: NovaCanvas
    ) -> None:
        sent: list[dict[str, Any]] = []
        client.meta.events.register(
            "provide-client-params.bedrock-runtime.InvokeModel",
            lambda params, **_: sent.append(json.loads(params["body"])),
        )
        self.answer(stub, json.dumps({"images": [base64.b64encode(PICTURE).decode()]}).encode())
        maker.make(replace(ASKED, parameters={}, quality="auto"))
        assert "similarityStrength" not in sent[0]["imageVariationParams"]
        assert "cfgScale" not in sent[0]["imageGenerationConfig"]
        assert sent[0]["imageGenerationConfig"]["quality"] == "standard"

    @pytest.mark.parametrize(
        ("content", "outcome"),
        [
            (b'{"images": [], "error": "blocked by the filter"}', permanent(model.CONTENT_REFUSED)),
            (b'{"images": []}', transient(model.INVALID_ANSWER)),
            (b'{"images": ["?"]}', transient(model.INVALID_ANSWER)),
            (b'{"images": [1]}', transient(model.INVALID_ANSWER)),
            (b"[]", transient(model.INVALID_ANSWER)),
            (b"<html>", transient(model.INVALID_ANSWER)),
        ],
    )
    def test_what_is_no_picture_is_an_outcome(
        self, stub: Stubber, maker: NovaCanvas, content: bytes, outcome: object
    ) -> None:
        self.answer(stub, content)
        assert maker.make(ASKED) == outcome

    def test_errors_of_the_service_are_outcomes(self, stub: Stubber, maker: NovaCanvas) -> None:
        stub.add_client_error("invoke_model", "ThrottlingException")
        assert isinstance(maker.make(ASKED), RateLimited)
        stub.add_client_error("invoke_model", "AccessDeniedException")
        assert maker.make(ASKED) == permanent(model.ACCESS_DENIED)

    def test_a_service_that_is_silent_may_answer_later(
        self, maker: NovaCanvas, client: BedrockRuntimeClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def silent(**_: Any) -> None:
            raise ReadTimeoutError(endpoint_url="https://bedrock.invalid")

        monkeypatch.setattr(client, "invoke_model", silent)
        assert maker.make(ASKED) == transient(model.PROVIDER_TIMEOUT)
