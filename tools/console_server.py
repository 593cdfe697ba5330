"""Serves the console on this machine as CloudFront does on AWS: files, the same security headers, and the API
under the same origin.

``python -m tools.console_server FOLDER PORT`` serves the stack whose state lies in FOLDER. `make up` starts
it.
"""

import argparse
import fcntl
import http.client
import json
import mimetypes
import os
import re
import sys
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from tools.local_engine import HOST
from tools.template import read_template

ROOT: Final = Path(__file__).resolve().parent.parent
DIST: Final = ROOT / "web" / "dist"
API: Final = "/api"

_PATIENCE_S: Final = 60
_SENT_ON: Final = ("authorization", "content-type", "idempotency-key")
_CONFIG_HEADERS: Final = {"Content-Type": "application/json", "Cache-Control": "no-store"}
_SENT_BACK: Final = ("content-type", "retry-after", "content-disposition", "x-next-cursor")
_ON_AWS: Final = re.compile(r"(https|wss)://\S*\$\{[^;\s]*")
"""A source in the content security policy that stands for an address on AWS."""


class ConsoleServer(ThreadingHTTPServer):
    """The console of the stack with these outputs, on a loopback port (0 for any free one)."""

    daemon_threads = True

    def __init__(self, outputs: Mapping[str, str], port: int = 0, dist: Path = DIST) -> None:
        super().__init__((HOST, port), _Handler)
        self.dist = dist
        self.api = urlsplit(outputs["ApiUrl"])
        self.headers = security_headers(outputs["Endpoint"])
        self.config = json.dumps(configuration(outputs)).encode()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base class's types
        """A browser that goes away while it is answered is no fault."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def configuration(outputs: Mapping[str, str]) -> dict[str, str]:
    """What the console reads as ``config.json`` on the local engine."""
    return {
        "socketUrl": outputs["SocketUrl"],
        "region": outputs["Region"],
        "userPoolId": outputs["UserPoolId"],
        "clientId": outputs["UserPoolClientId"],
        "cognitoEndpoint": outputs["Endpoint"] + "/",
    }


def security_headers(endpoint: str) -> dict[str, str]:
    """The headers that the template gives CloudFront, with the engine in the place of AWS's addresses."""
    policy = read_template()["Resources"]["ConsoleHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    security = policy["SecurityHeadersConfig"]
    custom = policy["CustomHeadersConfig"]["Items"]
    return {
        "Content-Security-Policy": local_policy(
            security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"], endpoint
        ),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": security["FrameOptions"]["FrameOption"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        **{header["Header"]: header["Value"] for header in custom},
    }


def local_policy(policy: str, endpoint: str) -> str:
    """The content security policy with every AWS address replaced by the engine's."""

    def source(match: re.Match[str]) -> str:
        return endpoint if match[1] == "https" else endpoint.replace("http", "ws", 1)

    directives = [_ON_AWS.sub(source, directive).split() for directive in policy.split(";")]
    return "; ".join(" ".join(dict.fromkeys(words)) for words in directives if words)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ConsoleServer

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path.startswith(f"{API}/"):
            self._pass_on()
        elif path == "/config.json":
            self._answer(HTTPStatus.OK, self.server.config, _CONFIG_HEADERS)
        else:
            self._send_file(path)

    do_HEAD = do_GET  # noqa: N815

    def _pass_on(self) -> None:
        """Ask the API and hand back its answer."""
        if not self.path.startswith(f"{API}/"):
            self._answer(HTTPStatus.METHOD_NOT_ALLOWED, b"", {})
            return
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name: self.headers[name] for name in _SENT_ON if name in self.headers}
        connection = http.client.HTTPConnection(self.server.api.netloc, timeout=_PATIENCE_S)
        try:
            connection.request(
                self.command, self.server.api.path + self.path.removeprefix(API), body, headers
            )
            answer = connection.getresponse()
            kept = {name: answer.headers[name] for name in _SENT_BACK if name in answer.headers}
            self._answer(answer.status, answer.read(), kept)
        except (OSError, http.client.HTTPException):
            self._answer(HTTPStatus.BAD_GATEWAY, b"", {})
        finally:
            connection.close()

    do_POST = do_PUT = do_PATCH = do_DELETE = _pass_on  # noqa: N815

    def _send_file(self, path: str) -> None:
        file = _file(self.server.dist, path)
        if file is None:
            self._answer(HTTPStatus.NOT_FOUND, b"", {})
            return
        lasting = file.is_relative_to(self.server.dist / "assets")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        caching = "public, max-age=31536000, immutable" if lasting else "no-cache"
        self._answer(HTTPStatus.OK, file.read_bytes(), {"Content-Type": kind, "Cache-Control": caching})

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**self.server.headers, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: requests are logged by what answers them."""


def _file(dist: Path, path: str) -> Path | None:
    """The file of the build that answers ``path``. An address that could not be a file's is a page, which the
    console itself finds."""
    try:
        file = (dist / path.lstrip("/")).resolve()
        if file.is_relative_to(dist) and file.is_file():
            return file
    except (OSError, ValueError):  # too long, or with a character that no file system takes
        return None
    if path.startswith("/assets/") or "." in path.rpartition("/")[2]:
        return None
    return dist / "index.html"


def main() -> None:
    parser = argparse.ArgumentParser(prog="console_server", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parsed = parser.parse_args()
    outputs = json.loads((parsed.folder / "outputs.json").read_text())
    with (
        ConsoleServer(outputs, parsed.port) as server,
        (parsed.folder / "console.pid").open("a+") as pid_file,
    ):
        # Held until the process ends: who finds it free knows that there is no server.
        fcntl.flock(pid_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        pid_file.truncate(0)
        pid_file.write(f"{os.getpid()} {server.server_port}\n")
        pid_file.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()
