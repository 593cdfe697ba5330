"""Who is due, by a sparse index over the preferences, and the row ``SCHEDULED`` of the Settings table."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gloss import dynamodb
from gloss.clock import iso
from gloss.dynamodb import Write, pages, put, to_attributes, update
from gloss.images.model import epoch
from gloss.schedules.model import DUE
from gloss.settings.store import PREFERENCES, SCHEDULED

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ScheduleStore:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def due(self, now: datetime) -> Iterator[str]:
        """Users whose schedule is due, longest overdue first."""
        found = pages(
            self._client.query,
            TableName=self._table,
            IndexName="by-due",
            KeyConditionExpression="due_shard = :due AND due_at <= :now",
            ExpressionAttributeValues=to_attributes({":due": DUE, ":now": epoch(now)}),
        )
        return (item["user"] for item in found)

    def advance(self, user: str, was: int, to: datetime, job: str | None, now: datetime) -> None:
        """Move the user on to the next run; ``job`` is what was started this time, if anything.

        Raises:
            ConditionFailed: somebody moved it before, or the owner saved the settings meanwhile.
        """
        writes: list[Write] = [self._move(user, was, to)]
        if job:
            writes.append(put(self._table, {"user": user, "kind": SCHEDULED, "job": job, "at": iso(now)}))
        dynamodb.transact(self._client, writes)

    def pause(self, user: str, was: int, problem: str, *, also: Sequence[Write]) -> None:
        """Take the user out of the index, with the reason; saving the settings puts the schedule back.

        Raises:
            ConditionFailed: somebody moved it before, or the owner saved the settings meanwhile.
        """
        key = {"user": user, "kind": PREFERENCES}
        leave = update(
            self._table,
            key,
            "REMOVE due_at, due_shard",
            condition="due_at = :was",
            values={":was": was},
        )
        say = update(
            self._table,
            {"user": user, "kind": SCHEDULED},
            "SET problem = :problem",
            values={":problem": problem},
        )
        dynamodb.transact(self._client, [leave, say, *also])

    def _move(self, user: str, was: int, to: datetime) -> Write:
        values: dict[str, Any] = {":to": epoch(to), ":was": was}
        key = {"user": user, "kind": PREFERENCES}
        return update(self._table, key, "SET due_at = :to", condition="due_at = :was", values=values)
