"""HTTP to addresses that a user names: one request over a guarded connection, the answer bounded."""

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import urlsplit

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
    connection = _Connection(guard, guard.origin(url), timeout)
    try:
        connection.request("GET", _target(url), headers={"Accept-Encoding": "identity", **headers})
        response = connection.getresponse()
        return Answer(response.status, response.read(MAX_BYTES))
    finally:
        connection.close()


class _Connection(http.client.HTTPConnection):
    """Connects to the checked address; certificate and Host header are those of the name."""

    def __init__(self, guard: AddressGuard, origin: Origin, timeout: float) -> None:
        super().__init__(origin.host, origin.port, timeout=timeout)
        self.default_port = 443 if origin.scheme == "https" else 80
        self._guard = guard
        self._origin = origin
        self._seconds = timeout

    def connect(self) -> None:
        plain = self._guard.connect(self._origin.host, self._origin.port, self._seconds)
        if self._origin.scheme == "http":
            self.sock = plain
            return
        try:
            self.sock = _tls().wrap_socket(plain, server_hostname=self._origin.host)
        except BaseException:
            plain.close()
            raise


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
