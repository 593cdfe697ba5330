"""An inverted index in arrays: which rows hold a term, and how often in which field."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gloss.records import dataclass
from gloss.search.model import TEXT_FIELDS, Entry
from gloss.search.words import field_terms

Rows = NDArray[np.uint32]
Counts = NDArray[np.uint8]

Remap = NDArray[np.int64]
"""The new number of each row of a part."""

DROPPED = -1

_MOST: int = np.iinfo(np.uint8).max
_SEPARATOR = "\n"


@dataclass(frozen=True, slots=True)
class Terms:
    """Sorted terms; those of number ``i`` lie at ``starts[i]`` to ``starts[i + 1]`` of the rows."""

    names: Sequence[str]
    starts: NDArray[np.uint32]
    rows: Rows

    @classmethod
    def of(cls, rows_of: Mapping[str, Sequence[int]]) -> Self:
        names = sorted(rows_of)
        sizes = [len(rows_of[name]) for name in names]
        starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.uint32)]).astype(np.uint32)
        rows = np.fromiter((row for name in names for row in rows_of[name]), np.uint32, sum(sizes))
        return cls(names, starts, rows)

    def span(self, term: str) -> slice:
        """Where the term's rows are; empty where no row holds it."""
        position = bisect_left(self.names, term)
        if position == len(self.names) or self.names[position] != term:
            return slice(0, 0)
        return slice(int(self.starts[position]), int(self.starts[position + 1]))

    def rows_with(self, term: str) -> Rows:
        return self.rows[self.span(term)]

    @classmethod
    def merged(cls, parts: Sequence[tuple[Self, Remap]]) -> tuple[Self, NDArray[np.int64]]:
        """All parts as one, each row under its new number; and the place that each kept row had before.

        Rows whose new number is ``DROPPED`` are left out. Places count through the rows of all parts.
        """
        found: defaultdict[str, list[NDArray[np.int64]]] = defaultdict(list)
        first = 0
        renamed: list[NDArray[np.int64]] = []
        for terms, numbers in parts:
            rows = numbers[terms.rows]
            renamed.append(rows)
            for name, start, stop in zip(terms.names, terms.starts[:-1], terms.starts[1:], strict=True):
                kept = np.flatnonzero(rows[start:stop] != DROPPED)
                if len(kept):
                    found[name].append(first + int(start) + kept)
            first += len(rows)
        names = sorted(found)
        places = [np.concatenate(found[name]) for name in names]
        starts = np.concatenate([[0], np.cumsum([len(place) for place in places])]).astype(np.uint32)
        order = np.concatenate(places) if places else np.empty(0, np.int64)
        every_row = np.concatenate(renamed) if renamed else np.empty(0, np.int64)
        return cls(names, starts, every_row[order].astype(np.uint32)), order

    def arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        names = np.frombuffer(_SEPARATOR.join(self.names).encode(), np.uint8)
        return {f"{prefix}_names": names, f"{prefix}_starts": self.starts, f"{prefix}_rows": self.rows}

    @classmethod
    def from_arrays(cls, prefix: str, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        text = arrays[f"{prefix}_names"].tobytes().decode()
        return cls(
            text.split(_SEPARATOR) if text else [],
            arrays[f"{prefix}_starts"].astype(np.uint32, copy=False),
            arrays[f"{prefix}_rows"].astype(np.uint32, copy=False),
        )


@dataclass(frozen=True, slots=True)
class Words:
    """Terms; ``counts``: how often each row has them in each field; ``lengths``: terms per row and field."""

    terms: Terms
    counts: Counts
    lengths: NDArray[np.uint16]

    @classmethod
    def of(cls, entries: Iterable[Entry | None]) -> Self:
        """The words of each row; a row of ``None`` has none."""
        rows_of: defaultdict[str, list[int]] = defaultdict(list)
        counts_of: defaultdict[str, list[Sequence[int]]] = defaultdict(list)
        lengths: list[Sequence[int]] = []
        for row, entry in enumerate(entries):
            fields = [field_terms(entry, name) if entry else [] for name in TEXT_FIELDS]
            lengths.append([len(terms) for terms in fields])
            for term, counts in _counts(fields).items():
                rows_of[term].append(row)
                counts_of[term].append(counts)
        terms = Terms.of(rows_of)
        flat = [counts for name in terms.names for counts in counts_of[name]]
        return cls(terms, _table(flat, _MOST).astype(np.uint8), _table(lengths, 0xFFFF).astype(np.uint16))

    @classmethod
    def merged(cls, parts: Sequence[tuple[Self, Remap]]) -> Self:
        """All parts as one; see :meth:`Terms.merged`."""
        terms, order = Terms.merged([(words.terms, numbers) for words, numbers in parts])
        counts = np.concatenate([words.counts for words, _ in parts])[order]
        lengths = np.concatenate([words.lengths[numbers != DROPPED] for words, numbers in parts])
        return cls(terms, counts, lengths)


def _counts(fields: Sequence[Sequence[str]]) -> dict[str, list[int]]:
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(fields))
    for number, terms in enumerate(fields):
        for term, count in Counter(terms).items():
            counts[term][number] = count
    return counts


def _table(rows: Sequence[Sequence[int]], most: int) -> NDArray[np.int64]:
    table = np.array(rows, np.int64).reshape(len(rows), len(TEXT_FIELDS))
    return np.minimum(table, most)
