"""The Images table. Writes that belong to a larger transaction are returned as values."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from gloss.clock import iso
from gloss.due import DueRecords
from gloss.dynamodb import (
    ConditionFailed,
    Item,
    Table,
    Write,
    delete,
    from_attributes,
    get_items,
    is_condition_failure,
    pages,
    put,
    to_attributes,
    update,
)
from gloss.errors import ImageNotFound, InvalidCursor
from gloss.ids import is_id
from gloss.images.model import (
    DEFAULT_RETENTION,
    LEASE,
    MAX_VERSION,
    REMOVED,
    VERSIONS,
    Image,
    Retention,
    Status,
    Version,
    epoch,
    status_image,
    version_key,
)
from gloss.images.outcomes import NoJobs, Outcomes
from gloss.records import dataclass
from gloss.shards import due_shard

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_RETIRED_AT_ONCE: Final = 100
"""Versions that one publication makes up for, some 5 ms each."""

_VERSIONS_AT_ONCE: Final = 100

_DELETE_BATCH: Final = 25
"""Items in one BatchWriteItem call (service limit)."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What an update sets and removes; moving to a status keeps the index keys in step with it."""

    sets: Mapping[str, Any]
    removes: Sequence[str] = ()

    @classmethod
    def to_status(
        cls,
        status: Status,
        image: str,
        now: datetime,
        *,
        due_at: int | None = None,
        sets: Mapping[str, Any] | None = None,
        removes: Sequence[str] = (),
    ) -> "Changes":
        base: dict[str, Any] = {
            "status": str(status),
            "status_image": status_image(status, image),
            "updated_at": iso(now),
            **(sets or {}),
        }
        if due_at is None:
            return cls(base, (*removes, "due_at", "due_shard"))
        return cls({**base, "due_at": due_at, "due_shard": due_shard(image)}, tuple(removes))

    def expression(self) -> tuple[str, dict[str, str], dict[str, Any]]:
        """Update expression, names and values; every attribute is named, for many are reserved words."""
        names = {f"#{name}": name for name in (*self.sets, *self.removes)}
        values = {f":{name}": value for name, value in self.sets.items()}
        clauses = []
        if self.sets:
            clauses.append("SET " + ", ".join(f"#{name} = :{name}" for name in self.sets))
        if self.removes:
            clauses.append("REMOVE " + ", ".join(f"#{name}" for name in self.removes))
        return " ".join(clauses), names, values


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """Images as they are now, ids of images that are gone, and the place to go on from."""

    images: list[Image]
    removed: list[str]
    next: str | None


class ImageStore(Table):
    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        retention: Retention = DEFAULT_RETENTION,
        *,
        outcomes: Outcomes | None = None,
    ) -> None:
        super().__init__(client, table)
        self._retention = retention
        self.outcomes: Outcomes = outcomes or NoJobs()

    # Reading

    def get(self, user: str, image: str) -> Image | None:
        item = self.item(user, image)
        return Image.from_item(item) if item else None

    def item(self, user: str, entry: str) -> Item | None:
        """Any entry of the table, as it is."""
        answer = self._client.get_item(TableName=self.table, Key=_key(user, entry), ConsistentRead=True)
        return from_attributes(answer["Item"]) if "Item" in answer else None

    def existing(self, user: str, image: str) -> Image:
        """Raises ``ImageNotFound`` where the id is none or the image is not this user's."""
        found = self.get(user, image) if is_id(image) else None
        if found is None:
            raise ImageNotFound
        return found

    def get_many(self, user: str, images: Sequence[str]) -> Iterator[Image]:
        """Those of the images that exist, read consistently, in no particular order."""
        keys = [{"user": user, "image": image} for image in images if is_id(image)]
        return map(Image.from_item, get_items(self._client, self.table, keys))

    def page(
        self, user: str, *, status: Status | None, before: str | None, limit: int
    ) -> tuple[list[Image], str | None]:
        """Images of a user, newest first, and the id to go on from (``None`` at the end)."""
        request: dict[str, Any] = {
            "TableName": self.table,
            "ScanIndexForward": False,
            "Limit": limit,
            "ExpressionAttributeNames": {"#user": "user"},
        }
        if status is None:
            request["KeyConditionExpression"] = "#user = :user AND image < :before"
            values = {":user": user, ":before": before or VERSIONS}
        else:
            request["IndexName"] = "by-status"
            request["KeyConditionExpression"] = "#user = :user AND status_image BETWEEN :first AND :before"
            last = status_image(status, before) if before else status_image(status, "~")
            values = {":user": user, ":first": status_image(status, ""), ":before": last}
            request["Limit"] = limit + 1 if before else limit
        answer = self._client.query(**request, ExpressionAttributeValues=to_attributes(values))
        found = [Image.from_item(from_attributes(attributes)) for attributes in answer["Items"]]
        images = [image for image in found if image.image != before]
        more = "LastEvaluatedKey" in answer
        return images, images[-1].image if more and images else None

    def changes(self, user: str, *, since: str, after: str | None, limit: int) -> "ChangesPage":
        """What changed at or after ``since``, oldest change first; may lag behind by a moment.

        ``after`` is the place that an earlier page of the same ``since`` ended at.

        Raises:
            InvalidCursor: it is none.
        """
        more: dict[str, Any] = {}
        if after:
            more["ExclusiveStartKey"] = to_attributes(_change_key(user, since, after))
        answer = self._client.query(
            TableName=self.table,
            IndexName="by-change",
            KeyConditionExpression="#user = :user AND updated_at >= :since",
            ExpressionAttributeNames={"#user": "user"},
            ExpressionAttributeValues=to_attributes({":user": user, ":since": since}),
            Limit=limit,
            **more,
        )
        entries = [from_attributes(attributes) for attributes in answer["Items"]]
        names = [entry["image"] for entry in entries]
        keys = [{"user": user, "image": name} for name in names if not name.startswith(REMOVED)]
        records = {item["image"]: item for item in get_items(self._client, self.table, keys)}
        last = answer.get("LastEvaluatedKey")
        place = from_attributes(last) if last else {}
        return ChangesPage(
            images=[Image.from_item(records[name]) for name in names if name in records],
            removed=[name.removeprefix(REMOVED) for name in names if name.startswith(REMOVED)],
            next=f"{place['updated_at']} {place['image']}" if place else None,
        )

    def many(self, user: str, images: Iterable[str]) -> dict[str, Image]:
        """Those of the images that are there, by id."""
        keys = ({"user": user, "image": image} for image in images)
        return {item["image"]: Image.from_item(item) for item in get_items(self._client, self.table, keys)}

    def ids_with_status(self, user: str, status: Status) -> Iterator[str]:
        """The ids of all images of a user in a status."""
        for item in pages(
            self._client.query,
            TableName=self.table,
            IndexName="by-status",
            KeyConditionExpression="#user = :user AND begins_with(status_image, :status)",
            ProjectionExpression="image",
            ExpressionAttributeNames={"#user": "user"},
            ExpressionAttributeValues=to_attributes({":user": user, ":status": status_image(status, "")}),
        ):
            yield item["image"]

    @property
    def due(self) -> DueRecords:
        """Records that the sweep has to look at."""
        return DueRecords(self._client, self.table, "image")

    def versions(self, user: str, image: str) -> Iterator[Version]:
        """All kept versions of an image, newest first."""
        return map(Version.from_item, self._version_items(user, image, MAX_VERSION, page=_VERSIONS_AT_ONCE))

    def versions_page(self, user: str, image: str, *, before: int | None, limit: int) -> list[Version]:
        """At most so many kept versions, newest first, of those with a number below ``before``."""
        newest = MAX_VERSION if before is None else before - 1
        return [
            Version.from_item(item)
            for item in islice(self._version_items(user, image, newest, page=limit), limit)
        ]

    def version(self, user: str, image: str, number: int) -> Version | None:
        item = self.item(user, version_key(image, number))
        return Version.from_item(item) if item else None

    # Changing one record

    def keep_checkpoint(self, image: Image, checkpoint: Mapping[str, Any]) -> None:
        """Note what the work was told, for the attempts to come.

        Raises:
            ConditionFailed: somebody else holds the image by now.
        """
        changes = Changes({"checkpoint": checkpoint})
        held = {":held": image.lease}
        self.apply(self.change(image.user, image.image, changes, condition="#lease = :held", values=held))

    def claim(self, user: str, image: str, *, lease: str, now: datetime) -> Image | None:
        """Take the lease of an image whose work waits for a worker; ``None`` where there is none."""
        changes = Changes.to_status(
            Status.PROCESSING, image, now, due_at=epoch(now + LEASE), sets={"lease": lease}
        )
        text, names, values = changes.expression()
        try:
            answer = self._client.update_item(
                TableName=self.table,
                Key=_key(user, image),
                UpdateExpression=text + " ADD attempt :one",
                ConditionExpression=_CLAIMABLE,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=to_attributes({**values, **_CLAIMABLE_VALUES, ":one": 1}),
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if is_condition_failure(error):
                return None
            raise
        return Image.from_item(from_attributes(answer["Attributes"]))

    # Writes for transactions

    def create(self, image: Image) -> Write:
        return put(self.table, image.to_item(), condition="attribute_not_exists(image)")

    def change(
        self,
        user: str,
        image: str,
        changes: Changes,
        *,
        condition: str,
        values: Mapping[str, Any] | None = None,
    ) -> Write:
        """An update under a condition that may use ``#status``, ``#lease``, ``#version`` and ``values``."""
        text, names, own = changes.expression()
        used = {name: name[1:] for name in ("#status", "#lease", "#version", "#user") if name in condition}
        return update(
            self.table,
            {"user": user, "image": image},
            text,
            condition=condition,
            names={**names, **used},
            values={**own, **(values or {})},
        )

    def add_version(self, user: str, image: str, version: Version) -> Write:
        item = version.to_item(user, image)
        item["kept_until"] = epoch(datetime.fromisoformat(version.at) + self._retention.age)
        return put(self.table, item, condition="attribute_not_exists(image)")

    def remove(self, user: str, image: str, *, condition: str, values: Mapping[str, Any]) -> Write:
        return delete(
            self.table,
            {"user": user, "image": image},
            condition=condition,
            names={"#status": "status"},
            values=values,
        )

    def retire_version(self, user: str, image: str, newest: int) -> None:
        """Let what fell out of the last versions kept expire as soon as it is old enough.

        The table's time to live removes it. Usually it is one version. Where the one before it was missed, by
        a write that was lost or since fewer are kept than were before, so are all down to one that was not;
        the oldest goes first, so that what breaks off here is found again by the next version.
        """
        missed = list(takewhile(_is_kept, self._version_items(user, image, newest - self._retention.count)))
        for item in missed[: -_RETIRED_AT_ONCE - 1 : -1]:
            write = update(
                self.table,
                {"user": user, "image": item["image"]},
                "SET expires_at = kept_until",
                condition="attribute_exists(kept_until)",
            )
            with suppress(ConditionFailed):
                self.apply(write)

    def _version_items(self, user: str, image: str, newest: int, *, page: int = 10) -> Iterator[Item]:
        """The rows of kept versions from number ``newest`` down, read as far as they are taken."""
        if newest < 1:
            return iter(())
        keys = {":first": version_key(image, 1), ":last": version_key(image, min(newest, MAX_VERSION))}
        return pages(
            self._client.query,
            TableName=self.table,
            KeyConditionExpression="#user = :user AND image BETWEEN :first AND :last",
            ExpressionAttributeNames={"#user": "user"},
            ExpressionAttributeValues=to_attributes({":user": user, **keys}),
            ScanIndexForward=False,
            Limit=page,
        )

    def remove_versions(self, user: str, image: str) -> None:
        """Delete all versions, in batches; repeating it after a crash does the rest."""
        keys = [_key(user, version_key(image, version.number)) for version in self.versions(user, image)]
        for start in range(0, len(keys), _DELETE_BATCH):
            requests: Any = [{"DeleteRequest": {"Key": key}} for key in keys[start : start + _DELETE_BATCH]]
            while requests:
                answer = self._client.batch_write_item(RequestItems={self.table: requests})
                requests = answer["UnprocessedItems"].get(self.table, [])


_CLAIMABLE: Final = "#status IN (:pending, :queued)"
"""A message never takes what waits for the sweep (a retry that is not due, a lease that ran out): only the
sweep knows what attempts are left, and it moves the record to ``queued`` before it sends a message."""

_CLAIMABLE_VALUES: Final = {f":{status}": str(status) for status in (Status.PENDING, Status.QUEUED)}


def _is_kept(version: Item) -> bool:
    return "expires_at" not in version


def _change_key(user: str, since: str, place: str) -> Item:
    changed_at, _, entry = place.partition(" ")
    if changed_at < since or not is_id(entry.removeprefix(REMOVED)):
        raise InvalidCursor("The cursor is not valid.")
    return {"user": user, "image": entry, "updated_at": changed_at}


def _key(user: str, image: str) -> Item:
    return to_attributes({"user": user, "image": image})
