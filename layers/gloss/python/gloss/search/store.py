"""The Vectors table: one small row per image, the source of truth of every index.

Rows are written in the transaction that publishes the metadata. ``changed_at`` orders the changes of a user's
library in the index ``by-change``; a deleted image leaves a tombstone there, so that caches hear of it.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from gloss.clock import Clock, iso, utc_now
from gloss.dynamodb import (
    Item,
    Write,
    get_items,
    pages,
    put,
    to_attributes,
    update,
)
from gloss.images.model import Image
from gloss.search.model import Change, Entry, Gone, Vector

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TOMBSTONE_LIFE: Final = timedelta(days=30)
"""A packed index older than this may have missed a deletion, and is not believed."""

BY_CHANGE: Final = "by-change"

FIRST_IMAGE: Final = "/"
"""Sorts right before every id; what is no image (the manifest of the packed index) sorts before it."""


class VectorStore:
    """Writes for the transactions of others."""

    def __init__(self, table: str, clock: Clock = utc_now) -> None:
        self._table = table
        self._clock = clock

    def publish(self, image: Image, vector: Vector | None) -> Write:
        """The row of an image as it now stands; no vector, where there is none for its text."""
        return self.put(image.user, Entry.of(image, vector, iso(self._clock())))

    def put(self, user: str, entry: Entry) -> Write:
        return put(self._table, item_of(user, entry))

    def refresh(self, image: Image) -> Write:
        """The same, where the text is the one that the stored vector was made from."""
        item = item_of(image.user, Entry.of(image, None, iso(self._clock())))
        key = {name: item.pop(name) for name in ("user", "image")}
        return update(
            self._table,
            key,
            "SET " + ", ".join(f"#{name} = :{name}" for name in item),
            names={f"#{name}": name for name in item},
            values={f":{name}": value for name, value in item.items()},
        )

    def remove(self, user: str, image: str) -> Write:
        now = self._clock()
        return put(self._table, tombstone(user, image, now))


class ChangeLog:
    """What changed in a user's library, read from the table."""

    def __init__(
        self, client: "DynamoDBClient", table: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._table = table
        self._sleep = sleep

    def keys_since(self, user: str, moment: str) -> dict[str, str]:
        """Images that changed at ``moment`` or later, with the time of their last change."""
        items = pages(
            self._client.query,
            TableName=self._table,
            IndexName=BY_CHANGE,
            KeyConditionExpression="#user = :user AND changed_at >= :moment",
            ExpressionAttributeNames={"#user": "user"},
            ExpressionAttributeValues=to_attributes({":user": user, ":moment": moment}),
        )
        return {item["image"]: item["changed_at"] for item in items}

    def read(self, user: str, images: Iterable[str]) -> Iterator[Change]:
        """The rows of these images as they stand now."""
        keys = ({"user": user, "image": image} for image in images)
        yield from map(change_of, get_items(self._client, self._table, keys, sleep=self._sleep))

    def rows(self, user: str, after: str = FIRST_IMAGE) -> Iterator[Entry]:
        """All images in the index, in the order of their ids, beginning behind ``after``."""
        items = pages(
            self._client.query,
            TableName=self._table,
            KeyConditionExpression="#user = :user AND image > :after",
            ExpressionAttributeNames={"#user": "user"},
            ExpressionAttributeValues=to_attributes({":user": user, ":after": after}),
            ConsistentRead=True,
        )
        for item in items:
            change = change_of(item)
            if isinstance(change, Entry):
                yield change


def item_of(user: str, entry: Entry) -> Item:
    item: dict[str, Any] = {
        "user": user,
        "image": entry.image,
        "changed_at": entry.changed_at,
        "created_at": entry.created_at,
        "file_name": entry.file_name,
        "title": entry.title,
        "alt_text": entry.alt_text,
        "tags": list(entry.tags),
        "language": entry.language,
        "source": entry.source,
        "palette": entry.palette,
    }
    if entry.vector:
        item |= {"model": entry.vector.model, "text_hash": entry.vector.text_hash}
    if entry.vector and entry.vector.data:
        item["vector"] = entry.vector.data
    return item


def tombstone(user: str, image: str, now: datetime) -> Item:
    expires_at = int((now + TOMBSTONE_LIFE).timestamp())
    return {"user": user, "image": image, "changed_at": iso(now), "gone": True, "expires_at": expires_at}


def change_of(item: Mapping[str, Any]) -> Change:
    if item.get("gone"):
        return Gone(item["image"], item["changed_at"])
    vector = Vector(item.get("vector", b""), item["model"], item["text_hash"]) if "model" in item else None
    plain = {name: item[name] for name in Entry.__slots__ if name in item and name != "vector"}
    return Entry(**{**plain, "tags": tuple(item.get("tags", ()))}, vector=vector)


def is_image(item: Mapping[str, Any]) -> bool:
    """Whether the row is an image's, or a tombstone; the table holds manifests of packed indexes too."""
    return bool(item["image"] > FIRST_IMAGE)
