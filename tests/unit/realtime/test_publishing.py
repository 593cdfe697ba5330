"""Connections, sequence numbers and who gets which frame."""

import json
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from gloss.realtime.model import LIFETIME, MAX_CONNECTIONS, RESTS, Connection, Event
from gloss.realtime.service import BATCH_S, PARALLEL_POSTS, USER_POSTS, Connections, Publisher
from gloss.realtime.sockets import GatewaySockets, Gone, Silent, Unreachable
from gloss.realtime.store import ConnectionStore
from tests.fakes.dynamodb import FakeDynamoDB, Fault, client_error, denied

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Clients:
    """What each connection received; some are gone, some take their time, some take nothing at all."""

    def __init__(self) -> None:
        self.frames: dict[str, list[bytes]] = defaultdict(list)
        self.gone: set[str] = set()
        self.broken: set[str] = set()
        self.slow: set[str] = set()
        self.silent: set[str] = set()
        self.tried: list[str] = []
        self.released = threading.Event()
        self.seconds = 0.0

    def post(self, connection: str, data: bytes) -> None:
        self.tried.append(connection)
        if connection in self.silent:
            self.released.wait(5)
            self.seconds += 1
            raise Silent
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
        self.publisher = Publisher(self.store, self.clients, lambda: self.now, lambda: self.clients.seconds)

    def open(self, user: str, *connections: str) -> None:
        for connection in connections:
            self.connections.open(user, connection)

    def hello(self, user: str, connection: str = "asking") -> int:
        (event,) = json.loads(self.connections.hello(user, connection))["events"]
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
    assert kit.publisher.publish(told("ann", 3)) == {}

    kit.connections.open("ann", "a1")
    assert kit.hello("ann", "a1") == 3
    assert kit.hello("ben", "b1") == 0
    kit.publisher.publish(told("ann"))
    assert kit.clients.seen("a1") == [4]


def test_hello_says_when_it_was(kit: Kit) -> None:
    (event,) = json.loads(kit.connections.hello("ann", "a1"))["events"]

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


SILENT = [f"silent{number}" for number in range(MAX_CONNECTIONS)]


def test_more_silent_clients_than_places_delay_nobody_else_and_the_next_batch_not_at_all(kit: Kit) -> None:
    kit.open("ann", *SILENT)
    kit.open("ben", "other")
    kit.clients.silent = set(SILENT)
    publishing = threading.Thread(target=kit.publisher.publish, args=([*told("ann"), *told("ben")],))
    publishing.start()

    deadline = time.monotonic() + 5
    while not kit.clients.frames["other"]:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    assert len(kit.clients.tried) <= 1 + USER_POSTS
    kit.clients.released.set()
    publishing.join()

    tried = set(kit.clients.tried)
    kit.clients.tried.clear()
    assert kit.publisher.publish([*told("ann"), *told("ben")])["sent"] == 1
    assert not tried - {"other"} & set(kit.clients.tried)
    assert kit.clients.seen("other") == [1, 2]


def test_what_there_was_no_time_for_is_tried_by_the_next_batches(kit: Kit) -> None:
    kit.open("ann", *SILENT)
    kit.clients.silent = set(SILENT)
    kit.clients.released.set()

    first = kit.publisher.publish(told("ann"))
    assert first["silent"] + first["late"] == len(SILENT)
    assert first["late"] > 0
    for _ in SILENT:
        kit.publisher.publish(told("ann"))

    assert sorted(kit.clients.tried) == sorted(SILENT)


def test_no_post_of_a_batch_begins_after_its_time(kit: Kit) -> None:
    users = [f"user{number}" for number in range(50)]
    for user in users:
        kit.open(user, f"of-{user}")
    kit.clients.silent = {f"of-{user}" for user in users}
    kit.clients.released.set()

    posts = kit.publisher.publish([event for user in users for event in told(user)])

    assert posts["silent"] <= BATCH_S + PARALLEL_POSTS + 1
    assert posts["silent"] + posts["late"] == len(users)


def test_reliable_users_go_first(kit: Kit) -> None:
    kit.open("ann", *SILENT[:4])
    kit.clients.silent = set(SILENT)
    kit.clients.released.set()
    kit.publisher.publish(told("ann"))
    kit.open("ben", "b1")
    kit.now += RESTS[0]
    kit.clients.tried.clear()

    kit.publisher.publish([*told("ann"), *told("ben")])

    assert kit.clients.tried[0] == "b1"


def test_a_client_that_is_silent_again_rests_longer_and_is_given_up_until_it_speaks(kit: Kit) -> None:
    kit.open("ann", "a1")
    kit.clients.silent = {"a1"}
    kit.clients.released.set()
    for rest in RESTS:
        assert kit.publisher.publish(told("ann")) == {"silent": 1}
        kit.now += rest - timedelta(seconds=1)
        assert kit.publisher.publish(told("ann")) == {}
        kit.now += timedelta(seconds=1)
    assert kit.publisher.publish(told("ann")) == {"silent": 1}
    kit.now += timedelta(minutes=10)
    assert kit.publisher.publish(told("ann")) == {}

    kit.clients.silent = set()
    last = kit.hello("ann", "a1")
    assert kit.publisher.publish(told("ann")) == {"sent": 1}
    assert kit.clients.seen("a1") == [last + 1]


def test_a_client_that_answers_again_starts_with_a_clean_slate(kit: Kit) -> None:
    kit.open("ann", "a1")
    kit.clients.released.set()
    for _ in range(3):
        kit.clients.silent = {"a1"}
        assert kit.publisher.publish(told("ann")) == {"silent": 1}
        kit.clients.silent = set()
        kit.now += RESTS[0]
        assert kit.publisher.publish(told("ann")) == {"sent": 1}


def test_a_hello_keeps_the_end_of_a_connection_and_ends_its_rest(kit: Kit) -> None:
    kit.open("ann", "a1")
    kit.clients.silent = {"a1"}
    kit.clients.released.set()
    kit.publisher.publish(told("ann"))
    kit.clients.silent = set()
    kit.now += timedelta(seconds=1)
    kit.hello("ann", "a1")
    assert kit.publisher.publish(told("ann")) == {"sent": 1}
    kit.now += LIFETIME - timedelta(seconds=1)
    assert kit.publisher.publish(told("ann")) == {}


def test_a_connection_that_closes_while_nobody_answers_stays_closed(kit: Kit) -> None:
    kit.open("ann", "a1")
    kit.store.remove("ann", "a1")
    kit.store.note_misses("ann", Connection("a1", 1), 0)

    assert kit.publisher.publish(told("ann")) == {}


def test_a_miss_that_cannot_be_noted_is_a_fault(kit: Kit) -> None:
    kit.open("ann", "a1")
    kit.fake.inject(Fault("update_item", denied()))

    with pytest.raises(ClientError):
        kit.store.note_misses("ann", Connection("a1", 1), 0)


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
        (ReadTimeoutError(endpoint_url="https://api.invalid"), Silent),
    ],
)
def test_errors_of_the_management_api_are_translated(error: Exception, expected: type[Exception]) -> None:
    with pytest.raises(expected) as refusal:
        GatewaySockets(Management(error)).post("a1", b"{}")
    assert refusal.type is expected
