"""The local console: files, pages, headers, and the API passed on. Over a loopback socket of its own."""

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools.console_server import ConsoleServer, configuration, local_policy, security_headers

ENDPOINT = "http://127.0.0.1:4566"
OUTPUTS = {
    "Endpoint": ENDPOINT,
    "Region": "us-east-1",
    "ApiUrl": f"{ENDPOINT}/_aws/execute-api/abc/api",
    "SocketUrl": "ws://127.0.0.1:4566/_aws/execute-api/def/live",
    "UserPoolId": "us-east-1_pool",
    "UserPoolClientId": "client",
}


class Engine(BaseHTTPRequestHandler):
    """Says what it was asked."""

    def do_POST(self) -> None:
        said = {
            "path": self.path,
            "authorization": self.headers["Authorization"],
            "cookie": self.headers["Cookie"],
            "body": self.rfile.read(int(self.headers["Content-Length"])).decode(),
        }
        body = json.dumps(said).encode()
        self.send_response(429)
        self.send_header("Content-Type", "application/json")
        self.send_header("Retry-After", "7")
        self.send_header("Server-Secret", "x")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


def serving(server: ThreadingHTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def engine(socket_enabled: None) -> Iterator[int]:
    yield from serving(ThreadingHTTPServer(("127.0.0.1", 0), Engine))


@pytest.fixture
def port(engine: int, tmp_path: Path) -> Iterator[int]:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<title>Gloss</title>")
    (dist / "assets" / "index-1.js").write_text("run()")
    (tmp_path / "secret.txt").write_text("not for you")
    outputs = OUTPUTS | {"ApiUrl": f"http://127.0.0.1:{engine}/_aws/execute-api/abc/api"}
    yield from serving(ConsoleServer(outputs, dist=dist))


def ask(
    port: int, path: str, method: str = "GET", body: str = "", headers: Mapping[str, str] | None = None
) -> tuple[int, str, Mapping[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        return (
            answer.status,
            answer.read().decode(),
            {name.title(): text for name, text in answer.headers.items()},
        )
    finally:
        connection.close()


def test_files_are_kept_and_pages_are_asked_for_again(port: int) -> None:
    status, body, headers = ask(port, "/assets/index-1.js")
    assert (status, body) == (200, "run()")
    assert "immutable" in headers["Cache-Control"]
    for page in ("/", "/images/1", "/jobs"):
        status, body, headers = ask(port, page)
        assert (status, body, headers["Cache-Control"]) == (200, "<title>Gloss</title>", "no-cache")


def test_a_head_is_answered_without_a_body(port: int) -> None:
    status, body, headers = ask(port, "/", "HEAD")
    assert (status, body, headers["Content-Length"]) == (200, "", "20")
    status, body, headers = ask(port, "/config.json", "HEAD")
    assert (status, body) == (200, "")
    assert int(headers["Content-Length"]) > 0


def test_the_configuration_is_kept_by_nobody(port: int) -> None:
    status, body, headers = ask(port, "/config.json")
    assert (status, json.loads(body)["clientId"]) == (200, "client")
    assert headers["Cache-Control"] == "no-store"


def test_a_page_is_never_kept_as_if_it_were_an_asset(port: int) -> None:
    status, _, headers = ask(port, "/assets/%2e%2e/index.html")
    assert (status, headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone.js",
        "/assets/gone",
        "/assets/",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/%00",
        "/assets/%00.js",
        "/" + "x" * 300,
    ],
)
def test_what_is_no_file_of_the_build_is_not_there(port: int, path: str) -> None:
    status, body, _ = ask(port, path)
    assert (status, body) == (404, "")


def test_the_api_is_passed_on_and_nothing_else_with_it(port: int) -> None:
    status, body, headers = ask(
        port, "/api/uploads?x=1", "POST", '{"files": []}', {"Authorization": "token", "Cookie": "c=1"}
    )
    assert status == 429
    assert json.loads(body) == {
        "path": "/_aws/execute-api/abc/api/uploads?x=1",
        "authorization": "token",
        "cookie": None,
        "body": '{"files": []}',
    }
    assert headers["Retry-After"] == "7"
    assert "Server-Secret" not in headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]


def test_only_the_api_is_written_to(port: int) -> None:
    assert ask(port, "/index.html", "POST", "x")[0] == 405


def test_an_engine_that_is_away_is_said_to_be(socket_enabled: None, tmp_path: Path) -> None:
    outputs = OUTPUTS | {"ApiUrl": "http://127.0.0.1:1/api"}
    for port in serving(ConsoleServer(outputs, dist=tmp_path)):
        assert ask(port, "/api/images")[0] == 502


def test_the_configuration_names_the_engine() -> None:
    assert configuration(OUTPUTS) == {
        "socketUrl": OUTPUTS["SocketUrl"],
        "region": "us-east-1",
        "userPoolId": "us-east-1_pool",
        "clientId": "client",
        "cognitoEndpoint": "http://127.0.0.1:4566/",
    }


def test_the_headers_are_those_of_the_template() -> None:
    headers = security_headers(ENDPOINT)
    policy = headers.pop("Content-Security-Policy")
    assert "${" not in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers == {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    }


def test_the_engine_stands_once_for_all_of_aws() -> None:
    policy = "img-src 'self' https://${A}.s3 https://${B}.s3; connect-src wss://${C}/live"
    assert local_policy(policy, ENDPOINT) == (
        "img-src 'self' http://127.0.0.1:4566; connect-src ws://127.0.0.1:4566"
    )
