"""The Connections table: one row per open connection, and each user's count of events.

======== ====================== =====================================================================
``user`` ``entry``              row
======== ====================== =====================================================================
owner    ``C#<connection id>``  an open connection until ``expires_at`` (Unix seconds, the table's TTL);
                                ``misses`` and ``rests_until`` (Unix seconds) where it was silent
..       ``SEQUENCE``           ``value``: how many events there were
======== ====================== =====================================================================

Reads are consistent: a connection that was opened before an event was counted is found when it is sent.
"""

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from gloss.dynamodb import from_attributes, is_condition_failure, pages, to_attributes
from gloss.realtime.model import Connection

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

    def revive(self, user: str, connection: str, expires_at: int) -> None:
        """Its client is alive: it is told everything from now on, also where it had been given up."""
        self._client.update_item(
            TableName=self._table,
            Key=to_attributes({"user": user, "entry": CONNECTION + connection}),
            UpdateExpression="SET expires_at = if_not_exists(expires_at, :end) REMOVE misses, rests_until",
            ExpressionAttributeValues=to_attributes({":end": expires_at}),
        )

    def note_misses(self, user: str, connection: Connection, rests_until: int) -> None:
        """Keep how often in a row it was silent; one that was closed meanwhile stays closed."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=to_attributes({"user": user, "entry": CONNECTION + connection.id}),
                UpdateExpression="SET misses = :misses, rests_until = :until",
                ConditionExpression="attribute_exists(expires_at)",
                ExpressionAttributeValues=to_attributes(
                    {":misses": connection.misses, ":until": rests_until}
                ),
            )
        except ClientError as error:
            if not is_condition_failure(error):
                raise

    def newest(self, user: str, *, now: int, limit: int) -> list[Connection]:
        """The user's newest open connections without those that rest, the reliable ones first; the table may
        hold expired ones for a while yet.
        """
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
        served = [
            Connection(row["entry"].removeprefix(CONNECTION), int(row.get("misses", 0)))
            for row in alive[:limit]
            if row.get("rests_until", 0) <= now
        ]
        return sorted(served, key=lambda connection: connection.misses)

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
