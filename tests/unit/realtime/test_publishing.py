"""Connections, sequence numbers and who gets which frame."""

import json
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ReadTimeoutError

from gloss.realtime.model import LIFETIME, MAX_CONNECTIONS, Event
from gloss.realtime.service import Connections, Publisher
from gloss.realtime.sockets import GatewaySockets, Gone, Unreachable
from gloss.realtime.store import ConnectionStore
from tests.fakes.dynamodb import FakeDynamoDB, client_error

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Clients:
    """What each connection received; some are gone, some do not answer for a while."""

    def __init__(self) -> None:
        self.frames: dict[str, list[bytes]] = defaultdict(list)
        self.gone: set[str] = set()
        self.broken: set[str] = set()
        self.slow: set[str] = set()
        self.released = threading.Event()

    def post(self, connection: str, data: bytes) -> None:
        if connection in self.gone:
            raise Gone
        if connection in self.broken:
            raise Unreachable
        if connection in self.slow:
            self.released.wait(5)
        self.frames[connection].append(data)

    def seen(self, connection: str) -> list[int]:
        return [event["seq"] for data in self.frames[connection] for event in json.loads(data)["events"]]


class Kit:
    def __init__(self) -> None:
        self.now = NOW
        fake = FakeDynamoDB()
        fake.create_table(
            TableName="connections",
            KeySchema=[
                {"AttributeName": "user", "KeyType": "HASH"},
                {"AttributeName": "entry", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "user", "AttributeType": "S"},
                {"AttributeName": "entry", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        self.fake = fake
        self.store = ConnectionStore(fake.client, "connections")
        self.clients = Clients()
        self.connections = Connections(self.store, lambda: self.now)
        self.publisher = Publisher(self.store, self.clients, lambda: self.now)

    def hello(self, user: str) -> int:
        (event,) = json.loads(self.connections.hello(user))["events"]
        assert event["type"] == "hello"
        return int(event["seq"])


@pytest.fixture
def kit() -> Kit:
    return Kit()


def told(user: str, count: int = 1) -> list[Event]:
    return [Event(user, "image", str(number)) for number in range(count)]


def test_only_the_users_own_connections_are_told(kit: Kit) -> None:
    kit.connections.open("ann", "a1")
    kit.connections.open("ann", "a2")
    kit.connections.open("ben", "b1")

    posts = kit.publisher.publish([*told("ann", 2), *told("ben")])

    assert posts == {"sent": 3}
    assert (kit.clients.seen("a1"), kit.clients.seen("a2"), kit.clients.seen("b1")) == ([1, 2], [1, 2], [1])


def test_events_are_counted_while_nobody_is_there_so_that_hello_shows_the_gap(kit: Kit) -> None:
    assert kit.hello("ann") == 0
    assert kit.publisher.publish(told("ann", 3)) == {}

    assert kit.hello("ann") == 3
    assert kit.hello("ben") == 0
    kit.connections.open("ann", "a1")
    kit.publisher.publish(told("ann"))
    assert kit.clients.seen("a1") == [4]


def test_hello_says_when_it_was(kit: Kit) -> None:
    (event,) = json.loads(kit.connections.hello("ann"))["events"]

    assert event["at"] == "2026-11-20T12:00:00.000000Z"


def test_a_closed_connection_is_told_nothing(kit: Kit) -> None:
    kit.connections.open("ann", "a1")
    kit.connections.close("ann", "a1")
    kit.connections.close("ann", "a1")

    assert kit.publisher.publish(told("ann")) == {}


def test_a_connection_ends_after_two_hours_though_its_row_is_still_there(kit: Kit) -> None:
    kit.connections.open("ann", "a1")
    kit.now += LIFETIME - timedelta(seconds=1)
    assert kit.publisher.publish(told("ann")) == {"sent": 1}

    kit.now += timedelta(seconds=1)
    assert kit.publisher.publish(told("ann")) == {}


def test_a_connection_that_is_gone_is_forgotten(kit: Kit) -> None:
    kit.connections.open("ann", "a1")
    kit.connections.open("ann", "a2")
    kit.clients.gone = {"a1"}

    assert kit.publisher.publish(told("ann")) == {"gone": 1, "sent": 1}
    assert kit.publisher.publish(told("ann")) == {"sent": 1}


def test_a_connection_that_does_not_take_its_events_is_kept_and_sees_the_gap(kit: Kit) -> None:
    kit.connections.open("ann", "a1")
    kit.clients.broken = {"a1"}
    assert kit.publisher.publish(told("ann")) == {"unreachable": 1}

    kit.clients.broken = set()
    kit.publisher.publish(told("ann"))
    assert kit.clients.seen("a1") == [2]


def test_a_client_that_takes_its_time_delays_nobody_else(kit: Kit) -> None:
    kit.connections.open("ann", "slow")
    kit.connections.open("ann", "quick")
    kit.connections.open("ben", "other")
    kit.clients.slow = {"slow"}
    publishing = threading.Thread(target=kit.publisher.publish, args=([*told("ann"), *told("ben")],))
    publishing.start()

    deadline = time.monotonic() + 5
    while not (kit.clients.frames["quick"] and kit.clients.frames["other"]):
        assert time.monotonic() < deadline
        time.sleep(0.001)
    assert not kit.clients.frames["slow"]
    kit.clients.released.set()
    publishing.join()


def test_the_newest_connections_are_served(kit: Kit) -> None:
    for number in range(MAX_CONNECTIONS + 1):
        kit.connections.open("ann", str(number))
        kit.now += timedelta(seconds=1)

    assert kit.publisher.publish(told("ann")) == {"sent": MAX_CONNECTIONS}
    assert "0" not in kit.clients.frames


class Management:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.posted: list[tuple[str, bytes]] = []

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> object:  # noqa: N803
        if self.error:
            raise self.error
        self.posted.append((ConnectionId, Data))
        return {}


def test_frames_go_through_the_management_api() -> None:
    management = Management()
    GatewaySockets(management).post("a1", b"{}")

    assert management.posted == [("a1", b"{}")]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (client_error("GoneException"), Gone),
        (client_error("LimitExceededException"), Unreachable),
        (ReadTimeoutError(endpoint_url="https://api.invalid"), Unreachable),
    ],
)
def test_errors_of_the_management_api_are_translated(error: Exception, expected: type[Exception]) -> None:
    with pytest.raises(expected):
        GatewaySockets(Management(error)).post("a1", b"{}")
