"""Items, writes as values, and the transaction that joins them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from gloss import dynamodb
from gloss.dynamodb import CONFLICT_ATTEMPTS, ConditionFailed, Write
from gloss.errors import Busy
from tests.fakes.dynamodb import FakeDynamoDB, Fault, client_error, conflict, denied, throttled

DEFINITION: dict[str, Any] = {
    "TableName": "T",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}


@pytest.fixture
def fake() -> FakeDynamoDB:
    made = FakeDynamoDB()
    made.create_table(**DEFINITION)
    return made


def new(key: str, **attributes: Any) -> Write:
    return dynamodb.put("T", {"id": key, **attributes}, condition="attribute_not_exists(id)")


def stored(fake: FakeDynamoDB) -> dict[str, Any]:
    items = dynamodb.pages(fake.client.scan, TableName="T", Limit=2)
    return {item.pop("id"): item for item in items}


def test_values_come_back_as_they_were() -> None:
    item = {
        "whole": 3,
        "part": 0.25,
        "text": "é",
        "flag": False,
        "bytes": b"\x00\x01",
        "list": [1, {"deep": 2.5}],
        "nothing": {"kept": 1},
    }
    assert dynamodb.from_attributes(dynamodb.to_attributes(item)) == item


def test_absent_values_are_left_out() -> None:
    write = dynamodb.put("T", {"id": "a", "none": None, "inner": {"none": None, "some": 1}})
    assert write.request()["Put"]["Item"] == {"id": {"S": "a"}, "inner": {"M": {"some": {"N": "1"}}}}


def test_all_kinds_of_writes_in_one_transaction(fake: FakeDynamoDB) -> None:
    dynamodb.transact(fake.client, [new("a", count=1), new("b"), new("c")])
    bump = dynamodb.update(
        "T", {"id": "a"}, "SET #count = #count + :one", names={"#count": "count"}, values={":one": 1}
    )
    check = dynamodb.check("T", {"id": "c"}, "attribute_exists(id)")
    dynamodb.transact(fake.client, [bump, dynamodb.delete("T", {"id": "b"}), check])
    assert stored(fake) == {"a": {"count": 2}, "c": {}}


def test_a_refusal_names_the_writes_and_what_stood_there(fake: FakeDynamoDB) -> None:
    dynamodb.transact(fake.client, [new("a", count=1)])
    gone = dynamodb.delete("T", {"id": "none"}, condition="attribute_exists(id)")
    with pytest.raises(ConditionFailed) as refused:
        dynamodb.transact(fake.client, [new("b"), new("a"), gone])
    assert refused.value.failures == {1: {"id": "a", "count": 1}, 2: None}
    assert stored(fake) == {"a": {"count": 1}}


@pytest.mark.parametrize(
    "error",
    [
        conflict(),
        throttled(),
        client_error("ThrottlingException"),
        client_error("TransactionInProgressException"),
        client_error(
            "TransactionCanceledException",
            CancellationReasons=[{"Code": "None"}, {"Code": "ProvisionedThroughputExceeded"}],
        ),
    ],
)
def test_what_may_pass_is_tried_again(fake: FakeDynamoDB, error: ClientError) -> None:
    waits: list[float] = []
    fake.inject(Fault("transact_write_items", error, times=3))
    dynamodb.transact(fake.client, [new("a")], sleep=waits.append)
    assert stored(fake) == {"a": {}}
    assert len(waits) == 3
    assert max(waits) <= 0.4


@pytest.mark.parametrize(("attempts", "waits"), [(CONFLICT_ATTEMPTS, CONFLICT_ATTEMPTS - 1), (1, 0)])
def test_a_conflict_without_end_is_busy(fake: FakeDynamoDB, attempts: int, waits: int) -> None:
    waited: list[float] = []
    fake.inject(Fault("transact_write_items", conflict(), times=99))
    with pytest.raises(Busy):
        dynamodb.transact(fake.client, [new("a")], attempts=attempts, sleep=waited.append)
    assert fake.calls["transact_write_items"] == attempts
    assert len(waited) == waits


@pytest.mark.parametrize(
    "error",
    [
        denied(),
        client_error("TransactionCanceledException", CancellationReasons=[{"Code": "ValidationError"}]),
    ],
)
def test_what_will_not_pass_is_raised(fake: FakeDynamoDB, error: ClientError) -> None:
    fake.inject(Fault("transact_write_items", error))
    with pytest.raises(ClientError):
        dynamodb.transact(fake.client, [new("a")])


def test_many_items_are_read_in_batches(fake: FakeDynamoDB) -> None:
    names = [f"n{number:03d}" for number in range(150)]
    for name in names:
        fake.put_item(TableName="T", Item={"id": {"S": name}})
    keys = [{"id": name} for name in [*names, "none"]]
    assert sorted(item["id"] for item in dynamodb.get_items(fake.client, "T", keys)) == names
    assert fake.calls["batch_get_item"] == 2
    assert list(dynamodb.get_items(fake.client, "T", [])) == []


def test_a_batch_that_is_never_answered_in_full_is_busy(
    fake: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        fake,
        "batch_get_item",
        lambda RequestItems: {"Responses": {}, "UnprocessedKeys": RequestItems},  # noqa: N803 - boto's name
    )
    with pytest.raises(Busy):
        list(dynamodb.get_items(fake.client, "T", [{"id": "a"}], sleep=lambda _: None))


def test_one_write_by_itself(fake: FakeDynamoDB) -> None:
    dynamodb.write_one(fake.client, new("a", count=1))
    with pytest.raises(ConditionFailed) as refused:
        dynamodb.write_one(fake.client, new("a"))
    assert refused.value.failures == {0: {"id": "a", "count": 1}}
    with pytest.raises(ConditionFailed) as refused:
        dynamodb.write_one(fake.client, dynamodb.delete("T", {"id": "b"}, condition="attribute_exists(id)"))
    assert refused.value.failures == {0: None}
    fake.inject(Fault("put_item", denied()))
    with pytest.raises(ClientError):
        dynamodb.write_one(fake.client, new("b"))
