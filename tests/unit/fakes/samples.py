"""The table of these tests, and its rows."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

TABLE: dict[str, Any] = {
    "TableName": "T",
    "KeySchema": [
        {"AttributeName": "owner", "KeyType": "HASH"},
        {"AttributeName": "entry", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "owner", "AttributeType": "S"},
        {"AttributeName": "entry", "AttributeType": "S"},
        {"AttributeName": "open_owner", "AttributeType": "S"},
        {"AttributeName": "due", "AttributeType": "N"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "open",
            "KeySchema": [
                {"AttributeName": "open_owner", "KeyType": "HASH"},
                {"AttributeName": "due", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


def key(entry: str = "a", owner: str = "o") -> dict[str, Any]:
    return {"owner": {"S": owner}, "entry": {"S": entry}}


def item(entry: str = "a", owner: str = "o", **attributes: Any) -> dict[str, Any]:
    return key(entry, owner) | attributes


def put(client: Any, *items: dict[str, Any]) -> None:
    for each in items:
        client.put_item(TableName="T", Item=each)


def stored(client: Any, entry: str = "a") -> Any:
    return client.get_item(TableName="T", Key=key(entry)).get("Item")


def entries(answer: Any) -> list[str]:
    return [each["entry"]["S"] for each in answer["Items"]]


def refused(call: Callable[..., Any], **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(TableName="T", **request)
    return caught.value.response["Error"]["Code"]


def mentions(text: str, name: str) -> bool:
    return name in text.replace("(", " ").replace(")", " ").replace(",", " ").split()


SUBJECT = item(
    number={"N": "5"},
    text={"S": "gloss"},
    flag={"BOOL": True},
    tags={"SS": ["blue", "red"]},
    marks={"L": [{"N": "1"}, {"S": "x"}]},
    facts={"M": {"width": {"N": "10"}, "size": {"M": {"deep": {"S": "y"}}}}},
)
VALUES = {
    ":five": {"N": "5.0"},
    ":four": {"N": "4"},
    ":six": {"N": "6"},
    ":glo": {"S": "glo"},
    ":gloss": {"S": "gloss"},
    ":red": {"S": "red"},
    ":one": {"N": "1"},
    ":ten": {"N": "10"},
    ":y": {"S": "y"},
    ":S": {"S": "S"},
    ":true": {"BOOL": True},
}
