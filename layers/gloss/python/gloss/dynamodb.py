"""DynamoDB as the stores use it: plain Python items, writes that can be joined into one transaction.

A use case often changes tables of several owners at once (an image is finished and its reservation is
committed). Each store therefore *describes* its writes as values; whoever runs the use case joins them and
calls :func:`transact`. Nothing half-done can be seen, whichever process dies.

The low-level client is used, not the resource: it is lighter to import and safe to share between threads.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from gloss.errors import Busy, Conflict
from gloss.records import dataclass

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

MAX_TRANSACTION_ITEMS: Final = 100
"""Actions in one TransactWriteItems call (service limit)."""

MAX_BATCH_KEYS: Final = 100
"""Keys in one BatchGetItem call (service limit)."""

CONFLICT_ATTEMPTS: Final = 12
_CONFLICT_BASE_S: Final = 0.01
_CONFLICT_CAP_S: Final = 0.4

_TRY_AGAIN: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)
"""Error codes that say that nothing was written and that a repeat may succeed."""

_EXPECTED_REASONS: Final = frozenset(
    {
        "None",
        "ConditionalCheckFailed",
        "ProvisionedThroughputExceeded",
        "ThrottlingError",
        "TransactionConflict",
    }
)

_serializer: Final = TypeSerializer()
_deserializer: Final = TypeDeserializer()


class ConditionFailed(Conflict):
    """A condition of a write did not hold; nothing was written.

    ``failures`` maps the position of each refused write to the item that stood there
    (``None`` where there was no item, or the write did not ask for it).
    """

    def __init__(self, failures: Mapping[int, Item | None]) -> None:
        super().__init__("A condition of the write did not hold.")
        self.failures = failures


@dataclass(frozen=True, slots=True)
class Write:
    """One action of a transaction: ``kind`` is Put, Update, Delete or ConditionCheck."""

    kind: str
    table: str
    content: Mapping[str, Any]
    condition: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)

    def requiring(self, condition: str, *, names: Mapping[str, str], values: Mapping[str, Any]) -> "Write":
        """The same under one more condition."""
        both = f"({self.condition}) AND {condition}" if self.condition else condition
        return replace(self, condition=both, names={**self.names, **names}, values={**self.values, **values})

    def request(self) -> dict[str, Any]:
        """The action in the form of the DynamoDB API, the item that stood there asked for on refusal."""
        body: dict[str, Any] = {"TableName": self.table}
        for key, value in self.content.items():
            body[key] = to_attributes(value) if isinstance(value, Mapping) else value
        if self.condition:
            body["ConditionExpression"] = self.condition
            body["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if self.names:
            body["ExpressionAttributeNames"] = dict(self.names)
        if self.values:
            body["ExpressionAttributeValues"] = to_attributes(self.values)
        return {self.kind: body}


def put(table: str, item: Item, *, condition: str | None = None, **expression: Mapping[str, Any]) -> Write:
    """Write a whole item; keys of ``item`` whose value is ``None`` are left out."""
    present = {key: value for key, value in item.items() if value is not None}
    return Write("Put", table, {"Item": present}, condition, **expression)


def update(
    table: str, key: Item, expression: str, *, condition: str | None = None, **names_values: Mapping[str, Any]
) -> Write:
    """Change attributes of one item by an update expression."""
    return Write("Update", table, {"Key": key, "UpdateExpression": expression}, condition, **names_values)


def delete(table: str, key: Item, *, condition: str | None = None, **expression: Mapping[str, Any]) -> Write:
    """Remove one item."""
    return Write("Delete", table, {"Key": key}, condition, **expression)


def check(table: str, key: Item, condition: str, **expression: Mapping[str, Any]) -> Write:
    """Let the transaction fail unless the item meets the condition."""
    return Write("ConditionCheck", table, {"Key": key}, condition, **expression)


def transact(
    client: "DynamoDBClient",
    writes: Sequence[Write],
    *,
    attempts: int = CONFLICT_ATTEMPTS,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Do all of the writes or none.

    A conflict with another transaction is retried with full jitter; the client's own request token makes a
    repeat after a lost answer harmless. Writes that were computed from what was read are better computed
    anew: their caller asks for one attempt.

    Raises:
        ConditionFailed: a condition did not hold.
        Busy: conflicts or throttling did not end within the attempts; nothing was written.
    """
    requests: Any = [write.request() for write in writes]
    for attempt in range(attempts):
        if attempt:
            sleep(backoff(attempt - 1))
        try:
            client.transact_write_items(TransactItems=requests)
        except ClientError as error:
            failures = _refusals(error)
            if failures:
                raise ConditionFailed(failures) from error
        else:
            return
    raise Busy


def write_one(client: "DynamoDBClient", write: Write) -> None:
    """Do one write by itself, at half the price of a transaction.

    Raises:
        ConditionFailed: its condition did not hold.
    """
    calls: dict[str, Callable[..., Any]] = {
        "Put": client.put_item,
        "Update": client.update_item,
        "Delete": client.delete_item,
    }
    try:
        calls[write.kind](**write.request()[write.kind])
    except ClientError as error:
        if is_condition_failure(error):
            stands = cast("dict[str, Any] | None", error.response.get("Item"))
            raise ConditionFailed({0: from_attributes(stands) if stands else None}) from error
        raise


class Table:
    """What every store stands on: one table, and writes to it alone or joined with others."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self.table = table

    def apply(self, write: Write) -> None:
        """Do one write by itself.

        Raises:
            ConditionFailed: its condition did not hold.
        """
        write_one(self._client, write)

    def apply_all(self, writes: Sequence[Write]) -> None:
        """Do all of the writes or none.

        Raises:
            ConditionFailed: a condition did not hold.
        """
        transact(self._client, writes)


def _refusals(error: ClientError) -> dict[int, Item | None]:
    """Refused conditions by position; empty when the transaction only met another one."""
    code = error.response["Error"]["Code"]
    if code in _TRY_AGAIN:
        return {}
    if code != "TransactionCanceledException":
        raise error
    reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
    codes = {reason.get("Code", "None") for reason in reasons}
    if unexpected := codes - _EXPECTED_REASONS:
        raise error from ValueError(f"cancelled for {sorted(unexpected)}")
    return {
        position: from_attributes(reason["Item"]) if reason.get("Item") else None
        for position, reason in enumerate(reasons)
        if reason.get("Code") == "ConditionalCheckFailed"
    }


def backoff(attempt: int, cap_s: float = _CONFLICT_CAP_S) -> float:
    """Seconds to wait after try number ``attempt`` (from 0): exponential with full jitter, capped."""
    return random.uniform(0, min(cap_s, _CONFLICT_BASE_S * 2**attempt))  # noqa: S311


def is_condition_failure(error: ClientError) -> bool:
    """Whether a single conditional write was refused by its condition."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


def to_attributes(item: Mapping[str, Any]) -> dict[str, Any]:
    """A plain mapping in DynamoDB's typed form; floats become decimals."""
    return {key: _serializer.serialize(_storable(value)) for key, value in item.items()}


def from_attributes(attributes: Mapping[str, Any]) -> Item:
    """The plain form of a stored item: whole numbers as ``int``, others as ``float``, binary as ``bytes``."""
    return {key: _plain(_deserializer.deserialize(value)) for key, value in attributes.items()}


def _storable(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {key: _storable(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_storable(inner) for inner in value]
    return value


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Binary):
        return bytes(cast("Any", value))
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


def pages(call: Callable[..., Any], **request: Any) -> Iterator[Item]:  # noqa: ANN401
    """Every item of a Query or Scan, page after page."""
    while True:
        answer = call(**request)
        for attributes in answer["Items"]:
            yield from_attributes(attributes)
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def get_items(
    client: "DynamoDBClient",
    table: str,
    keys: Iterable[Item],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Item]:
    """The items that exist under these keys, read consistently, in no particular order.

    Raises:
        Busy: the table kept refusing to answer for all of them.
    """
    wanted = [to_attributes(key) for key in keys]
    for start in range(0, len(wanted), MAX_BATCH_KEYS):
        yield from _get_batch(client, table, wanted[start : start + MAX_BATCH_KEYS], sleep)


def _get_batch(
    client: "DynamoDBClient", table: str, keys: list[dict[str, Any]], sleep: Callable[[float], None]
) -> Iterator[Item]:
    request: Any = {table: {"Keys": keys, "ConsistentRead": True}}
    for attempt in range(CONFLICT_ATTEMPTS):
        answer = client.batch_get_item(RequestItems=request)
        yield from map(from_attributes, answer["Responses"].get(table, []))
        request = answer.get("UnprocessedKeys")
        if not request:
            return
        sleep(backoff(attempt))
    raise Busy
