"""An in-memory index of S3 Vectors with the methods of the boto3 client that the project calls.

It refuses what the service refuses: too many vectors at once, zeros, another length, too much metadata.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from mypy_boto3_s3vectors import S3VectorsClient

Answer = dict[str, Any]

_MAX_BATCH: Final = 500
_MAX_RESULTS: Final = 100
_FILTERABLE: Final = 2048
_METADATA: Final = 40 * 1024


class FakeS3Vectors:
    """``batches`` holds the size of every put and delete; ``page`` is what one listing gives."""

    def __init__(
        self, dimensions: int = 4, *, page: int = 500, unfilterable: Sequence[str] = ("entry",)
    ) -> None:
        self.vectors: dict[str, Answer] = {}
        self.batches: list[int] = []
        self.ignores_filters = False
        self._dimensions = dimensions
        self._page = page
        self._unfilterable = frozenset(unfilterable)

    @property
    def client(self) -> "S3VectorsClient":
        return cast("S3VectorsClient", self)

    def put_vectors(self, *, indexArn: str, vectors: Sequence[Answer]) -> Answer:  # noqa: N803 - boto3's names
        self._batch(vectors)
        for vector in vectors:
            self._check(vector)
            self.vectors[vector["key"]] = dict(vector)
        return {}

    def delete_vectors(self, *, indexArn: str, keys: Sequence[str]) -> Answer:  # noqa: N803
        self._batch(keys)
        for key in keys:
            self.vectors.pop(key, None)
        return {}

    def query_vectors(
        self,
        *,
        indexArn: str,  # noqa: N803
        topK: int,  # noqa: N803
        queryVector: Answer,  # noqa: N803
        filter: Answer,  # noqa: A002
        returnDistance: bool,  # noqa: N803
    ) -> Answer:
        assert 1 <= topK <= _MAX_RESULTS
        asked = self._numbers(queryVector)
        found = [
            {"key": key, "distance": 1 - _cosine(asked, vector["data"]["float32"])}
            for key, vector in self.vectors.items()
            if self.ignores_filters or matches(vector["metadata"], filter)
        ]
        return {"vectors": sorted(found, key=lambda one: cast("float", one["distance"]))[:topK]}

    def list_vectors(
        self,
        *,
        indexArn: str,  # noqa: N803
        returnMetadata: bool,  # noqa: N803
        nextToken: str = "0",  # noqa: N803
    ) -> Answer:
        start = int(nextToken)
        stop = start + self._page
        vectors = list(self.vectors.values())
        page = [{"key": one["key"], "metadata": one["metadata"]} for one in vectors[start:stop]]
        return {"vectors": page, **({"nextToken": str(stop)} if stop < len(vectors) else {})}

    def _batch(self, batch: Sequence[object]) -> None:
        assert 1 <= len(batch) <= _MAX_BATCH
        self.batches.append(len(batch))

    def _check(self, vector: Answer) -> None:
        self._numbers(vector["data"])
        filterable = {key: it for key, it in vector["metadata"].items() if key not in self._unfilterable}
        assert metadata_size(filterable) <= _FILTERABLE
        assert metadata_size(vector["metadata"]) <= _METADATA

    def _numbers(self, data: Answer) -> list[float]:
        numbers: list[float] = data["float32"]
        assert len(numbers) == self._dimensions
        assert any(numbers)
        return numbers


def metadata_size(metadata: Mapping[str, Any]) -> int:
    return len(json.dumps(metadata, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def matches(metadata: Mapping[str, Any], condition: Mapping[str, Any]) -> bool:
    """The part of the filter language that the project uses; a list matches where one of it does."""
    if "$and" in condition:
        return all(matches(metadata, part) for part in condition["$and"])
    ((key, test),) = condition.items()
    ((operator, wanted),) = test.items()
    values = metadata.get(key, [])
    return any(
        _holds(operator, value, wanted) for value in (values if isinstance(values, list) else [values])
    )


def _holds(operator: str, value: Any, wanted: Any) -> bool:
    if operator == "$eq":
        return bool(value == wanted)
    return bool(value >= wanted if operator == "$gte" else value <= wanted)


def _cosine(first: Sequence[float], second: Sequence[float]) -> float:
    dot = sum(a * b for a, b in zip(first, second, strict=True))
    return dot / (math.hypot(*first) * math.hypot(*second))
