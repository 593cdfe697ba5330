"""The fake by itself: it follows the service's documentation where moto is looser, and it can fail."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.fakes.dynamodb import Crash, FakeDynamoDB, Fault, conflict, denied, throttled, timeout
from tests.unit.fakes.samples import (
    SUBJECT,
    TABLE,
    VALUES,
    entries,
    item,
    key,
    mentions,
    put,
    refused,
    stored,
)


@pytest.mark.parametrize(
    "request_",
    [
        {"UpdateExpression": "SET #fresh = :one"},
        {"UpdateExpression": "SET fresh = :one", "ConditionExpression": "fresh = :one AND"},
        {"UpdateExpression": "SET fresh = :one", "ConditionExpression": "fresh ? :one"},
        {"UpdateExpression": "SET fresh = :one", "ConditionExpression": "fresh :one fresh"},
        {"UpdateExpression": "SET fresh = :one", "ConditionExpression": "size(fresh = :one"},
        {"UpdateExpression": "SET fresh = :one fresh"},
        {"UpdateExpression": "SET due = :text, fresh = :one"},
    ],
)
def test_more_mistakes_are_refused(fake: FakeDynamoDB, request_: dict[str, Any]) -> None:
    values: dict[str, Any] = {":one": {"N": "1"}}
    if ":text" in request_["UpdateExpression"]:
        values[":text"] = {"S": "x"}
    code = refused(fake.update_item, Key=key(), ExpressionAttributeValues=values, **request_)
    assert code == "ValidationException"


@pytest.mark.parametrize("text", ["#number < :gloss", "flag = :one", "attribute_exists(marks[0].inside)"])
def test_types_never_mix(fake: FakeDynamoDB, text: str) -> None:
    put(fake, SUBJECT)
    request: dict[str, Any] = {"Key": key(), "ConditionExpression": text}
    if "#number" in text:
        request["ExpressionAttributeNames"] = {"#number": "number"}
    if used := {name: value for name, value in VALUES.items() if mentions(text, name)}:
        request["ExpressionAttributeValues"] = used
    assert refused(fake.delete_item, **request) == "ConditionalCheckFailedException"


def test_whole_documents_are_compared_by_value(fake: FakeDynamoDB) -> None:
    put(fake, SUBJECT)
    fake.delete_item(
        TableName="T",
        Key=key(),
        ConditionExpression="marks = :marks AND facts = :facts AND tags = :tags",
        ExpressionAttributeValues={
            ":marks": {"L": [{"N": "1.0"}, {"S": "x"}]},
            ":facts": SUBJECT["facts"],
            ":tags": {"SS": ["red", "blue"]},
        },
    )
    assert stored(fake) is None


def test_a_transaction_with_the_same_token_is_done_once(fake: FakeDynamoDB) -> None:
    add = {"TableName": "T", "Key": key(), "UpdateExpression": "ADD fresh :one"}
    add["ExpressionAttributeValues"] = {":one": {"N": "1"}}
    for _ in range(2):
        fake.transact_write_items(TransactItems=[{"Update": add}], ClientRequestToken="t")
    assert stored(fake) == item(fresh={"N": "1"})


@pytest.mark.parametrize("error", [throttled(), conflict(), denied(), timeout()])
def test_faults_come_before_or_after_the_work(fake: FakeDynamoDB, error: Exception) -> None:
    fake.inject(Fault("put_item", error, skip=1), Fault("put_item", error, after=True))
    with pytest.raises((ClientError, ReadTimeoutError)):
        fake.put_item(TableName="T", Item=item("a"))
    with pytest.raises((ClientError, ReadTimeoutError)):
        fake.put_item(TableName="T", Item=item("b"))
    fake.put_item(TableName="T", Item=item("c"))
    assert entries(fake.scan(TableName="T")) == ["a", "c"]


def test_a_crash_after_some_calls(fake: FakeDynamoDB) -> None:
    fake.crash_after(2)
    fake.put_item(TableName="T", Item=item("a"))
    with pytest.raises(Crash):
        fake.put_item(TableName="T", Item=item("b"))
    assert entries(fake.scan(TableName="T")) == ["a", "b"]
    assert fake.calls == {"put_item": 2, "scan": 1}


def test_capacity_counts_sizes_transactions_and_index_entries(fake: FakeDynamoDB) -> None:
    fake.put_item(TableName="T", Item=item(text={"S": "x" * 1500}))
    assert fake.units == {"write": 2}
    fake.units.clear()
    opened = item("b", open_owner={"S": "o"}, due={"N": "1"})
    fake.transact_write_items(TransactItems=[{"Put": {"TableName": "T", "Item": opened}}])
    assert fake.units == {"write": 3}
    fake.units.clear()
    fake.update_item(TableName="T", Key=key("b"), UpdateExpression="REMOVE open_owner")
    assert fake.units == {"write": 2}
    fake.units.clear()
    fake.get_item(TableName="T", Key=key("b"))
    fake.get_item(TableName="T", Key=key("b"), ConsistentRead=True)
    assert fake.units == {"read": 1.5}


@pytest.mark.parametrize(
    ("projection", "written"),
    [
        ({"ProjectionType": "ALL"}, {"T": 6, "T/open": 8}),
        ({"ProjectionType": "KEYS_ONLY"}, {"T": 6, "T/open": 2}),
        ({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["note"]}, {"T": 6, "T/open": 3}),
    ],
)
def test_an_index_is_written_where_what_it_holds_changes(
    projection: dict[str, Any], written: dict[str, int]
) -> None:
    """Of three changes one moves the entry, one is to the note and one to the body."""
    fake = FakeDynamoDB()
    (index,) = TABLE["GlobalSecondaryIndexes"]
    fake.create_table(**{**TABLE, "GlobalSecondaryIndexes": [{**index, "Projection": projection}]})
    large = item(body={"S": "x" * 1500}, note={"S": "a"}, open_owner={"S": "o"}, due={"N": "1"})
    fake.put_item(TableName="T", Item=large)
    fake.written.clear()
    for change in ("due = :other", "note = :other", "body = :other"):
        values = {":other": {"N": "2"} if "due" in change else {"S": "b"}}
        request = {"UpdateExpression": f"SET {change}", "ExpressionAttributeValues": values}
        fake.update_item(TableName="T", Key=key(), **request)
    assert fake.written == written
    (entry,) = fake.query(
        TableName="T",
        IndexName=index["IndexName"],
        KeyConditionExpression="open_owner = :o",
        ExpressionAttributeValues={":o": {"S": "o"}},
    )["Items"]
    assert ("body" in entry) == (projection["ProjectionType"] == "ALL")
