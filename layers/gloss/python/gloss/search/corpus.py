"""One user's library in memory: a log of changes in segments, and which of its rows count at which moment.

Rows are never changed. A row counts from its own change until the next one of the same image, so that a
reader may go on looking at the moment at which it began (multi-version concurrency).
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gloss.search.colours import share_within
from gloss.search.model import Change, Filters, NearColour, Selection, micros
from gloss.search.segment import Segment, VectorBlock, aligned, facet

Mask = NDArray[np.bool_]
Scores = NDArray[np.float32]

ABSENT: Final = np.float32(-np.inf)
"""The score of a row that is no candidate."""

_FOREVER: Final = np.iinfo(np.int64).max
_NEVER: Final = -1
_MAX_LOOSE: Final = 8
"""Young segments that are kept apart before they are made one."""

_ROUNDING: Final = 1e-5
"""More than the fast similarities can be wrong: sums of 32-bit numbers, in whatever order they come."""

_RECKONED: Final = 4096
"""Rows whose similarity is computed again at once."""


class Corpus:
    """``refreshed_at`` is the moment up to which changes are known (microseconds).

    ``looked_back_at`` is when changes were last looked for that appear late.
    ``scan_after`` is set while the library has not been read to its end: the last image that was read.
    """

    def __init__(self, user: str, refreshed_at: int = 0, scan_after: str | None = None) -> None:
        self.user = user
        self.refreshed_at = refreshed_at
        self.looked_back_at = 0
        self.scan_after = scan_after
        self.segments: list[Segment] = []
        self.loose: list[Change] = []
        self.changed: NDArray[np.int64] = np.empty(0, np.int64)
        self.died: NDArray[np.int64] = np.empty(0, np.int64)
        self.created: NDArray[np.int64] = np.empty(0, np.int64)
        self.images: NDArray[np.bytes_] = np.empty(0, "S64")
        self._numbers: NDArray[np.intp] = np.empty(0, np.intp)
        self._number_of: dict[bytes, int] = {}
        self._latest: list[int] = []
        self._sealed = 0
        self._masked: tuple[Selection, Mask] | None = None

    def __len__(self) -> int:
        """Images that can be found now."""
        return int(np.count_nonzero(self.died == _FOREVER))

    @property
    def rows(self) -> int:
        return len(self.images)

    @property
    def stamp(self) -> int:
        """The time of the last change that is known."""
        return int(self.changed.max(initial=0))

    @property
    def nbytes(self) -> int:
        return sum(
            segment.palettes.nbytes
            + segment.words.terms.rows.nbytes * 2
            + segment.images.nbytes * 2
            + sum(block.matrix.nbytes for block in segment.blocks)
            for segment in self.segments
        )

    # Taking in

    def append(self, segment: Segment) -> None:
        """A segment of the packed index; the next one's changes are the younger ones."""
        self._take(segment)
        self._sealed = len(self.segments)

    def apply(self, changes: Sequence[Change]) -> None:
        """Changes that are in no packed segment yet."""
        if not changes:
            return
        self.loose += changes
        self._take(Segment.of(changes))
        if len(self.segments) - self._sealed > _MAX_LOOSE:
            self.segments[self._sealed :] = [Segment.of(self.loose)]

    def seal(self) -> Segment | None:
        """Make all loose changes one segment, which counts as packed from now on."""
        if not self.loose:
            return None
        young = self.segments[self._sealed :]
        segment = young[0] if len(young) == 1 else Segment.of(self.loose)
        self.segments[self._sealed :] = [segment]
        self._sealed += 1
        self.loose = []
        return segment

    def compacted(self, size: int) -> list[Segment]:
        """What can be found now, in segments of about ``size`` rows; nothing may be loose."""
        done: list[Segment] = []
        group: list[tuple[Segment, Mask]] = []
        for first, segment in self.parts():
            group.append((segment, self.died[first : first + len(segment)] == _FOREVER))
            if sum(int(np.count_nonzero(kept)) for _, kept in group) >= size:
                done.append(Segment.merged(group))
                group = []
        return [*done, Segment.merged(group)] if group else done

    def _take(self, segment: Segment) -> None:
        first = self.rows
        self.segments.append(segment)
        self.images = np.concatenate([self.images, segment.images])
        self.changed = np.concatenate([self.changed, segment.changed])
        self.created = np.concatenate([self.created, segment.created])
        self.died = np.concatenate([self.died, np.where(segment.gone, _NEVER, _FOREVER)])
        numbers = [self._number(image, row) for row, image in enumerate(segment.images.tolist(), first)]
        self._numbers = np.concatenate([self._numbers, np.array(numbers, np.intp)])
        self._masked = None

    def _number(self, image: bytes, row: int) -> int:
        """The number that all rows of the image share; this one is its latest."""
        number = self._number_of.setdefault(image, len(self._latest))
        if number == len(self._latest):
            self._latest.append(row)
            return number
        before = self._latest[number]
        if self.died[before] == _FOREVER:
            self.died[before] = self.changed[row]
        self._latest[number] = row
        return number

    # What is there

    def is_news(self, image: str, changed_at: str) -> bool:
        row = self._row(image)
        return row is None or int(self.changed[row]) != micros(changed_at)

    def has(self, image: str) -> bool:
        """Whether the image can be found now."""
        row = self._row(image)
        return row is not None and bool(self.died[row] == _FOREVER)

    def _row(self, image: str) -> int | None:
        number = self._number_of.get(image.encode())
        return None if number is None else self._latest[number]

    def of_these(self, images: Iterable[str]) -> Mask:
        """All rows of these images."""
        numbers = [number for image in images if (number := self._number_of.get(image.encode())) is not None]
        wanted = np.zeros(len(self._latest), np.bool_)
        wanted[np.array(numbers, np.intp)] = True
        rows: Mask = wanted[self._numbers]
        return rows

    def without_vector(self, model: str) -> int:
        """How many images have no vector of this model."""
        known = np.zeros(self.rows, np.bool_)
        for first, segment in self.parts():
            for block in segment.blocks:
                if block.model == model:
                    known[first + block.rows] = True
        return int(np.count_nonzero((self.died == _FOREVER) & ~known))

    def parts(self) -> Iterable[tuple[int, Segment]]:
        """Each segment with the number of its first row."""
        first = 0
        for segment in self.segments:
            yield first, segment
            first += len(segment)

    def names(self, rows: NDArray[np.intp]) -> list[str]:
        return [image.decode() for image in self.images[rows].tolist()]

    # Choosing

    def there(self, as_of: int | None = None) -> Mask:
        """The rows that count at a moment (microseconds), or now."""
        if as_of is None:
            now: Mask = self.died == _FOREVER
            return now
        then: Mask = (self.changed <= as_of) & (self.died > as_of)
        return then

    def mask(self, selection: Selection) -> Mask:
        """The rows that the selection lets through; to be read only, for the last one is remembered."""
        if self._masked is None or self._masked[0] != selection:
            mask = self.there(selection.as_of)
            self._filter(mask, selection.filters)
            if selection.only is not None:
                mask &= self.of_these(selection.only)
            if selection.never:
                mask &= ~self.of_these(selection.never)
            mask.flags.writeable = False
            self._masked = selection, mask
        return self._masked[1]

    def _filter(self, mask: Mask, filters: Filters) -> None:
        if filters.created_from is not None:
            mask &= self.created >= filters.created_from
        if filters.created_to is not None:
            mask &= self.created < filters.created_to
        wanted = [facet("tag", tag) for tag in filters.tags]
        wanted += [facet("language", filters.language)] if filters.language else []
        wanted += [facet("source", filters.source)] if filters.source else []
        for term in wanted:
            mask &= self._with(term)
        if filters.colour is not None:
            mask &= self.colour_shares(filters.colour) > 0

    def _with(self, term: str) -> Mask:
        rows = np.zeros(self.rows, np.bool_)
        for first, segment in self.parts():
            rows[first + segment.facets.rows_with(term)] = True
        return rows

    def similarities(self, vector: Sequence[float] | NDArray[Any], model: str) -> Scores:
        """The dot product of the vector with each row's, ``ABSENT`` for rows that have none to compare.

        The last digits depend on where a row stands; see :meth:`nearest`.
        """
        query = aligned((len(vector),))
        query[:] = vector
        scores = np.full(self.rows, ABSENT)
        for first, segment, block in self._blocks(model, len(query)):
            if len(block.rows) == len(segment):  # nearly always; a slice is much faster to write
                np.matmul(block.matrix, query, out=scores[first : first + len(segment)])
            else:
                scores[first + block.rows] = block.matrix @ query
        return scores

    def _blocks(self, model: str, dimensions: int) -> Iterable[tuple[int, Segment, VectorBlock]]:
        for first, segment in self.parts():
            for block in segment.blocks:
                if block.model == model and block.matrix.shape[1] == dimensions:
                    yield first, segment, block

    def nearest(
        self, vector: Sequence[float] | NDArray[Any], model: str, limit: int, mask: Mask
    ) -> tuple[NDArray[np.intp], Scores]:
        """The rows of the mask that are most similar, best first, as far as they have a vector to compare.

        What comes near the first is computed again, in double precision and each row by itself: equal
        vectors are equal then, and a library that lies in other segments has the same order.
        """
        scores = self.similarities(vector, model)
        scores[~mask] = ABSENT
        rows = _contenders(scores, limit, _ROUNDING)
        query = np.asarray(vector, np.float64)
        for start in range(0, len(rows), _RECKONED):
            part = rows[start : start + _RECKONED]
            for first, segment, block in self._blocks(model, len(query)):
                those = part[(part >= first) & (part < first + len(segment))]
                places = np.searchsorted(block.rows, those - first)
                scores[those] = (block.matrix[places] * query).sum(axis=1)
        best = self._in_order(rows, scores[rows])[:limit]
        return best, scores[best]

    def colour_shares(self, near: NearColour) -> Scores:
        """How much of each image has the colour (0 to 1)."""
        shares = [share_within(segment.palettes, near) for segment in self.segments]
        return np.concatenate(shares) if shares else np.empty(0, np.float32)

    def best(self, scores: Scores, limit: int) -> NDArray[np.intp]:
        """Rows by score, equal ones newest image first; never one that is ``ABSENT``."""
        rows = _contenders(scores, limit)
        return self._in_order(rows, scores[rows])[:limit]

    def _in_order(self, rows: NDArray[np.intp], scores: Scores) -> NDArray[np.intp]:
        newest_first = np.argsort(self.images[rows], kind="stable")[::-1]
        return rows[newest_first[np.argsort(-scores[newest_first], kind="stable")]]


def _contenders(scores: Scores, limit: int, slack: float = 0.0) -> NDArray[np.intp]:
    """Every row that is among the first ``limit``, or no more than ``slack`` behind them."""
    rows = np.flatnonzero(scores > ABSENT)
    if len(rows) <= limit:
        return rows
    found = scores[rows]
    cut = len(rows) - limit
    near: Mask = found >= np.partition(found, cut)[cut] - slack
    return rows[near]
