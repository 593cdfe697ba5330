"""A web server whose files are scripted: right ones, slow ones, huge ones, and ways to lead astray."""

import gzip
import time
from collections import Counter
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any, Final

from tests.servers.loopback import Loopback

Script = Callable[["Exchange"], None]

SLOW_S: Final = 0.05


class Exchange(BaseHTTPRequestHandler):
    """One request, as a script answers it."""

    protocol_version = "HTTP/1.1"
    scripts: Mapping[str, Script]
    counted: Counter[str]

    def do_GET(self) -> None:
        self.counted[self.path] += 1
        self.close_connection = True
        self.scripts.get(self.path, missing)(self)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
        """Tests look at counts, not at lines."""

    def head(self, status: int, **headers: object) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()


def missing(exchange: Exchange) -> None:
    exchange.head(404, Content_Length=0)


def file(data: bytes, kind: str = "image/jpeg", **headers: object) -> Script:
    def answer(exchange: Exchange) -> None:
        exchange.head(200, **{"Content_Type": kind, "Content_Length": len(data), **headers})
        exchange.wfile.write(data)

    return answer


def status(code: int) -> Script:
    return lambda exchange: exchange.head(code, Content_Length=0)


def redirect(location: str, code: int = 302) -> Script:
    return lambda exchange: exchange.head(code, Location=location, Content_Length=0)


def endless(kind: str = "image/jpeg") -> Script:
    """Bytes without end and without a length."""

    def answer(exchange: Exchange) -> None:
        exchange.head(200, Content_Type=kind)
        try:
            while True:
                exchange.wfile.write(b"\xff\xd8\xff" * 20_000)
        except OSError:
            return

    return answer


def trickle(kind: str = "image/jpeg") -> Script:
    """A byte now and then: never so slow that a single read times out."""

    def answer(exchange: Exchange) -> None:
        exchange.head(200, Content_Type=kind)
        try:
            while True:
                exchange.wfile.write(b"\xff")
                time.sleep(SLOW_S)
        except OSError:
            return

    return answer


def bomb() -> Script:
    """Ten megabytes of nothing, compressed although nobody asked for it."""
    packed = gzip.compress(bytes(10 * 2**20))
    return file(packed, Content_Encoding="gzip")


class FileServer(Loopback):
    """Serves ``scripts`` by path on a free port of this machine; ``counted`` requests by path."""

    def __init__(self, scripts: Mapping[str, Script]) -> None:
        self.counted: Counter[str] = Counter()
        super().__init__(type("Scripted", (Exchange,), {"scripts": scripts, "counted": self.counted}))
