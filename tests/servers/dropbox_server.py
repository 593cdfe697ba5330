"""A Dropbox on a real socket of this machine: tokens, an account, folders in pages, downloads; with a script.

Its hosts are the first part of the path, as :class:`gloss.sources.dropbox.DropboxSource` asks for them.
"""

import contextlib
import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Final
from urllib.parse import parse_qs

from tests.servers.loopback import Loopback

TOKEN: Final = "refresh-5b1c7e9d2f4a6c8e-WXYZ"
APP_KEY: Final = "app0key0of0tests"
ACCOUNT: Final = "Ann Example"

LIST: Final = "/2/files/list_folder"
CONTINUE: Final = "/2/files/list_folder/continue"
DOWNLOAD: Final = "/2/files/download"
WHO: Final = "/2/users/get_current_account"
REFRESH: Final = "/oauth2/token"

_HOSTS: Final = {DOWNLOAD: "content.dropboxapi.com"}
_AT: Final = "2026-11-20T12:00:00Z"


@dataclass(frozen=True)
class Reply:
    """``cut`` ends the connection behind so many bytes of the body; ``pause_s`` goes by before each byte."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    pause_s: float = 0


@dataclass(frozen=True)
class Call:
    """``number`` counts the calls of this route, from 1."""

    route: str
    argument: Any
    number: int


Script = Callable[[Call], Reply | None]
"""What is answered instead of the right thing; ``None`` for the right thing."""


def answer(value: object, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json", **headers})


def refusal(*tags: str) -> Reply:
    """An error of a route: a union in a union."""
    value: Any = {".tag": tags[-1]}
    for tag in reversed(tags[:-1]):
        value = {".tag": tag, tag: value}
    return answer({"error_summary": "/".join(tags), "error": value}, 409)


def revoked() -> Reply:
    return answer({"error_summary": "invalid_access_token/", "error": {".tag": "invalid_access_token"}}, 401)


def busy(seconds: int = 1) -> Reply:
    value = {"reason": {".tag": "too_many_requests"}, "retry_after": seconds}
    return answer({"error_summary": "too_many_requests/", "error": value}, 429)


def broken() -> Reply:
    return Reply(500, b"out of order")


def as_usual(_call: Call) -> Reply | None:
    return None


class DropboxServer(Loopback):
    """``files`` by path, ``per_page`` of them listed at once; ``counted`` calls by route."""

    def __init__(
        self, files: Mapping[str, bytes], *, per_page: int = 2, port: int = 0, script: Script = as_usual
    ) -> None:
        self.files = dict(files)
        self.per_page = per_page
        self.script = script
        self.token = TOKEN
        self.counted: Counter[str] = Counter()
        super().__init__(type("Handler", (_Handler,), {"dropbox": self}), port=port)

    @property
    def _access(self) -> str:
        """Good as long as the token that it was given for."""
        return f"access-for-{self.token}"

    # What is answered

    def reply(self, host: str, route: str, argument: Any, authorization: str) -> Reply:
        self.counted[route] += 1
        scripted = self.script(Call(route, argument, self.counted[route]))
        if scripted:
            return scripted
        if host != _HOSTS.get(route, "api.dropboxapi.com") or route not in self._ROUTES:
            return Reply(404, b"no such route")
        if route != REFRESH and authorization != f"Bearer {self._access}":
            return revoked()
        return self._ROUTES[route](self, argument)

    def _refresh(self, form: Mapping[str, str]) -> Reply:
        if form["client_id"] != APP_KEY:
            return answer({"error": "invalid_client: Invalid client_id or client_secret"}, 400)
        if form["refresh_token"] != self.token:
            return answer({"error": "invalid_grant", "error_description": "revoked"}, 400)
        return answer({"access_token": self._access, "token_type": "bearer", "expires_in": 14_400})

    def _who(self, _argument: None) -> Reply:
        first, last = ACCOUNT.split()
        name = {
            "given_name": first,
            "surname": last,
            "familiar_name": first,
            "display_name": ACCOUNT,
            "abbreviated_name": "AE",
        }
        return answer(
            {
                "account_id": "dbid:" + "A" * 35,
                "name": name,
                "email": "ann@example.com",
                "email_verified": True,
                "disabled": False,
                "locale": "en",
                "referral_link": "https://db.tt/x",
                "is_paired": False,
                "account_type": {".tag": "basic"},
                "root_info": {".tag": "user", "root_namespace_id": "1", "home_namespace_id": "1"},
            }
        )

    def _list(self, argument: Mapping[str, Any]) -> Reply:
        prefix = argument["path"] + "/"
        if argument["path"] and not any(path.startswith(prefix) for path in self.files):
            return refusal("path", "not_found")
        return self._part(prefix, argument["recursive"], 0)

    def _continue(self, argument: Mapping[str, Any]) -> Reply:
        prefix, recursive, start = json.loads(argument["cursor"])
        return self._part(prefix, recursive, start)

    def _part(self, prefix: str, recursive: bool, start: int) -> Reply:
        paths = sorted(path for path in self.files if path.startswith(prefix))
        if not recursive:
            paths = [path for path in paths if "/" not in path.removeprefix(prefix)]
        end = start + self.per_page
        folder = {".tag": "folder", "name": "in", "id": "id:folder-of-tests", "path_display": prefix}
        entries = [folder] * (start == 0) + [
            {".tag": "file", **self._file(path)} for path in paths[start:end]
        ]
        cursor = json.dumps([prefix, recursive, end])
        return answer({"entries": entries, "cursor": cursor, "has_more": end < len(paths)})

    def _download(self, argument: Mapping[str, Any]) -> Reply:
        found = [path for path in self.files if argument["path"] in {path, id_of(path)}]
        if not found:
            return refusal("path", "not_found")
        headers = {"Dropbox-API-Result": json.dumps(self._file(found[0]))}
        return Reply(200, self.files[found[0]], headers)

    def _file(self, path: str) -> dict[str, Any]:
        data = self.files[path]
        return {
            "name": path.rpartition("/")[2],
            "id": id_of(path),
            "client_modified": _AT,
            "server_modified": _AT,
            "rev": "0123456789abcdef",
            "size": len(data),
            "path_lower": path.lower(),
            "path_display": path,
            "is_downloadable": True,
            "content_hash": _content_hash(data),
        }

    _ROUTES: Final[dict[str, Callable[["DropboxServer", Any], Reply]]] = {
        REFRESH: _refresh,
        WHO: _who,
        LIST: _list,
        CONTINUE: _continue,
        DOWNLOAD: _download,
    }


def id_of(path: str) -> str:
    return "id:" + hashlib.sha256(path.encode()).hexdigest()[:22]


def _content_hash(data: bytes) -> str:
    whole = hashlib.sha256()
    rest = data
    while rest:
        whole.update(hashlib.sha256(rest[: 4 * 2**20]).digest())
        rest = rest[4 * 2**20 :]
    return whole.hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    dropbox: DropboxServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        _, host, route = self.path.split("/", 2)
        reply = self.dropbox.reply(
            host, f"/{route}", self._argument(f"/{route}", body), self.headers.get("authorization", "")
        )
        # A client that has run out of patience is gone.
        with contextlib.suppress(ConnectionError):
            self._send(reply)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
        """Tests look at counts, not at lines."""

    def _argument(self, route: str, body: str) -> Any:
        if route == REFRESH:
            return {name: values[0] for name, values in parse_qs(body).items()}
        return json.loads(self.headers.get("Dropbox-API-Arg") or body)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        body = reply.body[: reply.cut]
        for piece in [body] if not reply.pause_s else [bytes([byte]) for byte in body]:
            time.sleep(reply.pause_s)
            self.wfile.write(piece)
        self.close_connection = reply.cut is not None
