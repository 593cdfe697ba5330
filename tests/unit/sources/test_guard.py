"""What a user may make this installation call: the forms of an SSRF attempt, each refused."""

import socket
from collections.abc import Iterator
from itertools import cycle

import pytest

from gloss.errors import AddressRefused, HostUnknown
from gloss.sources.guard import AddressGuard, Origin, is_public, resolved

PUBLIC = "93.184.215.14"


def guard(*addresses: str, private: bool = False) -> AddressGuard:
    return AddressGuard(private=private, lookup=lambda _host, _port: addresses)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.example.com/v1", Origin("https", "api.example.com", 443)),
        ("https://api.example.com:8443", Origin("https", "api.example.com", 8443)),
        ("HTTPS://API.Example.com/v1?x=1", Origin("https", "api.example.com", 443)),
        (
            "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
            Origin("https", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", 443),
        ),
    ],
)
def test_an_ordinary_address_is_accepted(url: str, origin: Origin) -> None:
    assert guard(PUBLIC).origin(url) == origin
    assert guard(PUBLIC).address(origin.host, origin.port) == PUBLIC


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com/v1",
        "file:///etc/passwd",
        "gopher://api.example.com/",
        "ftp://api.example.com/",
        "//api.example.com/",
        "api.example.com",
        "",
        "https://",
        "https:///v1",
        "https://user@api.example.com/",
        "https://user:secret@api.example.com/",
        "https://@api.example.com/",
        "https://api.example.com:99999/",
        "https://api.example.com:port/",
        "https://[::1/",
        "https://api.example.com\\@127.0.0.1/",
        "https://api.example.com/v1 HTTP/1.1",
        "https://api.example.com/\r\nHost: other",
    ],
)
def test_a_url_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        guard(PUBLIC).origin(url)


NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:93.184.215.14",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "not an address",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_on_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(AddressRefused):
        guard(address).address("innocent.example.com", 443)


@pytest.mark.parametrize(
    "address", [PUBLIC, "8.8.8.8", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::2004"]
)
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(AddressRefused):
        guard(PUBLIC, "10.0.0.1").address("mixed.example.com", 443)


def test_a_host_without_an_address_is_refused() -> None:
    with pytest.raises(AddressRefused):
        guard().address("empty.example.com", 443)


def failing(error: Exception) -> AddressGuard:
    def lookup(_host: str, _port: int) -> Iterator[str]:
        raise error

    return AddressGuard(lookup=lookup)


@pytest.mark.parametrize(
    "error",
    [
        socket.gaierror(socket.EAI_NONAME, "unknown"),
        socket.gaierror(socket.EAI_NODATA, "no address"),
        UnicodeError("label too long"),
    ],
)
def test_a_host_that_there_is_not_is_refused_as_such(error: Exception) -> None:
    with pytest.raises(HostUnknown):
        failing(error).address("x" * 64, 443)


def test_a_resolver_that_does_not_answer_says_nothing_about_the_host() -> None:
    with pytest.raises(socket.gaierror):
        failing(socket.gaierror(socket.EAI_AGAIN, "later")).address("llm.example.com", 443)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0"])
def test_a_number_in_disguise_is_what_the_system_makes_of_it(host: str) -> None:
    def as_the_system(name: str, _port: int) -> list[str]:
        return [socket.inet_ntoa(socket.inet_aton(name))]

    with pytest.raises(AddressRefused):
        AddressGuard(lookup=as_the_system).address(host, 443)


def test_all_addresses_of_a_host_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(_host: str, port: int, **_more: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (address, port)) for address in (PUBLIC, "::1", PUBLIC)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert resolved("mixed.example.com", 443) == [PUBLIC, "::1"]
    with pytest.raises(AddressRefused):
        AddressGuard().address("mixed.example.com", 443)


def test_a_name_that_answers_differently_the_second_time_gains_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = cycle([(PUBLIC,), ("127.0.0.1",)])
    connected: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], _timeout: float) -> None:
        connected.append(address)

    monkeypatch.setattr(socket, "create_connection", connect)
    rebinding = AddressGuard(lookup=lambda _host, _port: next(answers))
    rebinding.connect("rebinding.example.com", 443, 1)
    assert connected == [(PUBLIC, 443)]
    with pytest.raises(AddressRefused):
        rebinding.connect("rebinding.example.com", 443, 1)
    assert connected == [(PUBLIC, 443)]


def test_the_local_stage_may_call_its_own_machine() -> None:
    local = guard("127.0.0.1", private=True)
    assert local.origin("http://localhost:8080/v1") == Origin("http", "localhost", 8080)
    assert local.origin("http://localhost/v1").port == 80
    assert local.address("localhost", 8080) == "127.0.0.1"
    with pytest.raises(AddressRefused):
        local.origin("ftp://localhost/")
