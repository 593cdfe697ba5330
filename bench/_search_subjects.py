"""The engines that `bench.search` compares: ours, LanceDB's exact search, NumPy by the book.

Each is written to a folder once, opened from there, and asked for the ten nearest vectors.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gloss.search.corpus import Corpus
from gloss.search.exact import nearest
from gloss.search.model import EVERYTHING, Entry, Vector
from gloss.search.segment import Segment

Vectors = NDArray[np.float32]
Query = Callable[[Vectors], Sequence[str]]

DIMENSIONS: Final = 512
NEAREST: Final = 10
_TOPICS: Final = 1000
_BATCH: Final = 8192
_MODEL: Final = "bench"
_MOMENT: Final = "2026-11-20T12:00:00Z"


def dataset(count: int, queries: int) -> tuple[Vectors, Vectors]:
    """Unit vectors around a thousand topics, and queries from the same distribution; the same at every run.

    Rounded to half precision, as the product stores them: all engines get the very same numbers.
    """
    random = np.random.default_rng(7)
    topics = random.standard_normal((_TOPICS, DIMENSIONS), np.float32)
    picked = random.integers(0, _TOPICS, count + queries)
    vectors = topics[picked] + random.standard_normal((count + queries, DIMENSIONS), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rounded = vectors.astype(np.float16).astype(np.float32)
    return rounded[:count], rounded[count:]


def name(row: int) -> str:
    return f"{row:036d}"


class Gloss:
    """Packed segments as the search function loads them; the query as its vector index runs it."""

    @staticmethod
    def write(folder: Path, vectors: Vectors) -> None:
        for number, start in enumerate(range(0, len(vectors), _BATCH)):
            entries = [
                Entry(name(row), _MOMENT, _MOMENT, "", vector=Vector(data.tobytes(), _MODEL, ""))
                for row, data in enumerate(vectors[start : start + _BATCH].astype("<f2"), start)
            ]
            for part, data in zip(("rows", "vectors"), Segment.of(entries).to_bytes(), strict=True):
                (folder / f"{number:04}.{part}").write_bytes(data)

    @staticmethod
    def open(folder: Path) -> Query:
        corpus = Corpus("bench")
        for rows in sorted(folder.glob("*.rows")):
            corpus.append(Segment.from_bytes(rows.read_bytes(), rows.with_suffix(".vectors").read_bytes()))

        def query(vector: Vectors) -> list[str]:
            mask = corpus.mask(EVERYTHING)
            matches = nearest(corpus, vector, model=_MODEL, limit=NEAREST, mask=mask)
            return [match.image for match in matches]

        return query


class LanceDb:
    """A table without an index, which is LanceDB's exact search; it reads the table at every query."""

    @staticmethod
    def write(folder: Path, vectors: Vectors) -> None:
        pyarrow: Any = importlib.import_module("pyarrow")
        numbers = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(vectors.ravel()), DIMENSIONS)
        names = pyarrow.array([name(row) for row in range(len(vectors))])
        table = pyarrow.table({"image": names, "vector": numbers})
        importlib.import_module("lancedb").connect(folder).create_table("bench", table)

    @staticmethod
    def open(folder: Path) -> Query:
        table = importlib.import_module("lancedb").connect(folder).open_table("bench")

        def query(vector: Vectors) -> list[str]:
            found = (
                table.search(vector)
                .distance_type("dot")
                .select(["image", "_distance"])
                .limit(NEAREST)
                .to_arrow()
            )
            names: list[str] = found["image"].to_pylist()
            return names

        return query


class NumPy:
    """One matrix, one product, one partition."""

    @staticmethod
    def write(folder: Path, vectors: Vectors) -> None:
        np.save(folder / "vectors.npy", vectors)

    @staticmethod
    def open(folder: Path) -> Query:
        matrix = np.load(folder / "vectors.npy")

        def query(vector: Vectors) -> list[str]:
            scores = matrix @ vector
            rows = np.argpartition(-scores, NEAREST)[:NEAREST]
            return [name(int(row)) for row in rows[np.argsort(-scores[rows])]]

        return query


SUBJECTS: Final[Mapping[str, Any]] = MappingProxyType({"gloss": Gloss, "lancedb": LanceDb, "numpy": NumPy})


def available() -> Iterator[str]:
    """The subjects that are installed here."""
    for subject in SUBJECTS:
        if subject == "lancedb" and find_spec("lancedb") is None:
            continue
        yield subject


def truth(vectors: Vectors, queries: Vectors) -> list[list[str]]:
    """The ten nearest in double precision."""
    scores = queries.astype(np.float64) @ vectors.astype(np.float64).T
    return [[name(int(row)) for row in np.argsort(-line, kind="stable")[:NEAREST]] for line in scores]
