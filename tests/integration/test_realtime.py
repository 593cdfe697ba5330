"""Live updates: a user's sockets are told what happened to that user's things, and nobody else's are."""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from gloss.dynamodb import from_attributes, to_attributes
from tests.integration.listener import Listener, listening
from tests.integration.person import Person, Picture, claims, data, pictures
from tests.integration.tokens import issued
from tools.local_engine import wait_for
from tools.local_stack import LocalStack

IMAGES = 50
WAVE = 10
P95_MS = 1000.0


@pytest.fixture
def address(stack: LocalStack) -> str:
    return stack.outputs["SocketUrl"]


@pytest.fixture
def ear(address: str, ann: Person) -> Iterator[Listener]:
    """Ann's socket."""
    with listening(address, ann.token) as listener:
        yield listener


def test_fifty_images_are_told_within_a_second_and_to_their_owner_only(
    address: str, ann: Person, ben: Person, ear: Listener, record_property: Callable[[str, object], None]
) -> None:
    ann.settled(ann.upload(Picture.drawn("beach", size=(64, 64))))
    images: list[str] = []
    with listening(address, ben.token) as other:
        other.hello()
        for start in range(0, IMAGES, WAVE):
            wave = ann.upload(*pictures(IMAGES)[start : start + WAVE])
            for image in wave:
                assert ear.hears(image, "complete"), ear.statuses(image)
            images += wave
        told_to_ben = other.numbers

    assert told_to_ben == []
    for image in images:
        assert ear.statuses(image) == ["pending", "processing", "complete"]
    delays = [told.delay_ms for image in images for told in ear.of(image)]
    p95 = statistics.quantiles(delays, n=20)[-1]
    record_property("live_p50_ms", round(statistics.median(delays)))
    record_property("live_p95_ms", round(p95))
    assert p95 < P95_MS


def test_the_sequence_has_no_gaps_and_hello_ends_it(ann: Person, ear: Listener) -> None:
    first = ear.hello()["seq"]
    (image,) = ann.upload(Picture.drawn("beach", size=(64, 64)))
    assert ear.hears(image, "complete")

    def counted() -> bool:
        return bool(ear.hello()["seq"] == first + len(ear.numbers))

    assert wait_for(counted, 20)
    assert sorted(ear.numbers) == list(range(first + 1, first + 1 + len(ear.numbers)))


def test_a_client_that_was_away_sees_that_it_missed_something_and_catches_up(
    address: str, ann: Person
) -> None:
    (gone, kept) = ann.upload(*pictures(2))
    ann.settled([gone, kept])
    with listening(address, ann.token) as before:
        left = before.hello()
    data(ann.http.delete(f"/images/{gone}"))
    edit = {"version": 1, "title": "While nobody looked"}
    data(ann.http.patch(f"/images/{kept}/metadata", json=edit))

    with listening(address, ann.token) as after:
        assert wait_for(lambda: after.hello()["seq"] > left["seq"], 20)
    changes = data(ann.http.get("/images", params={"since": left["at"]}))

    assert [image["metadata"]["title"] for image in changes["images"]] == ["While nobody looked"]
    assert changes["removed"] == [gone]
    assert changes["next"] is None


def test_changes_come_page_by_page_and_only_ones_own(ann: Person, ben: Person) -> None:
    images = ann.upload(*pictures(3))
    ann.settled(images)
    ben.settled(ben.upload(*pictures(1)))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query: dict[str, Any] = {"since": "2026-01-01T00:00:00Z", "limit": 1}
        query |= {"cursor": cursor} if cursor else {}
        page = data(ann.http.get("/images", params=query))
        seen += [image["id"] for image in page["images"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert sorted(seen) == sorted(images)


def test_edits_deletions_and_credits_are_told_without_anything_internal(ann: Person, ear: Listener) -> None:
    (image,) = ann.settled(ann.upload(Picture.drawn("beach", size=(64, 64))))
    data(ann.http.patch(f"/images/{image['id']}/metadata", json={"version": 1, "title": "By hand"}))
    data(ann.http.delete(f"/images/{image['id']}"))

    assert wait_for(lambda: any(told.event["type"] == "image.removed" for told in ear.told), 20)
    assert wait_for(lambda: any(told.event["type"] == "quota" for told in ear.told), 20)
    edited = [told.event for told in ear.of(image["id"]) if told.event.get("version") == 2]
    assert edited[0]["changed"] == ["metadata"]
    everything = json.dumps([told.event for told in ear.told])
    for internal in ("http", "Signature", "lease", "upload-", "due_at", ann.token[:20]):
        assert internal not in everything


def test_a_regeneration_is_told_from_the_queue_to_its_end(ann: Person, ear: Listener) -> None:
    (image,) = ann.settled(ann.upload(Picture.drawn("beach", size=(64, 64))))
    data(ann.http.post(f"/images/{image['id']}/regenerate", json={}), 202)

    assert wait_for(lambda: ear.statuses(image["id"])[3:] == ["queued", "processing", "complete"], 30)


def test_dead_and_deaf_clients_delay_nobody_and_dead_ones_are_forgotten(
    stack: LocalStack,
    address: str,
    ann: Person,
    ear: Listener,
    record_property: Callable[[str, object], None],
) -> None:
    table, dynamodb = stack.outputs["ConnectionsTable"], stack.access.client("dynamodb")
    ann.settled(ann.upload(Picture.drawn("beach", size=(64, 64))))
    ear.hello()
    others = connections(stack, ann)
    for number in range(15):
        row = {"user": ann.id, "entry": f"C#dead{number}", "expires_at": int(time.time()) + 7200}
        dynamodb.put_item(TableName=table, Item=to_attributes(row))

    with connect(f"{address}?token={ann.token}", max_queue=1, compression=None) as deaf:
        (silent,) = {name for name in connections(stack, ann) - others if "dead" not in name}
        fill(stack, address, silent)
        images = ann.upload(*pictures(20))
        for image in images:
            assert ear.hears(image, "complete")
        delays = [told.delay_ms for image in images for told in ear.of(image)]
        # What it was sent waits on the way, behind what was told before.
        assert FILLING in (deaf.recv(timeout=10) for _ in range(10))

    p95 = statistics.quantiles(delays, n=20)[-1]
    record_property("live_beside_a_deaf_client_p95_ms", round(p95))
    assert p95 < P95_MS
    assert not [name for name in connections(stack, ann) if "dead" in name]


FILLING = "x" * 120_000
FILLING_FRAMES = 100
"""12 MB: more than the buffers of both ends of a socket take."""


def fill(stack: LocalStack, address: str, connection: str) -> None:
    """Fill all buffers on the way to a client that does not read."""
    sockets = stack.access.sockets(address)
    for _ in range(FILLING_FRAMES):
        sockets.post_to_connection(ConnectionId=connection, Data=FILLING.encode())


def connections(stack: LocalStack, person: Person) -> set[str]:
    """Ids of the person's connections as the table has them."""
    rows = stack.access.client("dynamodb").query(
        TableName=stack.outputs["ConnectionsTable"],
        KeyConditionExpression="#user = :user AND begins_with(entry, :prefix)",
        ExpressionAttributeNames={"#user": "user"},
        ExpressionAttributeValues=to_attributes({":user": person.id, ":prefix": "C#"}),
    )["Items"]
    return {from_attributes(row)["entry"].removeprefix("C#") for row in rows}


def test_a_closed_socket_leaves_no_row(stack: LocalStack, address: str, ann: Person) -> None:
    with listening(address, ann.token) as listener:
        listener.hello()
        assert len(connections(stack, ann)) == 1
    assert wait_for(lambda: not connections(stack, ann), 20)


def test_a_client_that_was_given_up_is_told_again_once_it_speaks(
    stack: LocalStack, address: str, ann: Person
) -> None:
    with listening(address, ann.token) as listener:
        (connection,) = connections(stack, ann)
        key = {"user": ann.id, "entry": f"C#{connection}"}
        table, dynamodb = stack.outputs["ConnectionsTable"], stack.access.client("dynamodb")
        dynamodb.delete_item(TableName=table, Key=to_attributes(key))
        listener.hello()
        assert connections(stack, ann) == {connection}
        (image,) = ann.upload(Picture.drawn("beach", size=(64, 64)))
        assert listener.hears(image, "complete")


def forged(token: str) -> dict[str, str]:
    """What somebody without the pool's key can make of a token."""
    header, payload, signature = token.split(".")
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key_id = jwt.get_unverified_header(token)["kid"]
    told: Any = claims(token)
    return {
        "signed by somebody else": jwt.encode(told, stranger, algorithm="RS256", headers={"kid": key_id}),
        "unsigned": jwt.encode(told, "", algorithm="none", headers={"kid": key_id}),
        "signature cut off": f"{header}.{payload}.",
        "another user": f"{header}.{jwt.encode({**told, 'sub': 'root'}, 'x' * 32).split('.')[1]}.{signature}",
        "HS256": jwt.encode(told, "x" * 32, algorithm="HS256", headers={"kid": key_id}),
        "no token": "nothing",
    }


def refused(address: str, token: str) -> int:
    with pytest.raises(InvalidStatus) as refusal, connect(f"{address}?token={token}"):
        pass
    return refusal.value.response.status_code


def test_forged_tokens_open_nothing(address: str, ann: Person) -> None:
    assert {name: refused(address, token) for name, token in forged(ann.token).items()} == dict.fromkeys(
        forged(ann.token), 403
    )
    with pytest.raises(InvalidStatus), connect(address):
        pass


def test_a_token_opens_nothing_when_its_hour_is_over(stack: LocalStack, address: str, ann: Person) -> None:
    with listening(address, issued(stack, ann.token, age_s=60)) as listener:
        listener.hello()
    assert refused(address, issued(stack, ann.token, age_s=3700)) == 403


def test_a_token_of_another_pool_or_for_the_wrong_use_opens_nothing(stack: LocalStack, address: str) -> None:
    cognito = stack.access.client("cognito-idp")
    password = "Correct-horse-7"
    pool = cognito.create_user_pool(PoolName="foreign")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="foreign", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="eve", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="eve", Password=password, Permanent=True)
    parameters = {"USERNAME": "eve", "PASSWORD": password}
    foreign = cognito.initiate_auth(
        ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters
    )["AuthenticationResult"]
    stack.access.create_user("access@example.com", password)
    own = cognito.initiate_auth(
        ClientId=stack.outputs["UserPoolClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "access@example.com", "PASSWORD": password},
    )["AuthenticationResult"]

    assert refused(address, foreign["IdToken"]) == 403
    assert refused(address, own["AccessToken"]) == 403
    with listening(address, own["IdToken"]) as listener:
        assert listener.hello()["seq"] == 0


def test_no_log_holds_a_token(stack: LocalStack, address: str, ann: Person) -> None:
    refused(address, forged(ann.token)["signed by somebody else"])
    with listening(address, ann.token) as listener:
        listener.hello()

    functions = ("SocketAuthorizer", "SocketConnections", "RealtimePublish")
    lines = [line.message for function in functions for line in stack.access.logs(function)]
    assert lines
    assert not [line for line in lines if ann.token[:40] in line or "token=" in line]
