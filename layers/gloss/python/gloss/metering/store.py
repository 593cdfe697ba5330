"""The Usage table: one row per call, sums per day and per month that are written with it.

``2026-11-20T11:40:00.123456Z#<id>``                one call; expires
``DAY#2026-11-20#openai#describe#stack#3#<model>``  a shard of what like calls of a day add up to; stays
``MONTH#2026-11#3``                                 a shard of what calls of a month add up to; stays

Many images of one user end at once, so sums lie in shards; each try of a write takes another one by chance.
What the stack itself pays is summed up under users of its own, for every call of every user adds to it. So
are rows set aside that could not be written with their sums.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from gloss.dynamodb import (
    CONFLICT_ATTEMPTS,
    ConditionFailed,
    Item,
    Write,
    backoff,
    delete,
    from_attributes,
    get_items,
    pages,
    put,
    to_attributes,
    transact,
    update,
    write_one,
)
from gloss.errors import Busy
from gloss.metering.model import CallRecord, DayTotals, Totals, month_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_DAY: Final = "DAY#"
_MONTH: Final = "MONTH#"
_SHARDS: Final = tuple(f"{number:x}" for number in range(8))
_STACK_SHARDS: Final = tuple(f"#stack#{number:x}" for number in range(16))
_ASIDE: Final = "#aside"


class UsageStore:
    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        *,
        retention: timedelta = timedelta(days=400),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._table = table
        self._retention = retention
        self._sleep = sleep

    def add(self, record: CallRecord) -> None:
        """Write the row and add to the sums, all or nothing; a row that is there already changes nothing.

        Raises:
            Busy: the table took no more writes; nothing was written.
        """
        for attempt in range(CONFLICT_ATTEMPTS):
            try:
                transact(self._client, list(self._writes(record)), attempts=1)
            except ConditionFailed:
                return
            except Busy:
                self._sleep(backoff(attempt))
            else:
                return
        raise Busy

    def _writes(self, record: CallRecord) -> Iterator[Write]:
        expiry = int((record.at + self._retention).timestamp())
        row = record.to_item() | {"expires_at": expiry}
        yield put(self._table, row, condition="attribute_not_exists(#time)", names={"#time": "time"})
        call, totals, month = record.call, Totals.of(record), _MONTH + month_of(record.at)
        shard, stack_shard = random.choice(_SHARDS), random.choice(_STACK_SHARDS)  # noqa: S311 - no secret
        day = f"{_DAY}{record.at:%Y-%m-%d}#{call.provider}#{call.purpose}#{call.payer}#{shard}#{call.model}"
        yield self._sum(call.user, day, totals)
        yield self._sum(call.user, f"{month}#{shard}", totals)
        if call.payer == "stack":
            yield self._sum(stack_shard, month, totals)

    def _sum(self, user: str, place: str, totals: Totals) -> Write:
        added = totals.to_dict()
        return update(
            self._table,
            {"user": user, "time": place},
            "ADD " + ", ".join(f"#{name} :{name}" for name in added),
            names={f"#{name}": name for name in added},
            values={f":{name}": value for name, value in added.items()},
        )

    def set_aside(self, record: CallRecord) -> None:
        """Note a row for later by one plain write: what is busy is the sums.

        Raises:
            Busy: the table takes no writes at all.
        """
        write_one(self._client, put(self._table, {**_aside(record), "row": record.to_item()}))

    def aside(self, limit: int) -> Iterator[CallRecord]:
        """Rows that were set aside, oldest first."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="#user = :aside",
            ExpressionAttributeNames={"#user": "user"},
            ExpressionAttributeValues=to_attributes({":aside": _ASIDE}),
            ConsistentRead=True,
            Limit=limit,
        )
        for attributes in answer["Items"]:
            yield CallRecord.from_item(from_attributes(attributes)["row"])

    def forget_aside(self, record: CallRecord) -> None:
        """It is in the log now."""
        write_one(self._client, delete(self._table, _aside(record)))

    def spent(self, user: str, month: str) -> int:
        """Nano-dollars that the calls of a user cost in a month, whoever pays."""
        return self._cost([{"user": user, "time": f"{_MONTH}{month}#{shard}"} for shard in _SHARDS])

    def spent_by_stack(self, month: str) -> int:
        """Nano-dollars that the stack paid in a month."""
        return self._cost([{"user": shard, "time": _MONTH + month} for shard in _STACK_SHARDS])

    def _cost(self, keys: Iterable[Item]) -> int:
        return sum(
            Totals.from_item(item).cost_nano_usd for item in get_items(self._client, self._table, keys)
        )

    def days(self, user: str, first: str, last: str) -> Iterator[DayTotals]:
        """The sums of the days from ``first`` to ``last``, both included, in order; a shard is one of several
        for the same calls."""
        for item in pages(
            self._client.query,
            TableName=self._table,
            KeyConditionExpression="#user = :user AND #time BETWEEN :first AND :last",
            ExpressionAttributeNames={"#user": "user", "#time": "time"},
            ExpressionAttributeValues=to_attributes(
                {":user": user, ":first": f"{_DAY}{first}#", ":last": f"{_DAY}{last}#~"}
            ),
        ):
            _, day, provider, purpose, payer, _, model = item["time"].split("#", 6)
            yield DayTotals(day, provider, model, purpose, payer, Totals.from_item(item))

    def rows(self, user: str, *, before: str | None, limit: int) -> tuple[list[Item], str | None]:
        """Calls of a user, newest first, and the place to go on from (``None`` at the end)."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "#user = :user AND #time < :before",
            "ExpressionAttributeNames": {"#user": "user", "#time": "time"},
            "ExpressionAttributeValues": to_attributes({":user": user, ":before": before or _DAY}),
            "ScanIndexForward": False,
            "Limit": limit,
        }
        answer = self._client.query(**request)
        items = [from_attributes(attributes) for attributes in answer["Items"]]
        return items, items[-1]["time"] if "LastEvaluatedKey" in answer else None


def _aside(record: CallRecord) -> Item:
    return {"user": _ASIDE, "time": record.to_item()["time"]}
