"""An in-memory DynamoDB with the methods of the boto3 client, fast enough for property tests.

It does what the project uses, as strictly as the service: reserved words, placeholders that are missing or
unused, keys of a wrong type and two actions on one item are refused. ``tests/unit/fakes`` runs the same calls
against it and against moto. Beyond a real client it counts calls and capacity and injects faults::

    fake = FakeDynamoDB()
    fake.create_table(TableName=..., ...)
    fake.inject(Fault("transact_write_items", timeout(), after=True))
    store = Store(fake.client, ...)

Reads of an index are consistent here, but for those under :meth:`FakeDynamoDB.lagging_indexes`. Capacity
follows the published rules (1 KB per write unit, 4 KB per read unit, twice that in transactions); each index
entry that changes in what is projected costs the write of its size, and one that moves two of them.
"""

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError, ReadTimeoutError

from tests.fakes.expressions import Attribute, Item, Scope, comparable, condition, projection, update

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Answer = dict[str, Any]
Key = tuple[Any, ...]
Saved = Mapping[str, Mapping[Key, Item]]
"""The items of each table."""

_TRANSACTION_LIMIT: Final = 100
_WRITE_UNIT: Final = 1024
_READ_UNIT: Final = 4096


class Crash(BaseException):
    """The process dies here. No ``except Exception`` sees it."""


def client_error(code: str, message: str = "", **more: Any) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}, **more}
    return ClientError(answer, "FakeOperation")


def throttled() -> ClientError:
    return client_error("ProvisionedThroughputExceededException")


def conflict() -> ClientError:
    """Another transaction was at work on one of the items."""
    return client_error("TransactionCanceledException", CancellationReasons=[{"Code": "TransactionConflict"}])


def denied() -> ClientError:
    return client_error("AccessDeniedException")


def timeout() -> ReadTimeoutError:
    """No answer; with ``Fault.after`` the write went through all the same."""
    return ReadTimeoutError(endpoint_url="https://dynamodb.invalid")


@dataclass
class Fault:
    """``error`` instead of an answer, at calls of ``operation`` (``*``: any), after ``skip`` calls, ``times``
    times. With ``after`` the call does its work first; one that is refused does not count."""

    operation: str
    error: BaseException
    skip: int = 0
    times: int = 1
    after: bool = False

    def strikes(self, operation: str) -> bool:
        if self.operation not in {operation, "*"} or self.times == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


Method = Callable[..., Answer]


def _operation(method: Method) -> Method:
    @wraps(method)
    def call(self: "FakeDynamoDB", **request: Any) -> Answer:
        with self.lock:
            self.calls[method.__name__] += 1
            self._strike(method.__name__, after=False)
            try:
                answer = method(self, **request)
            except ValueError as error:
                raise client_error("ValidationException", str(error)) from error
            self._strike(method.__name__, after=True)
            return answer

    return call


class FakeDynamoDB:
    """``calls`` by method, ``units`` of capacity as ``read`` and ``write``, ``written`` units by table and by
    index (``Table/index``); all may be cleared.

    Weighing items for the capacity takes a quarter of the time; who needs none turns ``metered`` off.
    """

    def __init__(self) -> None:
        self.metered = True
        self.lock = threading.RLock()
        self.calls: Counter[str] = Counter()
        self.units: Counter[str] = Counter()
        self.written: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self._tables: dict[str, _Table] = {}
        self._tokens: dict[str, Answer] = {}

    @property
    def client(self) -> "DynamoDBClient":
        """This object under the type that stores ask for."""
        return cast("DynamoDBClient", self)

    def inject(self, *faults: Fault) -> None:
        self.faults += faults

    def _strike(self, operation: str, *, after: bool) -> None:
        for fault in self.faults:
            if fault.after == after and fault.strikes(operation):
                raise fault.error

    def crash_after(self, calls: int) -> None:
        """Let the process die when so many more calls have done their work."""
        self.inject(Fault("*", Crash(), skip=calls - 1, after=True))

    @contextmanager
    def lagging_indexes(self) -> Iterator[None]:
        """As long as this lasts every index shows what stood in the tables when it began."""
        for table in self._tables.values():
            table.lag()
        try:
            yield
        finally:
            for table in self._tables.values():
                table.catch_up()

    def create_table(self, **request: Any) -> Answer:
        self._tables[request["TableName"]] = _Table(request)
        return {"TableDescription": {"TableName": request["TableName"]}}

    def saved(self) -> Saved:
        """All that stands in the tables; stored items are replaced and never changed."""
        return {name: dict(table.items) for name, table in self._tables.items()}

    def load(self, saved: Saved) -> None:
        """Put back what another fake with these tables has saved."""
        for name, items in saved.items():
            self._tables[name].items = dict(items)

    @_operation
    def put_item(self, **request: Any) -> Answer:
        return self._single("Put", request)

    @_operation
    def update_item(self, **request: Any) -> Answer:
        return self._single("Update", request)

    @_operation
    def delete_item(self, **request: Any) -> Answer:
        return self._single("Delete", request)

    def _single(self, kind: str, request: Answer) -> Answer:
        change = self._prepare(kind, request)
        if not change.allowed:
            raise client_error("ConditionalCheckFailedException", **_stood(request, change))
        self._apply(change, factor=1)
        returned = {"ALL_OLD": change.before, "ALL_NEW": change.after}.get(
            request.get("ReturnValues", "NONE")
        )
        return {"Attributes": _copied(returned)} if returned else {}

    @_operation
    def transact_write_items(self, **request: Any) -> Answer:
        token = request.get("ClientRequestToken")
        if token and token in self._tokens:
            return self._tokens[token]
        actions = [next(iter(action.items())) for action in request["TransactItems"]]
        if not 0 < len(actions) <= _TRANSACTION_LIMIT:
            raise ValueError(f"1 to {_TRANSACTION_LIMIT} actions, not {len(actions)}")
        changes = [self._prepare(kind, action) for kind, action in actions]
        places = {(change.table.name, change.key) for change in changes}
        if len(places) < len(changes):
            raise ValueError("Transaction request cannot include multiple operations on one item")
        if not all(change.allowed for change in changes):
            raise _cancelled(
                [
                    {"Code": "None"}
                    if change.allowed
                    else {"Code": "ConditionalCheckFailed", **_stood(action, change)}
                    for (_, action), change in zip(actions, changes, strict=True)
                ]
            )
        for change in changes:
            self._apply(change, factor=2)
        if token:
            self._tokens[token] = {}
        return {}

    def _prepare(self, kind: str, request: Answer) -> "_Change":
        table = self._table(request)
        key = table.key_of(request["Item"] if kind == "Put" else request["Key"])
        before = table.items.get(key)
        scope = _scope(request)
        allowed = True
        if text := request.get("ConditionExpression"):
            allowed = condition(text, scope)(before or {})
        after = None
        if kind == "Put":
            after = _copied(request["Item"])
        elif kind in {"Update", "ConditionCheck"}:
            after = _copied(before)
        if kind == "Update":
            after = after or dict(request["Key"])
            apply = update(request["UpdateExpression"], scope)
            if allowed:
                apply(after)
                if table.key_of(after) != key:
                    raise ValueError("This attribute is part of the key")
        scope.check_all_used()
        if after:
            table.check(after)
        return _Change(table, key, before, after, allowed)

    def _apply(self, change: "_Change", *, factor: int) -> None:
        if change.after is None:
            change.table.items.pop(change.key, None)
        else:
            change.table.items[change.key] = change.after
        if not self.metered:
            return
        size = max(_size(change.before), _size(change.after))
        self._count_write(change.table.name, size, factor)
        for index, entry in change.table.index_changes(change):
            self._count_write(f"{change.table.name}/{index}", _size(entry), 1)

    def _count_write(self, place: str, size: int, factor: int) -> None:
        units = factor * max(1, math.ceil(size / _WRITE_UNIT))
        self.units["write"] += units
        self.written[place] += units

    @_operation
    def get_item(self, **request: Any) -> Answer:
        found = self._read(self._table(request), request["Key"], request)
        return {"Item": found} if found is not None else {}

    @_operation
    def batch_get_item(self, **request: Any) -> Answer:
        responses = {}
        for name, wanted in request["RequestItems"].items():
            table = self._tables[name]
            keys = [table.key_of(key) for key in wanted["Keys"]]
            if len(set(keys)) < len(keys) or not 0 < len(keys) <= _TRANSACTION_LIMIT:
                raise ValueError("Provided list of item keys contains duplicates, or has a wrong length")
            found = [self._read(table, key, wanted) for key in wanted["Keys"]]
            responses[name] = [item for item in found if item is not None]
        return {"Responses": responses, "UnprocessedKeys": {}}

    @_operation
    def transact_get_items(self, **request: Any) -> Answer:
        gets = [action["Get"] for action in request["TransactItems"]]
        found = [
            self._read(self._table(get), get["Key"], get | {"ConsistentRead": True}, factor=2) for get in gets
        ]
        return {"Responses": [{"Item": item} if item is not None else {} for item in found]}

    def _read(self, table: "_Table", key: Item, request: Answer, *, factor: int = 1) -> Item | None:
        item = table.items.get(table.key_of(key))
        scope = _scope(request)
        project = _projection(request, scope)
        scope.check_all_used()
        self._count_read([item], request, factor)
        return project(_copied(item)) if item is not None else None

    @_operation
    def batch_write_item(self, **request: Any) -> Answer:
        for name, actions in request["RequestItems"].items():
            for action in actions:
                kind = "Put" if "PutRequest" in action else "Delete"
                change = self._prepare(kind, {"TableName": name, **action[f"{kind}Request"]})
                self._apply(change, factor=1)
        return {"UnprocessedItems": {}}

    @_operation
    def query(self, **request: Any) -> Answer:
        schema = self._table(request).schema(request.get("IndexName"))
        scope = _scope(request)
        matches = condition(request["KeyConditionExpression"], scope)
        entries = sorted(
            filter(matches, self._table(request).entries(request.get("IndexName"))),
            key=lambda item: tuple(comparable(item[name]) for name in schema[1:]),
            reverse=not request.get("ScanIndexForward", True),
        )
        return self._page(entries, request, scope)

    @_operation
    def scan(self, **request: Any) -> Answer:
        return self._page(self._table(request).entries(request.get("IndexName")), request, _scope(request))

    def _page(self, entries: Sequence[Item], request: Answer, scope: Scope) -> Answer:
        table = self._table(request)
        passes = condition(request["FilterExpression"], scope) if "FilterExpression" in request else None
        project = _projection(request, scope)
        scope.check_all_used()
        start = _position_after(entries, table, request.get("ExclusiveStartKey"))
        end = start + request.get("Limit", len(entries))
        read = entries[start:end]
        self._count_read(read, request, 1)
        found = [project(_copied(item)) for item in read if passes is None or passes(item)]
        answer: Answer = {"Count": len(found), "ScannedCount": len(read)}
        if request.get("Select") != "COUNT":
            answer["Items"] = found
        if end < len(entries) or (read and "Limit" in request and end == len(entries)):
            names = {*table.schema(None), *table.schema(request.get("IndexName"))}
            answer["LastEvaluatedKey"] = {name: read[-1][name] for name in names}
        return answer

    def _count_read(self, items: Sequence[Item | None], request: Answer, factor: int) -> None:
        if not self.metered:
            return
        size = sum(map(_size, items))
        share = 1.0 if request.get("ConsistentRead") else 0.5
        self.units["read"] += factor * share * max(1, math.ceil(size / _READ_UNIT))  # type: ignore[assignment]

    def _table(self, request: Answer) -> "_Table":
        if request["TableName"] not in self._tables:
            raise client_error("ResourceNotFoundException", request["TableName"])
        return self._tables[request["TableName"]]


class _Table:
    def __init__(self, request: Answer) -> None:
        self.name: str = request["TableName"]
        self.items: dict[Key, Item] = {}
        self._types = {it["AttributeName"]: it["AttributeType"] for it in request["AttributeDefinitions"]}
        self._schemas: dict[str | None, list[str]] = {None: _key_names(request["KeySchema"])}
        self._projected: dict[str, set[str] | None] = {}
        for index in request.get("GlobalSecondaryIndexes", []):
            name, projection_ = index["IndexName"], index["Projection"]
            self._schemas[name] = _key_names(index["KeySchema"])
            keys = {*self._schemas[None], *self._schemas[name]}
            everything = projection_["ProjectionType"] == "ALL"
            self._projected[name] = None if everything else keys | {*projection_.get("NonKeyAttributes", [])}
        self._indexed: dict[Key, Item] | None = None

    def lag(self) -> None:
        self._indexed = dict(self.items)

    def catch_up(self) -> None:
        self._indexed = None

    def schema(self, index: str | None) -> list[str]:
        if index not in self._schemas:
            raise ValueError(f"The table does not have the specified index: {index}")
        return self._schemas[index]

    def key_of(self, item: Item) -> Key:
        names = self._schemas[None]
        if any(name not in item or self._types[name] not in item[name] for name in names):
            raise ValueError("The provided key element does not match the schema")
        return tuple(comparable(item[name]) for name in names)

    def check(self, item: Item) -> None:
        """Refuse an item whose index keys have a wrong type, or whose text keys are empty."""
        for name, kind in self._types.items():
            if name in item and (kind not in item[name] or item[name][kind] in {"", b""}):
                raise ValueError(f"Type mismatch for key {name}, expected: {kind}")

    def entries(self, index: str | None) -> list[Item]:
        self.schema(index)
        if index is None:
            return list(self.items.values())
        shown = self.items if self._indexed is None else self._indexed
        entries = (self._entry(index, item) for item in shown.values())
        return [entry for entry in entries if entry is not None]

    def index_changes(self, change: "_Change") -> Iterator[tuple[str, Item]]:
        """The entries of indexes that a change writes or removes, each with its index."""
        for index in self._projected:
            old, new = (self._entry(index, item) for item in (change.before, change.after))
            if old == new:
                continue
            if old and new and all(old[name] == new[name] for name in self._schemas[index]):
                yield index, max(old, new, key=_size)
            else:
                yield from ((index, entry) for entry in (old, new) if entry)

    def _entry(self, index: str, item: Item | None) -> Item | None:
        """What an index holds of an item; ``None`` where it does not list it."""
        if item is None or any(name not in item for name in self._schemas[index]):
            return None
        projected = self._projected[index]
        return item if projected is None else {name: item[name] for name in projected if name in item}


@dataclass(frozen=True)
class _Change:
    table: _Table
    key: Key
    before: Item | None
    after: Item | None
    allowed: bool


def _copied(value: Any) -> Any:
    """A deep copy of what JSON can hold; several times faster than :func:`copy.deepcopy`."""
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_copied(inner) for inner in value]
    return value


def _key_names(schema: Sequence[Mapping[str, str]]) -> list[str]:
    return [part["AttributeName"] for part in sorted(schema, key=lambda part: part["KeyType"])]


def _scope(request: Answer) -> Scope:
    return Scope(request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {}))


def _projection(request: Answer, scope: Scope) -> Callable[[Item], Item]:
    text = request.get("ProjectionExpression")
    return projection(text, scope) if text else lambda item: item


def _position_after(entries: Sequence[Item], table: _Table, start: Item | None) -> int:
    if start is None:
        return 0
    key = table.key_of(start)
    return next((place + 1 for place, item in enumerate(entries) if table.key_of(item) == key), len(entries))


def _stood(request: Answer, change: _Change) -> Answer:
    wanted = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return {"Item": _copied(change.before)} if wanted and change.before else {}


def _cancelled(reasons: list[Answer]) -> ClientError:
    return client_error("TransactionCanceledException", CancellationReasons=reasons)


def _size(item: Item | None) -> int:
    """Bytes as DynamoDB counts them, nearly: names and values, 3 for a container and 1 for each element."""
    return sum(len(name) + _attribute_size(value) for name, value in (item or {}).items())


def _attribute_size(attribute: Attribute) -> int:
    ((kind, value),) = attribute.items()
    if kind == "N":
        return (len(value) + 1) // 2 + 1
    if kind == "M":
        return 3 + len(value) + _size(value)
    if kind == "L":
        return 3 + len(value) + sum(map(_attribute_size, value))
    return len(value) if kind in {"S", "B"} else 1
