"""The Imports table: per user the imports, the pages of their files, and what was imported before.

``IMPORT#<id>``, ``FILES#<id>#<page>``, ``SEEN#<source>#<hash of the external id>``.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import Final

from gloss.due import DueRecords
from gloss.dynamodb import Table, Write, from_attributes, get_items, pages, put, to_attributes
from gloss.sources.imports import File, Import, Seen, import_key
from gloss.sources.model import SourceName

_FILES: Final = "FILES#"
_SEEN: Final = "SEEN#"


class ImportStore(Table):
    def get(self, user: str, import_id: str) -> Import | None:
        answer = self._client.get_item(
            TableName=self.table,
            Key=to_attributes({"user": user, "entry": import_key(import_id)}),
            ConsistentRead=True,
        )
        return Import.from_item(from_attributes(answer["Item"])) if "Item" in answer else None

    def files(self, user: str, import_id: str, *, after: int, count: int) -> dict[int, list[File]]:
        """The files of ``count`` pages behind page ``after``, by page number."""
        answer = self._client.query(
            TableName=self.table,
            KeyConditionExpression="#user = :user AND entry BETWEEN :first AND :last",
            ExpressionAttributeNames={"#user": "user"},
            ExpressionAttributeValues=to_attributes(
                {
                    ":user": user,
                    ":first": _page_key(import_id, after + 1),
                    ":last": _page_key(import_id, after + count),
                }
            ),
            ConsistentRead=True,
        )
        items = map(from_attributes, answer["Items"])
        return {item["page"]: [File(**file) for file in item["files"]] for item in items}

    @property
    def due(self) -> DueRecords:
        """Imports that the sweep has to look at, by their keys."""
        return DueRecords(self._client, self.table, "entry")

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

    def advance(self, before: Import, after: Import) -> Import:
        """Replace an import that stands as it was read; as it stands then.

        Raises:
            ConditionFailed: another worker was quicker.
        """
        counted = replace(after, revision=before.revision + 1)
        self.apply(self.replaced(before, counted))
        return counted

    # Writes for transactions

    def create(self, made: Import) -> Write:
        return put(self.table, made.to_item(), condition="attribute_not_exists(entry)")

    def replaced(self, before: Import, after: Import) -> Write:
        """Of two workers one goes on."""
        return put(
            self.table,
            after.to_item(),
            condition="revision = :revision",
            values={":revision": before.revision},
        )

    def add_page(self, after: Import, files: Sequence[File]) -> Write:
        """The newest page of an import's files."""
        item = {
            "user": after.user,
            "entry": _page_key(after.id, after.pages),
            "page": after.pages,
            "files": [asdict(file) for file in files],
        }
        return put(self.table, item)

    def remember(self, user: str, source: SourceName, seen: Seen) -> Write:
        key = _seen_key(source, seen.external_id)
        return put(self.table, {"user": user, "entry": key, "seen": asdict(seen)})

    def meet(self, found: Import, seen: Seen, *, before: Seen | None) -> Write:
        """Remember, unless another import has met the file since ``before`` was read."""
        write = self.remember(found.user, found.source, seen)
        if before is None:
            return replace(write, condition="attribute_not_exists(entry)")
        return replace(write, condition="seen = :before", values={":before": asdict(before)})


def _page_key(import_id: str, page: int) -> str:
    return f"{_FILES}{import_id}#{page:06d}"


def _seen_key(source: SourceName, external_id: str) -> str:
    return f"{_SEEN}{source}#{hashlib.sha256(external_id.encode()).hexdigest()}"
