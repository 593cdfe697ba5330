"""The engine ``dynamodb``: exact, over the rows of the Vectors table, in the memory of the function."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from gloss.clock import Clock, iso, utc_now
from gloss.dynamodb import ConditionFailed, put, write_one
from gloss.search.corpora import Corpora
from gloss.search.corpus import Corpus, Mask
from gloss.search.model import EVERYTHING, Entry, Match, Selection
from gloss.search.store import ChangeLog, VectorStore, item_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ExactIndex:
    """Queries see the library as ``corpora`` last refreshed it; what is put here is seen at once."""

    narrows: Final = True
    reach: Final = None

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        corpora: Corpora,
        log: ChangeLog,
        clock: Clock = utc_now,
    ) -> None:
        self._client = client
        self._table = table
        self._corpora = corpora
        self._log = log
        self._clock = clock
        self._store = VectorStore(table, clock)

    def put(self, user: str, entries: Sequence[Entry]) -> None:
        """What is newer in the table, also that an image is gone, stays."""
        for entry in entries:
            self._write(user, entry, "attribute_not_exists(image) OR changed_at <= :changed_at")
        self._corpora.refresh(user)

    def restore(self, user: str, entries: Sequence[Entry]) -> int:
        """Bring back rows that are not there any more, as changes of now; how many those were."""
        now = iso(self._clock())
        return sum(
            self._write(user, replace(entry, changed_at=now), "attribute_not_exists(image)")
            for entry in entries
        )

    def _write(self, user: str, entry: Entry, condition: str) -> bool:
        values = {":changed_at": entry.changed_at} if ":changed_at" in condition else {}
        write = put(self._table, item_of(user, entry), condition=condition, values=values)
        try:
            write_one(self._client, write)
        except ConditionFailed:
            return False
        return True

    def remove(self, user: str, images: Sequence[str]) -> None:
        for image in images:
            write_one(self._client, self._store.remove(user, image))
        self._corpora.refresh(user)

    def query(
        self,
        user: str,
        vector: Sequence[float],
        *,
        model: str,
        limit: int,
        selection: Selection = EVERYTHING,
    ) -> list[Match]:
        corpus = self._corpora.loaded(user)
        return nearest(corpus, vector, model=model, limit=limit, mask=corpus.mask(selection))

    def entries(self, user: str) -> Iterator[Entry]:
        return self._log.rows(user)


def nearest(
    corpus: Corpus,
    vector: Sequence[float] | NDArray[np.float32],
    *,
    model: str,
    limit: int,
    mask: Mask,
) -> list[Match]:
    """The rows of the mask that are most similar, as far as they have a vector to compare."""
    rows, similarities = corpus.nearest(vector, model, limit, mask)
    return [
        Match(image, similarity)
        for image, similarity in zip(corpus.names(rows), similarities.tolist(), strict=True)
    ]
