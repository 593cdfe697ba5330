"""The fake against moto: the same calls have to give the same answers, or the same refusal."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.fakes.samples import (
    SUBJECT,
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
    ("text", "holds"),
    [
        ("attribute_exists(entry)", True),
        ("attribute_not_exists(entry)", False),
        ("attribute_not_exists(nowhere)", True),
        ("#number = :five", True),
        ("#number <> :five", False),
        ("nowhere <> :five", True),
        ("#number < :six AND #number <= :five AND #number > :four AND #number >= :five", True),
        ("nowhere < :five", False),
        ("#number BETWEEN :four AND :six", True),
        ("#number BETWEEN :six AND :six", False),
        ("#text IN (:red, :gloss)", True),
        ("#text IN (:red)", False),
        ("begins_with(#text, :glo)", True),
        ("begins_with(#text, :red)", False),
        ("begins_with(nowhere, :red)", False),
        ("contains(#text, :glo)", True),
        ("contains(tags, :red)", True),
        ("contains(tags, :glo)", False),
        ("contains(marks, :one)", True),
        ("contains(nowhere, :one)", False),
        ("attribute_type(#text, :S)", True),
        ("attribute_type(#number, :S)", False),
        ("size(#text) = :five", True),
        ("size(tags) > :six", False),
        ("facts.width = :ten", True),
        ("facts.#size.deep = :y", True),
        ("marks[0] = :one", True),
        ("attribute_exists(marks[7])", False),
        ("NOT #number = :four", True),
        ("NOT (#number = :five OR #text = :red)", False),
        ("#number = :four OR #number = :five AND #text = :gloss", True),
        ("(#number = :four OR #number = :five) AND #text = :red", False),
        ("flag = :true", True),
    ],
)
def test_conditions(client: Any, text: str, holds: bool) -> None:
    put(client, SUBJECT)
    names = {name: name[1:] for name in ("#number", "#text", "#size") if name in text}
    values = {name: value for name, value in VALUES.items() if mentions(text, name)}
    request = {"TableName": "T", "Key": key(), "ConditionExpression": text}
    if names:
        request["ExpressionAttributeNames"] = names
    if values:
        request["ExpressionAttributeValues"] = values
    if holds:
        client.delete_item(**request)
        assert stored(client) is None
    else:
        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            client.delete_item(**request)
        assert stored(client) == SUBJECT


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("SET #number = #number + :one", {"number": {"N": "6"}}),
        ("SET #number = #number - :one", {"number": {"N": "4"}}),
        ("SET fresh = if_not_exists(fresh, :one)", {"fresh": {"N": "1"}}),
        ("SET #number = if_not_exists(#number, :one) + :one", {"number": {"N": "6"}}),
        (
            "SET facts.width = :one",
            {"facts": {"M": {"width": {"N": "1"}, "size": SUBJECT["facts"]["M"]["size"]}}},
        ),
        ("SET marks[1] = :one", {"marks": {"L": [{"N": "1"}, {"N": "1"}]}}),
        ("SET marks = list_append(marks, marks)", {"marks": {"L": SUBJECT["marks"]["L"] * 2}}),
        ("SET #text = #number, #number = :one", {"text": {"N": "5"}, "number": {"N": "1"}}),
        ("REMOVE facts, nowhere", {"facts": None}),
        ("REMOVE marks[0]", {"marks": {"L": [{"S": "x"}]}}),
        ("ADD #number :one", {"number": {"N": "6"}}),
        ("ADD fresh :one", {"fresh": {"N": "1"}}),
        ("DELETE tags :set", {"tags": {"SS": ["blue"]}}),
        ("SET fresh = :one REMOVE flag", {"fresh": {"N": "1"}, "flag": None}),
    ],
)
def test_updates(client: Any, text: str, changes: dict[str, Any]) -> None:
    put(client, SUBJECT)
    values = {":one": {"N": "1"}, ":set": {"SS": ["red"]}}
    request: dict[str, Any] = {"TableName": "T", "Key": key(), "UpdateExpression": text}
    if names := {name: name[1:] for name in ("#number", "#text") if name in text}:
        request["ExpressionAttributeNames"] = names
    if used := {name: value for name, value in values.items() if name in text}:
        request["ExpressionAttributeValues"] = used
    answer = client.update_item(**request, ReturnValues="ALL_NEW")
    expected = {name: value for name, value in (SUBJECT | changes).items() if value is not None}
    assert stored(client) == expected
    assert answer["Attributes"] == expected


def test_add_joins_sets(client: Any) -> None:
    put(client, SUBJECT)
    client.update_item(
        TableName="T",
        Key=key(),
        UpdateExpression="ADD tags :more",
        ExpressionAttributeValues={":more": {"SS": ["green", "red"]}},
    )
    assert sorted(stored(client)["tags"]["SS"]) == ["blue", "green", "red"]


def test_delete_of_the_last_member_removes_the_set(client: Any) -> None:
    put(client, SUBJECT)
    client.update_item(
        TableName="T",
        Key=key(),
        UpdateExpression="DELETE tags :all",
        ExpressionAttributeValues={":all": {"SS": ["blue", "red"]}},
    )
    assert "tags" not in stored(client)


def test_an_update_makes_a_missing_item(client: Any) -> None:
    client.update_item(
        TableName="T",
        Key=key(),
        UpdateExpression="SET fresh = :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    assert stored(client) == item(fresh={"N": "1"})


@pytest.mark.parametrize(
    "request_",
    [
        {"UpdateExpression": "SET status = :one"},
        {"UpdateExpression": "SET fresh = :missing"},
        {"UpdateExpression": "SET fresh = nowhere + :one"},
        {"UpdateExpression": "SET absent.part = :one"},
        {"UpdateExpression": "SET fresh = "},
        {"UpdateExpression": "SET entry = :one"},
        {"UpdateExpression": "REMOVE fresh"},
        {"UpdateExpression": "SET fresh = :one", "ExpressionAttributeNames": {"#unused": "unused"}},
    ],
)
def test_mistakes_are_refused(client: Any, request_: dict[str, Any]) -> None:
    values = {"ExpressionAttributeValues": {":one": {"N": "1"}}}
    assert refused(client.update_item, Key=key(), **values, **request_) == "ValidationException"


def test_keys_of_a_wrong_form_are_refused(client: Any) -> None:
    assert refused(client.put_item, Item={"owner": {"S": "o"}}) == "ValidationException"
    assert refused(client.get_item, Key={"owner": {"S": "o"}}) == "ValidationException"


def test_a_refused_write_shows_what_stood_there(client: Any) -> None:
    put(client, SUBJECT)
    with pytest.raises(ClientError) as caught:
        client.put_item(
            TableName="T",
            Item=item(),
            ConditionExpression="attribute_not_exists(entry)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert caught.value.response["Item"] == SUBJECT  # type: ignore[typeddict-item]


def test_delete_answers_with_the_old_item(client: Any) -> None:
    put(client, SUBJECT)
    assert client.delete_item(TableName="T", Key=key(), ReturnValues="ALL_OLD")["Attributes"] == SUBJECT
    assert "Attributes" not in client.delete_item(TableName="T", Key=key(), ReturnValues="ALL_OLD")


def test_query_by_range_order_and_pages(client: Any) -> None:
    put(client, *(item(f"x{number}") for number in range(5)), item("y"), item("x9", owner="other"))
    request: dict[str, Any] = {
        "TableName": "T",
        "KeyConditionExpression": "#owner = :o AND begins_with(entry, :x)",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {":o": {"S": "o"}, ":x": {"S": "x"}},
    }
    assert entries(client.query(**request)) == ["x0", "x1", "x2", "x3", "x4"]
    first = client.query(**request, ScanIndexForward=False, Limit=2)
    assert entries(first) == ["x4", "x3"]
    more = client.query(**request, ScanIndexForward=False, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert entries(more) == ["x2", "x1", "x0"]
    assert "LastEvaluatedKey" not in more
    assert client.query(**request, Select="COUNT")["Count"] == 5


def test_a_filter_applies_after_the_limit(client: Any) -> None:
    put(client, *(item(f"x{number}", number={"N": str(number)}) for number in range(5)))
    answer = client.query(
        TableName="T",
        KeyConditionExpression="#owner = :o AND entry BETWEEN :low AND :high",
        FilterExpression="#number > :one",
        ProjectionExpression="entry",
        ExpressionAttributeNames={"#owner": "owner", "#number": "number"},
        ExpressionAttributeValues={
            ":o": {"S": "o"},
            ":low": {"S": "x0"},
            ":high": {"S": "x9"},
            ":one": {"N": "1"},
        },
        Limit=3,
    )
    assert answer["Items"] == [{"entry": {"S": "x2"}}]
    assert (answer["Count"], answer["ScannedCount"]) == (1, 3)
    assert answer["LastEvaluatedKey"] == key("x2")


def test_an_index_is_sparse_and_sorted(client: Any) -> None:
    put(
        client,
        item("late", open_owner={"S": "o"}, due={"N": "30"}),
        item("soon", open_owner={"S": "o"}, due={"N": "4"}),
        item("closed", due={"N": "1"}),
    )
    found = client.query(
        TableName="T",
        IndexName="open",
        KeyConditionExpression="open_owner = :o",
        ExpressionAttributeValues={":o": {"S": "o"}},
    )
    assert entries(found) == ["soon", "late"]
    due = client.scan(
        TableName="T",
        IndexName="open",
        FilterExpression="due <= :now",
        ExpressionAttributeValues={":now": {"N": "10"}},
    )
    assert entries(due) == ["soon"]
    page = client.scan(TableName="T", IndexName="open", Limit=1)
    rest = client.scan(TableName="T", IndexName="open", ExclusiveStartKey=page["LastEvaluatedKey"])
    assert sorted(entries(page) + entries(rest)) == ["late", "soon"]


def test_batches(client: Any) -> None:
    client.batch_write_item(
        RequestItems={"T": [{"PutRequest": {"Item": item("a")}}, {"PutRequest": {"Item": item("b")}}]}
    )
    client.batch_write_item(RequestItems={"T": [{"DeleteRequest": {"Key": key("a")}}]})
    answer = client.batch_get_item(RequestItems={"T": {"Keys": [key("a"), key("b")], "ConsistentRead": True}})
    assert answer["Responses"] == {"T": [item("b")]}
    assert not answer["UnprocessedKeys"]
    with pytest.raises(ClientError, match="ValidationException"):
        client.batch_get_item(RequestItems={"T": {"Keys": [key("a"), key("a")]}})


def test_transactions_write_all(client: Any) -> None:
    put(client, item("b"), item("c"), item("d", number={"N": "1"}))
    client.transact_write_items(
        TransactItems=[
            {
                "Put": {
                    "TableName": "T",
                    "Item": item("a"),
                    "ConditionExpression": "attribute_not_exists(entry)",
                }
            },
            {
                "Update": {
                    "TableName": "T",
                    "Key": key("b"),
                    "UpdateExpression": "SET fresh = :one",
                    "ExpressionAttributeValues": {":one": {"N": "1"}},
                }
            },
            {"Delete": {"TableName": "T", "Key": key("c")}},
            {
                "ConditionCheck": {
                    "TableName": "T",
                    "Key": key("d"),
                    "ConditionExpression": "attribute_exists(entry)",
                }
            },
        ]
    )
    assert stored(client, "a") == item("a")
    assert stored(client, "b") == item("b", fresh={"N": "1"})
    assert stored(client, "c") is None
    assert stored(client, "d") == item("d", number={"N": "1"})
    read = client.transact_get_items(
        TransactItems=[{"Get": {"TableName": "T", "Key": key(entry)}} for entry in ("a", "c")]
    )
    assert [part.get("Item") for part in read["Responses"]] == [item("a"), None]


def test_transactions_write_nothing_when_one_condition_fails(client: Any) -> None:
    put(client, SUBJECT)
    unique = {
        "ConditionExpression": "attribute_not_exists(entry)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    with pytest.raises(ClientError) as caught:
        client.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": "T", "Item": item("new")}},
                {"Put": {"TableName": "T", "Item": item("a"), **unique}},
                {
                    "ConditionCheck": {
                        "TableName": "T",
                        "Key": key("none"),
                        "ConditionExpression": "attribute_exists(entry)",
                        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                    }
                },
            ]
        )
    response: Any = caught.value.response
    assert response["Error"]["Code"] == "TransactionCanceledException"
    reasons = response["CancellationReasons"]
    codes = [reason["Code"] for reason in reasons]
    assert codes == ["None", "ConditionalCheckFailed", "ConditionalCheckFailed"]
    assert [reason.get("Item") for reason in reasons] == [None, SUBJECT, None]
    assert stored(client, "new") is None


def test_transactions_refuse_two_actions_on_one_item(client: Any) -> None:
    action = {"Put": {"TableName": "T", "Item": item()}}
    with pytest.raises(ClientError, match="ValidationException"):
        client.transact_write_items(TransactItems=[action, action])


def test_a_missing_table(client: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_item(TableName="none", Key=key())
