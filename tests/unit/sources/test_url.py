"""Files at https addresses: bounded, typed, and never from where the public web does not reach."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, pairwise, repeat

import pytest

from gloss.errors import (
    AddressRefused,
    EmptyFile,
    FileTooLarge,
    GlossError,
    SourceRefused,
    SourceUnavailable,
    UnsupportedFormat,
)
from gloss.sources import http as guarded
from gloss.sources.guard import WEB_PORTS, AddressGuard
from gloss.sources.model import Fetched
from gloss.sources.url import MAX_REDIRECTS, UrlSource

PUBLIC = "93.184.215.14"
LIMIT = 1_000
JPEG = b"\xff\xd8\xff" + b"x" * 97


class Plain(socket.socket):
    """Stands for a socket under TLS."""

    def do_handshake(self) -> None:
        """Nothing to agree on."""


class NoTls:
    def wrap_socket(self, plain: socket.socket, **_: object) -> Plain:
        timeout = plain.gettimeout()
        wrapped = Plain(plain.family, plain.type, plain.proto, fileno=plain.detach())
        wrapped.settimeout(timeout)
        return wrapped


@dataclass
class Web:
    """Answers by host; ``called`` lists the addresses that were connected to."""

    answers: Mapping[str, bytes] = field(default_factory=dict)
    addresses: dict[str, Iterator[str]] = field(default_factory=dict)
    called: list[str] = field(default_factory=list)
    hold_open: bool = False

    def lookup(self, host: str, _port: int) -> list[str]:
        """As a system does it: numbers in any spelling are addresses, names are looked up."""
        try:
            return [socket.inet_ntoa(socket.inet_aton(host))]
        except OSError:
            pass
        name = host.encode("idna").decode().rstrip(".").lower()
        if name in {"localhost", "127.0.0.1"}:
            return ["127.0.0.1", "::1"]
        if ":" in host:
            return [host]
        return [next(self.addresses.setdefault(name, repeat(PUBLIC)))]

    def connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        self.called.append(address[0])
        near, far = socket.socketpair()
        near.settimeout(timeout)
        threading.Thread(target=self._serve, args=(far,), daemon=True).start()
        return near

    def _serve(self, far: socket.socket) -> None:
        with far:
            request = b""
            while b"\r\n\r\n" not in request:
                request += far.recv(4096)
            host = request.split(b"Host: ")[1].split(b"\r\n")[0].decode()
            far.sendall(self.answers[host])
            while self.hold_open and far.recv(1):
                """Until the other side gives up."""


Fetch = Callable[[str], Fetched]


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    web = Web()
    monkeypatch.setattr(socket, "create_connection", web.connect)
    monkeypatch.setattr(guarded, "_tls", NoTls)
    return web


@pytest.fixture
def fetch(web: Web) -> Fetch:
    source = UrlSource(AddressGuard(lookup=web.lookup, ports=WEB_PORTS), timeout=0.4)
    return lambda url: source.fetch(url, LIMIT)


def answer(body: bytes = JPEG, status: str = "200 OK", **headers: object) -> bytes:
    told = {"Content_Type": "image/jpeg", "Content_Length": len(body), **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in told.items() if value is not None]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body


def leads_to(url: str) -> bytes:
    return answer(b"", "302 Found", Location=url)


def test_a_file_is_read_with_its_fingerprint(web: Web, fetch: Fetch) -> None:
    web.answers = {"a.example": answer()}
    fetched = fetch("https://a.example/höhe.jpg#top")
    assert fetched.data == JPEG
    assert len(fetched.fingerprint) == 64
    assert web.called == [PUBLIC]


def test_redirects_are_followed_a_few_times(web: Web, fetch: Fetch) -> None:
    hosts = [f"h{number}.example" for number in range(MAX_REDIRECTS + 2)]
    answers = {here: leads_to(f"https://{there}/") for here, there in pairwise(hosts)}
    web.answers = {**answers, hosts[MAX_REDIRECTS]: answer()}
    assert fetch(f"https://{hosts[0]}/").data == JPEG
    web.answers = {**answers, hosts[-1]: answer()}
    with pytest.raises(SourceRefused):
        fetch(f"https://{hosts[0]}/")


def test_a_loop_comes_to_an_end(web: Web, fetch: Fetch) -> None:
    web.answers = {"a.example": leads_to("/again")}
    with pytest.raises(SourceRefused):
        fetch("https://a.example/")
    assert len(web.called) == MAX_REDIRECTS + 1


ATTEMPTS = [
    "http://a.example/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://0x7f.1/",
    "https://127.1/",
    "https://0/",
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST/",
    "https://①②⑦.⓪.⓪.①/",
    "https://ｌｏｃａｌｈｏｓｔ/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:7f00:1::]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/latest/meta-data/",
    "https://100.64.0.1/",
    "https://10.0.0.1/",
    "https://224.0.0.1/",
    "https://a.example@127.0.0.1/",
    "https://127.0.0.1#@a.example/",
    "https://127.0.0.1?@a.example/",
    "https://a.example\\@127.0.0.1/",
    "https://user:secret@a.example/",
    "https://a.example:22/",
    "https://a.example:8443/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "data:image/png;base64,AAAA",
]


@pytest.mark.parametrize("url", ATTEMPTS)
def test_an_attempt_is_refused(web: Web, fetch: Fetch, url: str) -> None:
    with pytest.raises(AddressRefused):
        fetch(url)
    assert web.called == []


@pytest.mark.parametrize("url", ATTEMPTS)
def test_an_attempt_by_way_of_others_is_refused(web: Web, fetch: Fetch, url: str) -> None:
    web.answers = {"a.example": leads_to("https://b.example/"), "b.example": leads_to(url)}
    with pytest.raises(AddressRefused):
        fetch("https://a.example/")
    assert web.called == [PUBLIC, PUBLIC]


def test_a_name_that_changes_its_mind_is_refused(web: Web, fetch: Fetch) -> None:
    web.addresses["a.example"] = chain([PUBLIC], repeat("169.254.169.254"))
    web.answers = {"a.example": leads_to("https://a.example/next")}
    with pytest.raises(AddressRefused):
        fetch("https://a.example/")
    assert web.called == [PUBLIC]


@pytest.mark.parametrize(
    ("reply", "refusal"),
    [
        (answer(status="404 Not Found"), SourceRefused),
        (answer(status="403 Forbidden"), SourceRefused),
        (answer(status="206 Partial Content"), SourceRefused),
        (answer(status="301 Moved Permanently"), SourceRefused),
        (answer(status="429 Too Many Requests"), SourceUnavailable),
        (answer(status="503 Service Unavailable"), SourceUnavailable),
        (answer(Content_Type="text/html"), UnsupportedFormat),
        (answer(Content_Type="image/svg+xml"), UnsupportedFormat),
        (answer(Content_Encoding="gzip"), SourceRefused),
        (answer(Content_Length=10**12), FileTooLarge),
        (answer(b"x" * (LIMIT + 1)), FileTooLarge),
        (answer(JPEG + b"x" * LIMIT, Content_Length=None), FileTooLarge),
        (answer(b"x" * LIMIT, Content_Type="application/octet-stream"), UnsupportedFormat),
        (answer(Content_Length=len(JPEG) + 1), SourceUnavailable),
        (answer(b""), EmptyFile),
        (b"SSH-2.0-OpenSSH_9.6\r\n", SourceUnavailable),
        (b"", SourceUnavailable),
    ],
)
def test_what_is_no_file_of_ours_is_refused(
    web: Web, fetch: Fetch, reply: bytes, refusal: type[GlossError]
) -> None:
    web.answers = {"a.example": reply}
    with pytest.raises(refusal):
        fetch("https://a.example/")


def test_a_film_that_says_nothing_of_itself_is_left_at_its_first_bytes(web: Web, fetch: Fetch) -> None:
    web.hold_open = True
    web.answers = {"a.example": answer(b"x" * 100, Content_Type=None, Content_Length=LIMIT)}
    with pytest.raises(UnsupportedFormat):
        fetch("https://a.example/")


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry_After": 120}, 120), ({}, 30)])
def test_an_address_that_asks_for_patience_says_how_long(
    web: Web, fetch: Fetch, headers: dict[str, object], seconds: float
) -> None:
    web.answers = {"a.example": answer(b"", "429 Too Many Requests", **headers)}
    with pytest.raises(SourceUnavailable) as asked:
        fetch("https://a.example/")
    assert asked.value.details == {"retry_after": seconds}


@pytest.mark.parametrize("reply", [answer(b"", Content_Length=None), answer(Content_Length=500)])
def test_a_server_that_never_ends_is_left(web: Web, fetch: Fetch, reply: bytes) -> None:
    web.hold_open = True
    web.answers = {"a.example": reply}
    with pytest.raises(SourceUnavailable):
        fetch("https://a.example/")


@pytest.mark.parametrize("kind", [None, "application/octet-stream", "image/png; charset=binary"])
def test_a_media_type_that_says_nothing_is_taken(web: Web, fetch: Fetch, kind: str | None) -> None:
    web.answers = {"a.example": answer(Content_Type=kind)}
    assert fetch("https://a.example/").data == JPEG
