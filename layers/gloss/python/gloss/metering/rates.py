"""The Rates table: counters of calls per minute, pauses, and the state of the circuit breakers."""

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from gloss.dynamodb import (
    ConditionFailed,
    Item,
    Write,
    delete,
    from_attributes,
    is_condition_failure,
    to_attributes,
    update,
    write_one,
)
from gloss.metering.model import Call

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEPT_S: Final = 3600
"""How long a row outlives its use; DynamoDB deletes it when it gets to it."""


class RatesStore:
    """Times are Unix seconds."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    # Calls per minute

    def count_call(self, call: Call, minute: int, limit: int) -> bool:
        """Count one call in this minute (since the epoch) unless ``limit`` of them are counted."""
        return self.count(call.bucket, minute, limit)

    def count(self, bucket: str, minute: int, limit: int, *, count: int = 1) -> bool:
        """Count so many of whatever a bucket counts in this minute, unless that makes more than ``limit``."""
        if count > limit:
            return False
        try:
            self._add_to_minute(bucket, minute, "calls", count, room=limit - count)
        except ClientError as error:
            if is_condition_failure(error):
                return False
            raise
        return True

    def count_refusal(self, call: Call, minute: int) -> int:
        """How many calls of this priority the minute had no room for, this one among them."""
        counter = f"refusals_{call.priority}"
        return int(self._add_to_minute(call.bucket, minute, counter, 1)[counter])

    def _add_to_minute(
        self, bucket: str, minute: int, counter: str, count: int, *, room: int | None = None
    ) -> Item:
        """With ``room`` the counter must not be above it before."""
        request: dict[str, Any] = {}
        values = {":count": count, ":expiry": minute * 60 + _KEPT_S}
        if room is not None:
            request["ConditionExpression"] = f"attribute_not_exists(#{counter}) OR #{counter} <= :room"
            values[":room"] = room
        answer = self._client.update_item(
            TableName=self._table,
            Key=to_attributes({"window": f"MINUTE#{bucket}#{minute}"}),
            UpdateExpression=f"SET expires_at = :expiry ADD #{counter} :count",
            ExpressionAttributeNames={f"#{counter}": counter},
            ExpressionAttributeValues=to_attributes(values),
            ReturnValues="ALL_NEW",
            **request,
        )
        return from_attributes(answer["Attributes"])

    # Pauses that the provider asked for

    def paused_until(self, call: Call) -> float:
        """The moment before which nothing may be sent; 0 where nobody asked for a pause."""
        return float(self._get(f"PAUSE#{call.bucket}").get("paused_until", 0))

    def pause(self, call: Call, until: float) -> None:
        """Send nothing before ``until``; a pause that lasts longer stands."""
        write = update(
            self._table,
            {"window": f"PAUSE#{call.bucket}"},
            "SET paused_until = :until, expires_at = :expiry",
            condition="attribute_not_exists(paused_until) OR paused_until < :until",
            values={":until": until, ":expiry": int(until) + _KEPT_S},
        )
        self._unless_refused(write)

    # Circuit breakers

    def circuit(self, call: Call) -> Item:
        """``failures`` since ``since``, ``open_until``, ``probe_until``; empty while nothing has failed."""
        return self._get(f"CIRCUIT#{call.endpoint}")

    def count_failure(self, call: Call, now: float, window_s: float) -> int:
        """Failures within the window that the first of them opened, this one among them."""
        key = to_attributes({"window": f"CIRCUIT#{call.endpoint}"})
        values = {":one": 1, ":now": now, ":expiry": int(now) + _KEPT_S}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression="SET expires_at = :expiry ADD failures :one",
                ConditionExpression="since > :begin",
                ExpressionAttributeValues=to_attributes(
                    {":one": 1, ":expiry": values[":expiry"], ":begin": now - window_s}
                ),
                ReturnValues="ALL_NEW",
            )
            return int(from_attributes(answer["Attributes"])["failures"])
        except ClientError as error:
            if not is_condition_failure(error):
                raise
        self._client.update_item(
            TableName=self._table,
            Key=key,
            UpdateExpression="SET failures = :one, since = :now, expires_at = :expiry",
            ExpressionAttributeValues=to_attributes(values),
        )
        return 1

    def open_circuit(self, call: Call, until: float) -> None:
        write = update(
            self._table,
            {"window": f"CIRCUIT#{call.endpoint}"},
            "SET open_until = :until, expires_at = :expiry REMOVE probe_until",
            values={":until": until, ":expiry": int(until) + _KEPT_S},
        )
        write_one(self._client, write)

    def take_probe(self, call: Call, now: float, until: float) -> bool:
        """Become the one who tries whether the provider is back; nobody else may before ``until``."""
        write = update(
            self._table,
            {"window": f"CIRCUIT#{call.endpoint}"},
            "SET probe_until = :until",
            condition="open_until <= :now AND (attribute_not_exists(probe_until) OR probe_until <= :now)",
            values={":until": until, ":now": now},
        )
        return self._unless_refused(write)

    def return_probe(self, call: Call, until: float) -> None:
        """Let somebody else try: whoever took the probe ``until`` then could not."""
        write = update(
            self._table,
            {"window": f"CIRCUIT#{call.endpoint}"},
            "REMOVE probe_until",
            condition="probe_until = :until",
            values={":until": until},
        )
        self._unless_refused(write)

    def close_circuit(self, call: Call) -> None:
        write_one(self._client, delete(self._table, {"window": f"CIRCUIT#{call.endpoint}"}))

    def _get(self, window: str) -> Item:
        answer = self._client.get_item(
            TableName=self._table, Key=to_attributes({"window": window}), ConsistentRead=True
        )
        return from_attributes(answer.get("Item", {}))

    def _unless_refused(self, write: Write) -> bool:
        try:
            write_one(self._client, write)
        except ConditionFailed:
            return False
        return True
