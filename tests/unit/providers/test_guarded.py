"""The way to a server that a user named: checked, and connected to as checked."""

import socket

import httpx2
import pytest

from gloss.providers.guarded import GuardedTransport
from gloss.sources.guard import AddressGuard

PUBLIC = "93.184.215.14"


def transport(*addresses: str) -> tuple[GuardedTransport, list[httpx2.Request]]:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200)

    guard = AddressGuard(lookup=lambda _host, _port: addresses)
    return GuardedTransport(httpx2.MockTransport(answer), guard), seen


def test_the_checked_address_is_connected_to_under_its_name() -> None:
    guarded, seen = transport(PUBLIC)
    with httpx2.Client(transport=guarded) as client:
        assert client.get("https://llm.example.com:8443/v1/models?x=1").status_code == 200
    (request,) = seen
    assert str(request.url) == f"https://{PUBLIC}:8443/v1/models?x=1"
    assert request.headers["host"] == "llm.example.com:8443"
    assert request.extensions["sni_hostname"] == "llm.example.com"


@pytest.mark.parametrize("url", ["https://llm.example.com/v1", "http://93.184.215.14/v1"])
def test_what_is_refused_is_a_server_that_cannot_be_reached(url: str) -> None:
    guarded, seen = transport("169.254.169.254")
    with httpx2.Client(transport=guarded) as client, pytest.raises(httpx2.ConnectError):
        client.get(url)
    assert seen == []


def test_a_host_that_cannot_be_looked_up_is_one_that_cannot_be_reached() -> None:
    def lookup(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    inner = httpx2.MockTransport(lambda _request: httpx2.Response(200))
    guarded = GuardedTransport(inner, AddressGuard(lookup=lookup))
    with httpx2.Client(transport=guarded) as client, pytest.raises(httpx2.ConnectError):
        client.get("https://llm.example.com/v1")
