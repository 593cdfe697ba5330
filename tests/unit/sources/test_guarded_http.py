"""One guarded request, over a socket pair: no network, real HTTP."""

import http.client
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from unittest.mock import patch

import pytest

from gloss.errors import AddressRefused
from gloss.sources import http as guarded
from gloss.sources.guard import AddressGuard

TLS_HANDSHAKE = b"\x16"


@dataclass
class Server:
    """Answers one connection with ``answer`` and keeps what it was sent."""

    answer: bytes
    heard: list[str] = field(default_factory=list)

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        near, far = socket.socketpair()
        near.settimeout(timeout)
        threading.Thread(target=self._serve, args=(far,), daemon=True).start()
        self.heard.append(f"{host}:{port}")
        return near

    def _serve(self, far: socket.socket) -> None:
        with far:
            request = b""
            while b"\r\n\r\n" not in request and not request.startswith(TLS_HANDSHAKE):
                request += far.recv(4096)
            while b"Content-Length: 2\r\n" in request and not request.endswith(b"{}"):
                request += far.recv(4096)
            self.heard.append(request.decode(errors="replace"))
            far.sendall(self.answer)


Get = Callable[[str], guarded.Answer]


@pytest.fixture
def server() -> Server:
    return Server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


@pytest.fixture
def get(server: Server) -> Get:
    def call(url: str) -> guarded.Answer:
        with patch.object(AddressGuard, "connect", server.connect):
            return guarded.get(AddressGuard(private=True), url, {"Authorization": "Bearer key"}, timeout=2)

    return call


def test_a_request_is_sent_and_answered(server: Server, get: Get) -> None:
    answer = get("http://models.example.com:8080/v1/models?limit=1")
    assert (answer.status, answer.body) == (200, b"{}")
    assert server.heard[0] == "models.example.com:8080"
    assert server.heard[1].startswith("GET /v1/models?limit=1 HTTP/1.1\r\nHost: models.example.com:8080\r\n")
    assert "Authorization: Bearer key\r\n" in server.heard[1]


def test_a_redirect_is_not_followed(server: Server, get: Get) -> None:
    server.answer = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    assert get("http://models.example.com/v1").status == 302
    assert [heard for heard in server.heard if ":80" in heard[-4:]] == ["models.example.com:80"]


def test_a_post_carries_its_body_and_its_answer_is_not_read(server: Server) -> None:
    server.answer = b"HTTP/1.1 202 Accepted\r\nContent-Length: 100000000\r\n\r\n"
    with patch.object(AddressGuard, "connect", server.connect):
        status = guarded.post(
            AddressGuard(private=True),
            "http://hooks.example.com/in",
            {"webhook-id": "msg_1"},
            b"{}",
            timeout=2,
        )
    assert status == 202
    assert server.heard[1].startswith("POST /in HTTP/1.1\r\n")
    assert {"webhook-id: msg_1", "Content-Length: 2"} <= set(server.heard[1].split("\r\n"))


def test_a_long_answer_is_cut(server: Server, get: Get) -> None:
    server.answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * (guarded.MAX_BYTES + 10_000)
    assert len(get("http://models.example.com/").body) == guarded.MAX_BYTES


def test_what_is_no_http_is_an_error(server: Server, get: Get) -> None:
    server.answer = b"SSH-2.0-OpenSSH_9.6\r\n"
    with pytest.raises(http.client.HTTPException):
        get("http://models.example.com/")


def test_tls_is_spoken_to_the_name_and_checked(server: Server, get: Get) -> None:
    server.answer = b""
    context = ssl.create_default_context()
    with patch.object(guarded, "_tls", return_value=context), pytest.raises(OSError, match=r"SSL|EOF|reset"):
        get("https://models.example.com/")
    assert server.heard[0] == "models.example.com:443"
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED


def test_a_refused_address_is_never_connected_to() -> None:
    with pytest.raises(AddressRefused):
        guarded.get(AddressGuard(lookup=lambda *_: ["10.0.0.1"]), "https://inside.example.com/", {})
