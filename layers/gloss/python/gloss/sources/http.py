"""HTTP to addresses that a user names: one request over a guarded connection, the answer bounded."""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from typing import Final
from urllib.parse import quote, urlsplit

from gloss.records import dataclass
from gloss.sources.guard import AddressGuard, Origin

MAX_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


def get(guard: AddressGuard, url: str, headers: Mapping[str, str], *, timeout: float = 10) -> Answer:
    """One GET; a redirect is an answer like any other and is not followed.

    Raises:
        AddressRefused: the address is not one that may be called.
        OSError, http.client.HTTPException: the server cannot be reached, or does not speak HTTP.
    """
    with asked(guard, url, headers, timeout=timeout) as response:
        return Answer(response.status, response.read(MAX_BYTES))


def post(
    guard: AddressGuard, url: str, headers: Mapping[str, str], body: bytes, *, timeout: float = 10
) -> int:
    """One POST; the status of the answer, whose body is not read. Otherwise as :func:`get`."""
    with asked(guard, url, headers, timeout=timeout, method="POST", body=body) as response:
        return response.status


@contextmanager
def asked(
    guard: AddressGuard,
    url: str,
    headers: Mapping[str, str],
    *,
    timeout: float,
    method: str = "GET",
    body: bytes | None = None,
) -> Iterator[http.client.HTTPResponse]:
    """The answer to one request, its body still to be read; raises as :func:`get`.

    ``timeout`` seconds bound the whole exchange, not each read: at their end the connection breaks.
    """
    connection = _Connection(guard, guard.origin(url), timeout)
    alarm = threading.Timer(timeout, connection.abort)
    alarm.daemon = True
    alarm.start()
    try:
        connection.request(method, _target(url), body, {"Accept-Encoding": "identity", **headers})
        with connection.getresponse() as response:
            yield response
        if connection.aborted:
            raise TimeoutError("the exchange took too long")
    finally:
        alarm.cancel()
        connection.close()


class _Connection(http.client.HTTPConnection):
    """Connects to the checked address; certificate and Host header are those of the name."""

    def __init__(self, guard: AddressGuard, origin: Origin, timeout: float) -> None:
        super().__init__(origin.host, origin.port, timeout=timeout)
        self.default_port = 443 if origin.scheme == "https" else 80
        self._guard = guard
        self._origin = origin
        self._seconds = timeout
        self.aborted = False

    def connect(self) -> None:
        plain = self._guard.connect(self._origin.host, self._origin.port, self._seconds)
        if self._origin.scheme == "http":
            self.sock = plain
            return
        try:
            self.sock = _tls().wrap_socket(
                plain, server_hostname=self._origin.host, do_handshake_on_connect=False
            )
        except BaseException:
            plain.close()
            raise
        # Behind the assignment, so that the end of the time reaches a handshake that trickles in.
        self.sock.do_handshake()

    def abort(self) -> None:
        """From another thread: whoever reads or writes sees the end."""
        self.aborted = True
        if self.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _target(url: str) -> str:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return quote(target, safe=_TARGET)


_TARGET: Final = "/%:?#[]@!$&'()*+,;=-._~|"
"""What stands in a target as it is; the rest, such as letters beyond ASCII, is percent-encoded."""
