"""The three functions, fed with the events of the repository."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from functions.realtime_publish import handler as realtime_publish
from functions.socket_authorizer import handler as socket_authorizer
from functions.socket_connections import handler as socket_connections
from gloss.config import RealtimePublishSettings, SocketAuthorizerSettings
from gloss.errors import Unauthenticated
from gloss.realtime.model import Event

EVENTS = Path(__file__).resolve().parents[3] / "events"


class Context:
    aws_request_id = "request-1"
    function_name = "function"


def event(path: str) -> Any:
    return json.loads((EVENTS / path).read_text())


class Verifier:
    def user(self, token: str) -> str:
        if token != "good":
            raise Unauthenticated
        return "ann"


@pytest.mark.parametrize(
    ("query", "effect", "user"),
    [({"token": "good"}, "Allow", "ann"), ({"token": "bad"}, "Deny", "nobody"), (None, "Deny", "nobody")],
)
def test_the_authorizer_lets_in_whom_the_token_names(
    monkeypatch: pytest.MonkeyPatch, query: dict[str, str] | None, effect: str, user: str
) -> None:
    monkeypatch.setattr(socket_authorizer, "verifier", Verifier)
    asked = event("websocket/socket_authorizer.json") | {"queryStringParameters": query}

    answer = socket_authorizer.handle(asked, Context())

    (statement,) = answer["policyDocument"]["Statement"]
    assert (statement["Effect"], answer["principalId"], answer["context"]) == (effect, user, {"user": user})
    assert statement["Resource"] == asked["methodArn"]


def test_a_refused_token_is_not_logged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(socket_authorizer, "verifier", Verifier)
    with caplog.at_level(logging.DEBUG):
        socket_authorizer.handle(event("websocket/socket_authorizer.json"), Context())

    assert "not.a.token" not in capsys.readouterr().out + caplog.text


class Connections:
    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []

    def open(self, user: str, connection: str) -> None:
        self.calls.append(("open", user, connection))

    def close(self, user: str, connection: str) -> None:
        self.calls.append(("close", user, connection))

    def hello(self, user: str, connection: str) -> str:
        self.calls.append(("hello", user, connection))
        return f"hello {user}"


@pytest.mark.parametrize(
    ("kind", "calls", "body"),
    [("CONNECT", ["open"], None), ("DISCONNECT", ["close"], None), ("MESSAGE", ["hello"], "hello ")],
)
def test_a_socket_opens_asks_and_closes(
    monkeypatch: pytest.MonkeyPatch, kind: str, calls: list[str], body: str | None
) -> None:
    connections = Connections()
    monkeypatch.setattr(socket_connections, "connections", lambda: connections)
    happened = event("websocket/socket_connections.json")
    happened["requestContext"]["eventType"] = kind
    user, connection = happened["requestContext"]["authorizer"]["user"], "L0SM9cOFvHcCIhw="

    answer = socket_connections.handle(happened, Context())

    assert answer["statusCode"] == 200
    assert answer.get("body") == (body + user if body else None)
    assert connections.calls == [(call, user, connection) for call in calls]


class Publisher:
    def __init__(self) -> None:
        self.published: list[Event] = []

    def publish(self, events: list[Event]) -> dict[str, int]:
        self.published = events
        return {"sent": 2}


def test_a_batch_of_changes_is_published(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher = Publisher()
    settings = RealtimePublishSettings(
        connections_table="c",
        images_table="gloss-images",
        ledger_table="gloss-ledger",
        jobs_table="gloss-jobs",
        generations_table="gloss-generations",
        sockets_url="https://x",
    )
    monkeypatch.setattr(realtime_publish, "publisher", lambda: publisher)
    monkeypatch.setattr(realtime_publish, "settings", lambda: settings)

    realtime_publish.handle(event("dynamodb/realtime_publish.json"), Context())

    assert [(told.user, told.type) for told in publisher.published] == [("ann", "image"), ("ann", "quota")]
    assert "secret-lease" not in str([told.to_dict(1) for told in publisher.published])
    assert '"PostsSent":[2' in capsys.readouterr().out.replace(" ", "")


def test_addresses_on_aws_and_on_the_local_engine() -> None:
    issuer = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC"
    sockets: dict[str, Any] = {
        "connections_table": "c",
        "images_table": "i",
        "ledger_table": "l",
        "jobs_table": "j",
        "generations_table": "g",
        "sockets_url": "https://a1b2.execute-api.eu-central-1.amazonaws.com/live",
    }
    local = "http://127.0.0.1:4566"

    on_aws = SocketAuthorizerSettings(issuer_url=issuer, audience="client")
    here = SocketAuthorizerSettings(issuer_url=issuer, audience="client", aws_endpoint_url=local)

    assert on_aws.keys_url == f"{issuer}/.well-known/jwks.json"
    assert here.keys_url == f"{local}/eu-central-1_AbC/.well-known/jwks.json"
    assert RealtimePublishSettings(**sockets).posts_url == sockets["sockets_url"]
    assert (
        RealtimePublishSettings(**sockets, aws_endpoint_url=local).posts_url
        == f"{local}/_aws/execute-api/a1b2/live"
    )
