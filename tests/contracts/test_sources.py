"""Sources over real sockets: addresses by our own client, Dropbox by its SDK."""

import json
from collections.abc import Iterator

import pytest

from gloss.errors import (
    ConfigurationError,
    FileTooLarge,
    GlossError,
    KeyRefused,
    SourceDisconnected,
    SourceRefused,
    SourceUnavailable,
)
from gloss.settings.model import SourceAccess
from gloss.sources.accounts import OwnApp
from gloss.sources.dropbox import DropboxSource, content_hash
from gloss.sources.guard import AddressGuard
from gloss.sources.model import Folder, Source
from gloss.sources.url import UrlSource
from tests.servers import dropbox_server as dropbox
from tests.servers.dropbox_server import DropboxServer, Reply, Script
from tests.servers.file_server import FileServer, file
from tests.unit.sources.contract import FILES, LIMIT, FolderContract, SourceContract, listed

pytestmark = pytest.mark.enable_socket

ACCESS = SourceAccess(dropbox.TOKEN, dropbox.APP_KEY)


class TestUrl(SourceContract):
    @pytest.fixture(autouse=True)
    def _served(self) -> Iterator[None]:
        with FileServer({path: file(data) for path, data in FILES.items()}) as server:
            self._url = server.url
            yield

    @pytest.fixture
    def source(self) -> Source:
        return UrlSource(AddressGuard(private=True))

    def id_of(self, path: str) -> str:
        return self._url + path

    def test_the_web_has_no_folders(self, source: Source) -> None:
        with pytest.raises(SourceRefused):
            source.page(Folder("/in"), None)


@pytest.fixture
def server() -> Iterator[DropboxServer]:
    with DropboxServer(FILES) as server:
        yield server


@pytest.fixture
def source(server: DropboxServer) -> DropboxSource:
    return DropboxSource(ACCESS, address=server.url)


class TestDropbox(FolderContract):
    def id_of(self, path: str) -> str:
        return dropbox.id_of(path)


def test_dropbox_knows_the_user(source: DropboxSource, server: DropboxServer) -> None:
    assert source.account() == dropbox.ACCOUNT
    assert server.counted == {dropbox.REFRESH: 1, dropbox.WHO: 1}


def test_an_access_token_is_fetched_once(source: DropboxSource, server: DropboxServer) -> None:
    listed(source, Folder())
    assert server.counted[dropbox.REFRESH] == 1


@pytest.mark.parametrize(
    "access",
    [SourceAccess("revoked-long-ago", dropbox.APP_KEY), SourceAccess(dropbox.TOKEN, "another", "secret")],
)
def test_a_token_or_app_that_dropbox_does_not_know(server: DropboxServer, access: SourceAccess) -> None:
    source = DropboxSource(access, address=server.url)
    for call in (source.account, lambda: source.page(Folder(), None), lambda: source.fetch("id:x", LIMIT)):
        with pytest.raises(SourceDisconnected):
            call()
    assert set(server.counted) == {dropbox.REFRESH}


def only(route: str, reply: Reply) -> Script:
    return lambda call: reply if call.route == route else None


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (only(dropbox.LIST, dropbox.revoked()), SourceDisconnected),
        (only(dropbox.LIST, dropbox.busy(7)), SourceUnavailable),
        (only(dropbox.LIST, dropbox.broken()), SourceUnavailable),
        (only(dropbox.REFRESH, dropbox.broken()), SourceUnavailable),
        (
            only(dropbox.LIST, Reply(200, b'{"entries": [', {"Content-Type": "application/json"})),
            SourceUnavailable,
        ),
        (only(dropbox.LIST, Reply(200, b"<html>", {"Content-Type": "text/html"})), SourceUnavailable),
        (only(dropbox.LIST, dropbox.answer({"entries": 1})), SourceUnavailable),
        (only(dropbox.LIST, Reply(200, b"{}", cut=0)), SourceUnavailable),
        (only(dropbox.LIST, Reply(400, b"Error in call: path: did not match pattern")), SourceRefused),
        (only(dropbox.LIST, dropbox.refusal("path", "restricted_content")), SourceRefused),
    ],
)
def test_a_listing_that_goes_wrong(
    source: DropboxSource, server: DropboxServer, script: Script, error: type[GlossError]
) -> None:
    server.script = script
    with pytest.raises(error) as raised:
        source.page(Folder("/in"), None)
    assert type(raised.value) is error
    # Whoever repeats is the queue: one order is one call.
    assert max(server.counted.values()) == 1


def test_what_dropbox_says_is_passed_on(source: DropboxSource, server: DropboxServer) -> None:
    with pytest.raises(SourceRefused, match="not found"):
        source.page(Folder("/none"), None)
    server.script = only(dropbox.LIST, dropbox.busy(7))
    with pytest.raises(SourceUnavailable) as asked:
        source.page(Folder(), None)
    assert asked.value.details == {"retry_after": 7}


def test_a_cursor_that_dropbox_gave_up_begins_anew(source: DropboxSource, server: DropboxServer) -> None:
    first = source.page(Folder("/in"), None)
    server.script = only(dropbox.CONTINUE, dropbox.refusal("reset"))
    assert source.page(Folder("/in"), first.cursor) == first
    server.script = only(dropbox.CONTINUE, dropbox.refusal("path", "not_found"))
    with pytest.raises(SourceRefused):
        source.page(Folder("/in"), first.cursor)


def test_a_download_is_checked(source: DropboxSource, server: DropboxServer) -> None:
    right = json.dumps(server._file("/a.jpg"))
    other = Reply(200, b"something else", {"Dropbox-API-Result": right})
    short = Reply(200, FILES["/a.jpg"], {"Dropbox-API-Result": right}, cut=2)
    nameless = Reply(200, FILES["/a.jpg"])
    for reply in (other, short, nameless):
        server.script = only(dropbox.DOWNLOAD, reply)
        with pytest.raises(SourceUnavailable):
            source.fetch(dropbox.id_of("/a.jpg"), LIMIT)


def test_a_body_larger_than_promised_is_not_read_to_its_end(
    source: DropboxSource, server: DropboxServer
) -> None:
    promised = json.dumps(server._file("/a.jpg"))
    server.script = only(dropbox.DOWNLOAD, Reply(200, bytes(10**6), {"Dropbox-API-Result": promised}))
    with pytest.raises(FileTooLarge):
        source.fetch(dropbox.id_of("/a.jpg"), LIMIT)


def test_a_file_that_comes_too_slowly(server: DropboxServer) -> None:
    source = DropboxSource(ACCESS, address=server.url, timeout=0.2)
    metadata = json.dumps(server._file("/a.jpg"))
    trickle = Reply(200, FILES["/a.jpg"] * 5, {"Dropbox-API-Result": metadata}, pause_s=0.05)
    server.script = only(dropbox.DOWNLOAD, trickle)
    with pytest.raises(SourceUnavailable, match="slowly"):
        source.fetch(dropbox.id_of("/a.jpg"), LIMIT)


@pytest.mark.parametrize("size", [1, 4 * 2**20, 4 * 2**20 + 1])
def test_the_content_hash_counts_blocks(size: int) -> None:
    assert content_hash(bytes(size)) == dropbox._content_hash(bytes(size))


def test_the_app_of_the_installation() -> None:
    own = OwnApp(lambda: '{"appKey": "k", "appSecret": "s"}')
    assert own.complete(SourceAccess("t")) == SourceAccess("t", "k", "s")
    assert own.complete(SourceAccess("t", "mine")) == SourceAccess("t", "mine")
    with pytest.raises(KeyRefused):
        OwnApp(None).complete(SourceAccess("t"))
    for text in ("?", "[]", '{"appKey": "k"}'):
        with pytest.raises(ConfigurationError):
            OwnApp(text.strip).complete(SourceAccess("t"))
