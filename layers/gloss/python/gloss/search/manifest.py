"""Which packed segments make up a user's library, and the objects that they are: what needs no arrays.

The manifest is a row of the Vectors table and replaced under a condition, so that of two functions which pack
at once only one wins.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import ClientError

from gloss.clock import Clock, iso, utc_now
from gloss.dynamodb import ConditionFailed, from_attributes, put, to_attributes, write_one
from gloss.records import dataclass

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

FORMAT: Final = 1
"""To be counted up when the objects change their form; packed indexes of another form are made anew."""

MANIFEST: Final = "#index"
"""Stands where images have their id."""

_ATTEMPTS: Final = 10


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is packed of a user's library.

    All changes before ``sealed_to`` (microseconds) of the images up to ``scan_after`` (``None``: all images)
    are in the ``segments``, which are named in the order of their changes. ``forgotten_at`` is the time of
    the last wish to read everything anew; what was read before is not to be believed.
    """

    revision: int = 0
    segments: tuple[str, ...] = ()
    sealed_to: int = 0
    scan_after: str | None = None
    forgotten_at: str = ""


class Objects(Protocol):
    """Where packed segments lie."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, data: bytes) -> None: ...

    def delete(self, key: str) -> None: ...


class S3Objects:
    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def get(self, key: str) -> bytes | None:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise
        return answer["Body"].read()

    def put(self, key: str, data: bytes) -> None:
        self._client.put_object(Bucket=self._bucket, Key=key, Body=data)

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=key)


class Manifests:
    def __init__(self, client: "DynamoDBClient", table: str, objects: Objects) -> None:
        self._client = client
        self._table = table
        self._objects = objects

    def manifest(self, user: str) -> Manifest:
        """What is packed; as of long ago, where it is of another form, so that nobody believes it."""
        answer = self._client.get_item(
            TableName=self._table, Key=to_attributes({"user": user, "image": MANIFEST}), ConsistentRead=True
        )
        if "Item" not in answer:
            return Manifest()
        item = from_attributes(answer["Item"])
        return Manifest(
            item["revision"],
            tuple(item["segments"]),
            item["sealed_to"] if item["format"] == FORMAT else 0,
            item.get("scan_after"),
            item.get("changed_at", ""),
        )

    def forget(self, user: str, clock: Clock = utc_now) -> None:
        """Have everybody read the library anew from the rows, warm functions too.

        The manifest gets a time of change, so that it stands in the index where changes are looked for.
        """
        for left in reversed(range(_ATTEMPTS)):
            try:
                self.replace(user, self.manifest(user), Manifest(forgotten_at=iso(clock())))
            except ConditionFailed:  # somebody packed meanwhile
                if not left:
                    raise
            else:
                return

    def replace(self, user: str, before: Manifest, after: Manifest) -> Manifest:
        """The new manifest; objects that it does not name any more are removed.

        Raises:
            ConditionFailed: somebody else has packed since ``before`` was read.
        """
        item: dict[str, Any] = {
            "user": user,
            "image": MANIFEST,
            "format": FORMAT,
            "revision": before.revision + 1,
            "segments": list(after.segments),
            "sealed_to": after.sealed_to,
            "scan_after": after.scan_after,
        }
        if after.forgotten_at:
            item["changed_at"] = after.forgotten_at
        condition = "revision = :over" if before.revision else "attribute_not_exists(image)"
        values = {"values": {":over": before.revision}} if before.revision else {}
        write_one(self._client, put(self._table, item, condition=condition, **values))
        self.remove(user, [name for name in before.segments if name not in after.segments])
        return replace(after, revision=before.revision + 1)

    def remove(self, user: str, names: Iterable[str]) -> None:
        for name in names:
            for part in ("rows", "vectors"):
                self._objects.delete(key(user, name, part))


def key(user: str, name: str, part: str) -> str:
    return f"{user}/{name}.{part}.npz"
