"""The scripted OpenAI-compatible service on a real socket of this machine."""

import contextlib
import socket
import struct
import time
from http.server import BaseHTTPRequestHandler

from tests.servers.loopback import Loopback
from tests.servers.openai_script import OpenAiScript, Reply, Script, as_usual


class OpenAiServer(OpenAiScript, Loopback):
    """The script on a port, a free one unless named, while it is used as a context manager."""

    def __init__(self, script: Script = as_usual, *, port: int = 0) -> None:
        OpenAiScript.__init__(self, script)
        Loopback.__init__(self, type("Handler", (_Handler,), {"service": self}), port=port)

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    service: OpenAiServer

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("content-length", 0))))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Requests are counted, not printed."""

    def _serve(self, body: bytes) -> None:
        reply = self.service.answer(
            self.path,
            self.headers.get("authorization", ""),
            body,
            self.headers.get("content-type", ""),
        )
        time.sleep(reply.delay_s)
        # A client that has run out of patience is gone.
        with contextlib.suppress(ConnectionError):
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        if reply.drop_after is not None:
            self._drop(reply.body[: reply.drop_after])
            return
        step = reply.piece or max(1, len(reply.body))
        for start in range(0, len(reply.body), step):
            self.wfile.write(reply.body[start : start + step])
            time.sleep(reply.pause_s)

    def _drop(self, sent: bytes) -> None:
        """End the connection with a reset instead of the rest."""
        self.wfile.write(sent)
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
