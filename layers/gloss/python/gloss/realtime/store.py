"""The Connections table: one row per open connection, and each user's count of events.

======== ====================== =====================================================================
``user`` ``entry``              row
======== ====================== =====================================================================
owner    ``C#<connection id>``  an open connection until ``expires_at`` (Unix seconds, the table's TTL)
..       ``SEQUENCE``           ``value``: how many events there were
======== ====================== =====================================================================

Reads are consistent: a connection that was opened before an event was counted is found when it is sent.
"""

from typing import TYPE_CHECKING, Final

from gloss.dynamodb import from_attributes, pages, to_attributes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONNECTION: Final = "C#"
SEQUENCE: Final = "SEQUENCE"


class ConnectionStore:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def add(self, user: str, connection: str, expires_at: int) -> None:
        row = {"user": user, "entry": CONNECTION + connection, "expires_at": expires_at}
        self._client.put_item(TableName=self._table, Item=to_attributes(row))

    def remove(self, user: str, connection: str) -> None:
        key = {"user": user, "entry": CONNECTION + connection}
        self._client.delete_item(TableName=self._table, Key=to_attributes(key))

    def newest(self, user: str, *, now: int, limit: int) -> list[str]:
        """The user's open connections; the table may hold expired ones for a while yet."""
        rows = pages(
            self._client.query,
            TableName=self._table,
            KeyConditionExpression="#user = :user AND begins_with(entry, :connection)",
            ExpressionAttributeNames={"#user": "user"},
            ExpressionAttributeValues=to_attributes({":user": user, ":connection": CONNECTION}),
            ConsistentRead=True,
        )
        alive = sorted(
            (row for row in rows if row["expires_at"] > now), key=lambda row: row["expires_at"], reverse=True
        )
        return [row["entry"].removeprefix(CONNECTION) for row in alive[:limit]]

    def sequence(self, user: str) -> int:
        """How many events the user had so far."""
        key = {"user": user, "entry": SEQUENCE}
        answer = self._client.get_item(TableName=self._table, Key=to_attributes(key), ConsistentRead=True)
        return int(from_attributes(answer["Item"])["value"]) if "Item" in answer else 0

    def advance(self, user: str, count: int) -> int:
        """Count so many more events; the number of the first of them."""
        answer = self._client.update_item(
            TableName=self._table,
            Key=to_attributes({"user": user, "entry": SEQUENCE}),
            UpdateExpression="ADD #value :count",
            ExpressionAttributeNames={"#value": "value"},
            ExpressionAttributeValues=to_attributes({":count": count}),
            ReturnValues="ALL_NEW",
        )
        return int(from_attributes(answer["Attributes"])["value"]) - count + 1
