"""The packed index: segments as objects, so that a cold function loads a library without reading its rows."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gloss.dynamodb import ConditionFailed
from gloss.ids import new_id
from gloss.search.manifest import Manifest, Manifests, Objects, key
from gloss.search.segment import Segment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PARALLEL: Final = 8


class Pack(Manifests):
    """``vectors=False`` reads everything but the vectors, where another engine has them."""

    def __init__(
        self, client: "DynamoDBClient", table: str, objects: Objects, *, vectors: bool = True
    ) -> None:
        super().__init__(client, table, objects)
        self._vectors = vectors

    def load(self, user: str, names: Sequence[str]) -> Iterator[Segment | None]:
        """The segments in this order, read side by side; ``None`` for one that is not there."""
        with ThreadPoolExecutor(_PARALLEL) as readers:
            yield from readers.map(lambda name: self._load(user, name), names)

    def _load(self, user: str, name: str) -> Segment | None:
        rows = self._objects.get(key(user, name, "rows"))
        vectors = self._objects.get(key(user, name, "vectors")) if self._vectors else None
        if rows is None or (self._vectors and vectors is None):
            return None
        return Segment.from_bytes(rows, vectors)

    def write(self, user: str, before: Manifest, segments: Sequence[Segment], after: Manifest) -> Manifest:
        """Store the segments and replace the manifest by ``after`` with them behind its own.

        Raises:
            ConditionFailed: somebody else has packed since ``before`` was read.
        """
        names = [self._store(user, segment) for segment in segments]
        try:
            return self.replace(user, before, replace(after, segments=(*after.segments, *names)))
        except ConditionFailed:
            self.remove(user, names)
            raise

    def _store(self, user: str, segment: Segment) -> str:
        name = new_id()
        rows, vectors = segment.to_bytes()
        self._objects.put(key(user, name, "rows"), rows)
        self._objects.put(key(user, name, "vectors"), vectors)
        return name
