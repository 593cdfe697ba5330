"""The Imports table: a user's imports, and what was imported before.

``IMPORT#<id>`` and ``SEEN#<source>#<hash of the external id>``.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from gloss.dynamodb import Write, from_attributes, get_items, pages, put, to_attributes, write_one
from gloss.sources.imports import Import, Seen, import_key
from gloss.sources.model import SourceName

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SEEN: Final = "SEEN#"


class ImportStore:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self.table = table

    def get(self, user: str, import_id: str) -> Import | None:
        answer = self._client.get_item(
            TableName=self.table,
            Key=to_attributes({"user": user, "entry": import_key(import_id)}),
            ConsistentRead=True,
        )
        return Import.from_item(from_attributes(answer["Item"])) if "Item" in answer else None

    def recent(self, user: str, limit: int) -> list[Import]:
        """The imports of a user, newest first."""
        found = pages(
            self._client.query,
            TableName=self.table,
            KeyConditionExpression="#user = :user AND begins_with(entry, :prefix)",
            ExpressionAttributeNames={"#user": "user"},
            ExpressionAttributeValues=to_attributes({":user": user, ":prefix": import_key("")}),
            ScanIndexForward=False,
            Limit=limit,
        )
        return [Import.from_item(item) for _, item in zip(range(limit), found, strict=False)]

    def seen(self, user: str, source: SourceName, external_ids: Iterable[str]) -> dict[str, Seen]:
        """What was imported before, by external id."""
        keys = [{"user": user, "entry": _seen_key(source, name)} for name in external_ids]
        found = (Seen(**item["seen"]) for item in get_items(self._client, self.table, keys))
        return {seen.external_id: seen for seen in found}

    def remember(self, user: str, source: SourceName, seen: Seen) -> None:
        item = {"user": user, "entry": _seen_key(source, seen.external_id), "seen": asdict(seen)}
        write_one(self._client, put(self.table, item))

    def create(self, made: Import) -> Write:
        """For a transaction."""
        return put(self.table, made.to_item(), condition="attribute_not_exists(entry)")


def _seen_key(source: SourceName, external_id: str) -> str:
    return f"{_SEEN}{source}#{hashlib.sha256(external_id.encode()).hexdigest()}"
