"""What an OpenAI-compatible service answers, as a value: played by a real server or inside the process.

Unless a script says otherwise every call succeeds, and the answer depends on what was sent: a picture's title
names its dominant color, a text's vector follows from its words.
"""

import base64
import email
import hashlib
import io
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import Image

from gloss.embed.local import vector

CHAT: Final = "/v1/chat/completions"
EMBEDDINGS: Final = "/v1/embeddings"
MODELS: Final = "/v1/models"
EDITS: Final = "/v1/images/edits"

_COLORS: Final[Mapping[str, tuple[int, int, int]]] = {
    "red": (200, 40, 40),
    "green": (40, 160, 60),
    "blue": (50, 90, 200),
    "yellow": (230, 210, 60),
    "white": (245, 245, 245),
    "black": (15, 15, 15),
    "grey": (128, 128, 128),
}
_JSON: Final = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came; ``number`` counts the calls to its path from 0."""

    path: str
    key: str
    body: Mapping[str, Any]
    number: int
    at: float = field(default_factory=time.monotonic)

    @property
    def picture(self) -> bytes:
        """The picture in a chat request."""
        return _picture(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """What comes back: after ``delay_s``, in pieces of ``piece`` bytes with ``pause_s`` between them.

    With ``drop_after`` the connection is reset after so many bytes of the body.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: dict(_JSON))
    delay_s: float = 0.0
    piece: int = 0
    pause_s: float = 0.0
    drop_after: int | None = None


Script = Callable[[Call], Reply | None]
"""``None``: as usual."""


def as_usual(_call: Call) -> None:
    return None


def in_turn(*replies: Reply | None) -> Script:
    """The replies one after the other over all paths, then as usual."""
    left = list(replies)
    lock = threading.Lock()

    def script(_call: Call) -> Reply | None:
        with lock:
            return left.pop(0) if left else None

    return script


def always(reply: Reply) -> Script:
    return lambda _call: reply


class OpenAiScript:
    """The service: ``script`` may be changed at any time, ``calls`` holds all that came, in order."""

    def __init__(self, script: Script = as_usual) -> None:
        self.script = script
        self.calls: list[Call] = []
        self.routes: dict[str, Callable[[Call], Reply]] = {
            CHAT: chat,
            EMBEDDINGS: embeddings,
            MODELS: models,
            EDITS: edits,
        }
        self._lock = threading.Lock()

    def answer(self, path: str, authorization: str, body: bytes, content_type: str = "") -> Reply:
        key = authorization.removeprefix("Bearer ")
        with self._lock:
            number = self.count(path)
            told = form(body, content_type) if "multipart" in content_type else json.loads(body or b"{}")
            call = Call(path, key, told, number)
            self.calls.append(call)
        scripted = self.script(call)
        if scripted is not None:
            return scripted
        route = self.routes.get(path)
        return route(call) if route else error(404, "not_found", "No such route.")

    def count(self, path: str | None = None, key: str | None = None) -> int:
        """Calls so far, of one path or one key where named."""
        return sum((path in (None, call.path)) and (key in (None, call.key)) for call in self.calls)


# --- replies that a script is made of ---------------------------------------------------------------------


def ok(body: object, **options: Any) -> Reply:
    """200 unless ``status`` says otherwise."""
    return Reply(body=json.dumps(body).encode(), **options)


def error(
    status: int,
    code: str | int | None,
    message: str = "",
    *,
    param: str | None = None,
    kind: str = "invalid_request_error",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return Reply(status, json.dumps(body).encode(), {**_JSON, **(headers or {})})


def rate_limited(**headers: str) -> Reply:
    """429; the names of headers with ``_`` for ``-``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return error(429, "rate_limit_exceeded", kind="requests", headers=named)


def server_error() -> Reply:
    return error(500, None, "The server had an error.", kind="server_error")


def said(
    content: str | None, *, finish_reason: str = "stop", refusal: str | None = None, **options: Any
) -> Reply:
    """A chat completion with this content."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    return ok(_completion(message, finish_reason), **options)


def refusal() -> Reply:
    return said(None, refusal="I cannot help with that.")


def malformed() -> Reply:
    return said('{"title": "A pict')


def wrong_schema() -> Reply:
    return said(json.dumps({"headline": "A picture", "keywords": ["a"]}))


def cut_off() -> Reply:
    return said('{"title": "A picture", "alt_te', finish_reason="length")


def dropped() -> Reply:
    return said("{}", drop_after=10)


# --- the usual answers ------------------------------------------------------------------------------------


def chat(call: Call) -> Reply:
    color = dominant_color(call.picture)
    return said(json.dumps(metadata(color)))


def metadata(color: str) -> dict[str, Any]:
    """What the service says of a picture of this color."""
    return {
        "title": f"A {color} picture",
        "alt_text": f"Shapes in which {color} prevails",
        "caption": f"Most of what can be seen is {color}.",
        "description": f"The picture is mostly {color}. There are several shapes in it.",
        "tags": [color, "picture", "shapes", "drawing", "color"],
        "decorative": False,
        "language": "en",
        "safety": [],
    }


def dominant_color(picture: bytes) -> str:
    """The named color that the average of the picture is nearest to."""
    with Image.open(io.BytesIO(picture)) as image:
        average = image.convert("RGB").resize((1, 1)).tobytes()
    return min(_COLORS, key=lambda name: _distance(_COLORS[name], tuple(average)))


def embeddings(call: Call) -> Reply:
    asked = call.body["input"]
    texts = [asked] if isinstance(asked, str) else asked
    length = call.body.get("dimensions", 1536)
    data = [
        {"object": "embedding", "index": index, "embedding": _vector(text, length)}
        for index, text in enumerate(texts)
    ]
    tokens = sum(len(text) // 4 + 1 for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return ok({"object": "list", "model": call.body["model"], "data": data, "usage": usage})


def form(body: bytes, content_type: str) -> dict[str, Any]:
    """A multipart form: texts by name, files as lists of their bytes under their field's name."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    told: dict[str, Any] = {}
    for part in email.message_from_bytes(head + body).walk():
        name = part.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            continue
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if part.get_filename():
            told.setdefault(name.removesuffix("[]"), []).append(content)
        else:
            told[name] = content.decode()
    return told


def edits(call: Call) -> Reply:
    """A picture of the size asked for, in the color of the first one shown."""
    color = _COLORS[dominant_color(call.body["image"][0])]
    width, height = (int(side) // 8 for side in call.body["size"].split("x"))
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), color).save(buffer, "PNG")
    return edited(buffer.getvalue())


def edited(picture: bytes, **options: Any) -> Reply:
    """The answer that holds this picture."""
    usage = {
        "input_tokens": 400,
        "output_tokens": 1000,
        "total_tokens": 1400,
        "input_tokens_details": {"text_tokens": 80, "image_tokens": 320},
    }
    data = [{"b64_json": base64.b64encode(picture).decode()}]
    return ok({"created": 0, "data": data, "usage": usage}, **options)


def models(_call: Call) -> Reply:
    entry = {"id": "gpt-5.4-mini", "object": "model", "created": 0, "owned_by": "openai"}
    return ok({"object": "list", "data": [entry]})


def _completion(message: Mapping[str, Any], finish_reason: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": "gpt-5.4-mini-2026-03-17",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": None}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 120, "total_tokens": 1020},
    }


def _picture(body: Mapping[str, Any]) -> bytes:
    for message in body["messages"]:
        for part in message["content"] if isinstance(message["content"], list) else ():
            if part["type"] == "image_url":
                return base64.b64decode(part["image_url"]["url"].partition(",")[2])
    raise ValueError("no picture in the request")


def _distance(one: Sequence[int], other: Sequence[int]) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _vector(text: str, length: int) -> list[float]:
    """That of the words; for a text without a word, one that follows from its bytes."""
    words = vector(text, length)
    if any(words):
        return list(words)
    digest = hashlib.sha256(text.encode()).digest()
    return [1.0 if index == digest[0] % length else 0.0 for index in range(length)]
