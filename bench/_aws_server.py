"""The in-memory AWS of the unit tests behind HTTP, for code that runs in a process of its own.

DynamoDB and S3 do their work on the tables and objects of a `Product`; SQS, KMS and Secrets Manager agree to
everything. There is no network in a figure that is taken against it, and next to no service.
"""

import base64
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, Final

from botocore.exceptions import ClientError

from tests.fakes.product import Product

Answer = tuple[int, bytes]

_AGREED: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "SendMessage": {"MessageId": "1"},
        "SendMessageBatch": {"Successful": [], "Failed": []},
        "GetSecretValue": {"SecretString": "sk-example"},
        "PutMetricData": {},
    }
)


class AwsServer(ThreadingHTTPServer):
    """Serves the services of ``product``, which may be exchanged between two requests."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, product: Product) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.product = product

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, target: str, body: bytes) -> Answer:
        """What a JSON service says to an operation, named as in ``X-Amz-Target``."""
        service, _, operation = target.partition(".")
        if not service.startswith("DynamoDB"):
            return 200, json.dumps(_AGREED.get(operation, {})).encode()
        call = getattr(self.product.dynamodb, re.sub(r"(?<!^)([A-Z])", r"_\1", operation).lower())
        try:
            return 200, json.dumps(call(**json.loads(body, object_hook=_binary)), default=_text).encode()
        except ClientError as error:
            return 400, json.dumps(_refusal(error), default=_text).encode()

    def stored(self, path: str) -> Answer:
        """An object, or S3's word that there is none."""
        bucket, _, key = path.lstrip("/").partition("?")[0].partition("/")
        data = self.product.s3.objects.get((bucket, key))
        return (200, data) if data is not None else (404, b"<Error><Code>NoSuchKey</Code></Error>")

    def store(self, path: str, data: bytes) -> Answer:
        bucket, _, key = path.lstrip("/").partition("?")[0].partition("/")
        self.product.s3.objects[bucket, key] = data
        return 200, b""


def _binary(value: dict[str, Any]) -> dict[str, Any]:
    return {"B": base64.b64decode(value["B"])} if value.keys() == {"B"} else value


def _text(value: object) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _refusal(error: ClientError) -> dict[str, Any]:
    told: dict[str, Any] = dict(error.response)
    return {"__type": told["Error"]["Code"], "message": told["Error"]["Message"], **told}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: AwsServer

    def do_POST(self) -> None:
        self._reply(*self.server.answer(self.headers.get("x-amz-target", "."), self._body()))

    def do_GET(self) -> None:
        self._reply(*self.server.stored(self.path))

    def do_HEAD(self) -> None:
        self._reply(*self.server.stored(self.path))

    def do_PUT(self) -> None:
        self._reply(*self.server.store(self.path, self._body()))

    def do_DELETE(self) -> None:
        self._reply(204, b"")

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: it would be most of what the benchmark prints."""


@contextmanager
def aws_server(product: Product) -> Iterator[AwsServer]:
    server = AwsServer(product)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
