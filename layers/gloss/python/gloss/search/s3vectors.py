"""The engine ``s3vectors``: Amazon S3 Vectors, one index for all users, for libraries too large for memory.

The caller's user is part of every key and of every filter, added here and nowhere else. The limits are those
of the service: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-limitations.html
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from gloss.search.model import EVERYTHING, Entry, Filters, Match, Selection, Vector, micros
from gloss.search.words import fold_value

if TYPE_CHECKING:
    from mypy_boto3_s3vectors import S3VectorsClient

MAX_PUT: Final = 500
MAX_DELETE: Final = 500
MAX_RESULTS: Final = 100
"""Matches that one query can have."""

MAX_FILTERABLE_BYTES: Final = 2_048
MAX_FILTER_TAGS: Final = 50
UNFILTERED: Final = "entry"
"""The metadata key that the index is created not to filter by; it holds the whole entry."""

_SECOND: Final = 1_000_000


class S3VectorsIndex:
    """``index`` is an ARN; entries whose vector has another length than its own are left out."""

    narrows: Final = False
    reach: Final = MAX_RESULTS

    def __init__(self, client: "S3VectorsClient", index: str, dimensions: int) -> None:
        self._client = client
        self._index = index
        self._dimensions = dimensions

    def put(self, user: str, entries: Sequence[Entry]) -> None:
        vectors = [vector for entry in entries if (vector := self._vector(user, entry))]
        for start in range(0, len(vectors), MAX_PUT):
            batch: Any = vectors[start : start + MAX_PUT]
            self._client.put_vectors(indexArn=self._index, vectors=batch)
        kept = {vector["key"] for vector in vectors}
        self.remove(user, [entry.image for entry in entries if _key(user, entry.image) not in kept])

    def remove(self, user: str, images: Sequence[str]) -> None:
        keys = [_key(user, image) for image in images]
        for start in range(0, len(keys), MAX_DELETE):
            batch = keys[start : start + MAX_DELETE]
            self._client.delete_vectors(indexArn=self._index, keys=batch)

    def query(
        self,
        user: str,
        vector: Sequence[float],
        *,
        model: str,
        limit: int,
        selection: Selection = EVERYTHING,
    ) -> list[Match]:
        """At most 100: the service gives no more. Knows neither the past nor single images to choose from."""
        if len(vector) != self._dimensions or not any(vector):
            return []
        answer = self._client.query_vectors(
            indexArn=self._index,
            topK=min(limit, MAX_RESULTS),
            queryVector={"float32": list(vector)},
            filter=_filter(user, model, selection.filters),
            returnDistance=True,
        )
        owned = f"{user}/"
        return [
            Match(found["key"].removeprefix(owned), 1 - found["distance"])
            for found in answer["vectors"]
            if found["key"].startswith(owned)
        ]

    def entries(self, user: str) -> Iterator[Entry]:
        """The service lists the vectors of all users only: for several of them, see :meth:`everything`."""
        return (entry for owner, entry in self.everything() if owner == user)

    def everything(self) -> Iterator[tuple[str, Entry]]:
        """Every entry with its user, in no particular order."""
        for found in self._listed(with_metadata=True):
            yield found["key"].partition("/")[0], _entry(found["metadata"])

    def images(self) -> Iterator[tuple[str, str]]:
        """User and image of every vector, in no particular order."""
        for found in self._listed(with_metadata=False):
            user, _, image = found["key"].partition("/")
            yield user, image

    def _listed(self, *, with_metadata: bool) -> Iterator[Mapping[str, Any]]:
        request: dict[str, Any] = {"indexArn": self._index, "returnMetadata": with_metadata}
        while True:
            answer = self._client.list_vectors(**request)
            yield from answer["vectors"]
            if not answer.get("nextToken"):
                return
            request["nextToken"] = answer["nextToken"]

    def _vector(self, user: str, entry: Entry) -> dict[str, Any] | None:
        """The vector as the service takes it; it refuses zeros, which stand for a text without a word."""
        numbers = entry.vector.numbers() if entry.vector else ()
        if entry.vector is None or len(numbers) != self._dimensions or not any(numbers):
            return None
        return {
            "key": _key(user, entry.image),
            "data": {"float32": list(numbers)},
            "metadata": {**filterable(user, entry, entry.vector.model), UNFILTERED: _whole(entry)},
        }


def filterable(user: str, entry: Entry, model: str) -> dict[str, Any]:
    """What queries filter by, at most 2 KB: tags that do not fit any more are left out."""
    parts = fold_value(entry.language).split("-")
    metadata: dict[str, Any] = {
        "user": user,
        "model": model,
        "source": fold_value(entry.source),
        "languages": ["-".join(parts[:count]) for count in range(1, len(parts) + 1)],
        "created": micros(entry.created_at) // _SECOND,
    }
    tags: list[str] = []
    for tag in map(fold_value, entry.tags[:MAX_FILTER_TAGS]):
        if _size({**metadata, "tags": [*tags, tag]}) > MAX_FILTERABLE_BYTES:
            break
        tags.append(tag)
    return {**metadata, "tags": tags} if tags else metadata


def _filter(user: str, model: str, filters: Filters) -> dict[str, Any]:
    conditions: list[dict[str, Any]] = [{"user": {"$eq": user}}, {"model": {"$eq": model}}]
    conditions += [{"tags": {"$eq": fold_value(tag)}} for tag in filters.tags]
    if filters.language:
        conditions.append({"languages": {"$eq": fold_value(filters.language)}})
    if filters.source:
        conditions.append({"source": {"$eq": fold_value(filters.source)}})
    if filters.created_from is not None:
        conditions.append({"created": {"$gte": filters.created_from // _SECOND}})
    if filters.created_to is not None:
        conditions.append({"created": {"$lte": filters.created_to // _SECOND}})
    return {"$and": conditions}


def _key(user: str, image: str) -> str:
    return f"{user}/{image}"


def _size(metadata: Mapping[str, Any]) -> int:
    return len(json.dumps(metadata, ensure_ascii=False).encode())


def _whole(entry: Entry) -> str:
    plain = asdict(entry)
    plain["palette"] = b64encode(entry.palette).decode()
    if entry.vector:
        plain["vector"]["data"] = b64encode(entry.vector.data).decode()
    return json.dumps(plain, ensure_ascii=False)


def _entry(metadata: Mapping[str, Any]) -> Entry:
    plain = json.loads(metadata[UNFILTERED])
    vector = plain.pop("vector")
    return Entry(
        **{**plain, "tags": tuple(plain["tags"]), "palette": b64decode(plain["palette"])},
        vector=Vector(b64decode(vector["data"]), vector["model"], vector["text_hash"]) if vector else None,
    )
