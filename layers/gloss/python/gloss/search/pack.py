"""The packed index: segments as objects, so that a cold function loads a library without reading its rows.

A manifest in the Vectors table lists a user's segments. It is replaced under a condition, so that of two
functions which pack at once only one wins; the objects of the other are removed again.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import ClientError

from gloss.dynamodb import ConditionFailed, from_attributes, put, to_attributes, write_one
from gloss.ids import new_id
from gloss.search.segment import Segment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

FORMAT: Final = 1
"""To be counted up when the objects change their form; packed indexes of another form are made anew."""

_MANIFEST: Final = "#index"
_PARALLEL: Final = 8


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is packed of a user's library.

    All changes before ``sealed_to`` (microseconds) of the images up to ``scan_after`` (``None``: all images)
    are in the ``segments``, which are named in the order of their changes.
    """

    revision: int = 0
    segments: tuple[str, ...] = ()
    sealed_to: int = 0
    scan_after: str | None = None


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


class Pack:
    """``vectors=False`` reads everything but the vectors, where another engine has them."""

    def __init__(
        self, client: "DynamoDBClient", table: str, objects: Objects, *, vectors: bool = True
    ) -> None:
        self._client = client
        self._table = table
        self._objects = objects
        self._vectors = vectors

    def manifest(self, user: str) -> Manifest:
        """What is packed; as of long ago, where it is of another form, so that nobody believes it."""
        answer = self._client.get_item(
            TableName=self._table, Key=to_attributes({"user": user, "image": _MANIFEST}), ConsistentRead=True
        )
        if "Item" not in answer:
            return Manifest()
        item = from_attributes(answer["Item"])
        sealed_to = item["sealed_to"] if item["format"] == FORMAT else 0
        return Manifest(item["revision"], tuple(item["segments"]), sealed_to, item.get("scan_after"))

    def load(self, user: str, names: Sequence[str]) -> Iterator[Segment | None]:
        """The segments in this order, read side by side; ``None`` for one that is not there."""
        with ThreadPoolExecutor(_PARALLEL) as readers:
            yield from readers.map(lambda name: self._load(user, name), names)

    def _load(self, user: str, name: str) -> Segment | None:
        rows = self._objects.get(_key(user, name, "rows"))
        vectors = self._objects.get(_key(user, name, "vectors")) if self._vectors else None
        if rows is None or (self._vectors and vectors is None):
            return None
        return Segment.from_bytes(rows, vectors)

    def write(self, user: str, before: Manifest, segments: Sequence[Segment], after: Manifest) -> Manifest:
        """Store the segments and replace the manifest by ``after`` with them behind its own.

        Objects that the new manifest does not name any more are removed.

        Raises:
            ConditionFailed: somebody else has packed since ``before`` was read.
        """
        names = [self._store(user, segment) for segment in segments]
        try:
            done = self._replace(user, replace(after, segments=(*after.segments, *names)), before.revision)
        except ConditionFailed:
            self._remove(user, names)
            raise
        self._remove(user, [name for name in before.segments if name not in done.segments])
        return done

    def _store(self, user: str, segment: Segment) -> str:
        name = new_id()
        rows, vectors = segment.to_bytes()
        self._objects.put(_key(user, name, "rows"), rows)
        self._objects.put(_key(user, name, "vectors"), vectors)
        return name

    def _replace(self, user: str, manifest: Manifest, over: int) -> Manifest:
        item: dict[str, Any] = {
            "user": user,
            "image": _MANIFEST,
            "format": FORMAT,
            "revision": over + 1,
            "segments": list(manifest.segments),
            "sealed_to": manifest.sealed_to,
            "scan_after": manifest.scan_after,
        }
        condition = "revision = :over" if over else "attribute_not_exists(image)"
        values = {"values": {":over": over}} if over else {}
        write_one(self._client, put(self._table, item, condition=condition, **values))
        return replace(manifest, revision=over + 1)

    def forget(self, user: str) -> None:
        """Let the index be packed anew from the rows when it is next needed."""
        manifest = self.manifest(user)
        if manifest.segments:
            self.write(user, manifest, (), Manifest())

    def _remove(self, user: str, names: Iterable[str]) -> None:
        for name in names:
            for part in ("rows", "vectors"):
                self._objects.delete(_key(user, name, part))


def _key(user: str, name: str, part: str) -> str:
    return f"{user}/{name}.{part}.npz"
