"""A user's server that takes webhooks, answers as scripted and keeps what it was sent."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.servers.loopback import Loopback

Reply = tuple[int, Mapping[str, str]]
Script = Callable[["Received"], Reply]


@dataclass(frozen=True)
class Received:
    """One POST; ``number`` counts those of its path from 0. Names of headers are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: str
    number: int
    at: float


def taken(_: Received) -> Reply:
    return 204, {}


def failing(times: int, status: int = 500) -> Script:
    """Refuses so often, then takes it."""
    return lambda received: (status if received.number < times else 204, {})


def redirecting(location: str) -> Script:
    return lambda _: (302, {"Location": location})


def slow(seconds: float) -> Script:
    """The first time too slow, then quick."""

    def answer(received: Received) -> Reply:
        if not received.number:
            time.sleep(seconds)
        return 204, {}

    return answer


class WebhookReceiver(Loopback):
    """Listens on a free port of this machine; ``scripts`` by path, any other path takes everything."""

    def __init__(self, scripts: Mapping[str, Script] | None = None) -> None:
        self.received: list[Received] = []
        self._scripts = scripts or {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver._answer(self)

            def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
                """Tests look at what came, not at lines."""

        super().__init__(Handler)

    def at(self, path: str) -> list[Received]:
        return [received for received in self.received if received.path == path]

    def _answer(self, exchange: BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in exchange.headers.items()}
        body = exchange.rfile.read(int(headers.get("content-length", 0))).decode()
        received = Received(exchange.path, headers, body, len(self.at(exchange.path)), time.time())
        self.received.append(received)
        status, extra = self._scripts.get(exchange.path, taken)(received)
        try:
            exchange.send_response(status)
            for name, value in {**extra, "Content-Length": "0"}.items():
                exchange.send_header(name, value)
            exchange.end_headers()
        except OSError:
            # The caller did not wait.
            return
