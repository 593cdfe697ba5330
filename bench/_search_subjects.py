"""The engines that `bench.search` compares: ours, LanceDB's exact search, NumPy by the book.

Each is written to a folder once, opened from there, and asked for the ten nearest vectors. `Described` and
`Coloured` have no peer: they ask a library that is described as ours are for a page of a search.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gloss.search.colours import near_hex
from gloss.search.corpus import Corpus
from gloss.search.exact import nearest
from gloss.search.hybrid import depth, rank
from gloss.search.model import EVERYTHING, Entry, Filters, Selection, Vector
from gloss.search.segment import Segment

Vectors = NDArray[np.float32]
Query = Callable[[Vectors], Sequence[str]]

DIMENSIONS: Final = 512
NEAREST: Final = 10
PAGE: Final = 25
_TOPICS: Final = 1000
_WORDS: Final = 20_000
_ZIPF: Final = 1.3
_PALETTE_BYTES: Final = 20
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


def pack(folder: Path, vectors: Vectors, entry: Callable[[int, bytes], Entry]) -> None:
    """The packed segments of a library, ``entry`` by entry."""
    for number, start in enumerate(range(0, len(vectors), _BATCH)):
        halves = vectors[start : start + _BATCH].astype("<f2")
        segment = Segment.of([entry(row, data.tobytes()) for row, data in enumerate(halves, start)])
        for part, data in zip(("rows", "vectors"), segment.to_bytes(), strict=True):
            (folder / f"{number:04}.{part}").write_bytes(data)


def load(folder: Path) -> Corpus:
    """As the search function does it, from the local disk."""
    corpus = Corpus("bench")
    for rows in sorted(folder.glob("*.rows")):
        corpus.append(Segment.from_bytes(rows.read_bytes(), rows.with_suffix(".vectors").read_bytes()))
    return corpus


class Gloss:
    """Vectors alone; the query as the vector index runs it."""

    @staticmethod
    def write(folder: Path, vectors: Vectors) -> None:
        def entry(row: int, data: bytes) -> Entry:
            return Entry(name(row), _MOMENT, _MOMENT, "", vector=Vector(data, _MODEL, ""))

        pack(folder, vectors, entry)

    @staticmethod
    def open(folder: Path) -> Query:
        corpus = load(folder)

        def query(vector: Vectors) -> list[str]:
            mask = corpus.mask(EVERYTHING)
            matches = nearest(corpus, vector, model=_MODEL, limit=NEAREST, mask=mask)
            return [match.image for match in matches]

        return query


class Described:
    """Images with title, alt text, tags, palette and vector; a page of hits by words and meaning.

    Words are drawn as often as in a language (Zipf, "Human Behavior and the Principle of Least Effort",
    1949), so some terms are in most images.
    """

    @staticmethod
    def write(folder: Path, vectors: Vectors) -> None:
        random = np.random.default_rng(11)

        def words(count: int) -> list[str]:
            return [f"word{number % _WORDS}" for number in random.zipf(_ZIPF, count).tolist()]

        def entry(row: int, data: bytes) -> Entry:
            return Entry(
                name(row),
                _MOMENT,
                _MOMENT,
                "IMG_0001.jpg",
                title=" ".join(words(5)),
                alt_text=" ".join(words(15)),
                tags=tuple(words(8)),
                language="en",
                source="upload",
                palette=random.bytes(_PALETTE_BYTES),
                vector=Vector(data, _MODEL, ""),
            )

        pack(folder, vectors, entry)

    @classmethod
    def open(cls, folder: Path) -> Query:
        corpus = load(folder)

        def query(vector: Vectors) -> list[str]:
            text, selection = words_of(vector), cls.selection(vector)
            matches = nearest(
                corpus, vector, model=_MODEL, limit=depth(PAGE + 1), mask=corpus.mask(selection)
            )
            return list(rank(corpus, text, selection, matches, PAGE + 1))

        return query

    @staticmethod
    def selection(_vector: Vectors) -> Selection:
        return EVERYTHING


class Coloured(Described):
    """The same among the images that have a colour, another one in every query."""

    @staticmethod
    def selection(vector: Vectors) -> Selection:
        return Selection(Filters(colour=near_hex(vector.tobytes()[:3].hex())))


def words_of(vector: Vectors) -> str:
    """Three words to look for together with a vector: a frequent one and two of any kind."""
    first, second, third = vector.view(np.uint32)[:3].tolist()
    return f"word{first % 20 + 1} word{second % _WORDS} word{third % _WORDS}"


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
WHOLE: Final[Mapping[str, Any]] = MappingProxyType({"described": Described, "coloured": Coloured})


def available() -> Mapping[str, Any]:
    """The subjects that are installed here and can be loaded."""
    return {name: subject for name, subject in SUBJECTS.items() if name != "lancedb" or _has_lancedb()}


@cache
def _has_lancedb() -> bool:
    try:
        importlib.import_module("lancedb")
        importlib.import_module("pyarrow")
    except Exception:  # noqa: BLE001 - whatever a package of others raises
        return False
    return True


def truth(vectors: Vectors, queries: Vectors) -> list[list[str]]:
    """The ten nearest in double precision."""
    scores = queries.astype(np.float64) @ vectors.astype(np.float64).T
    return [[name(int(row)) for row in np.argsort(-line, kind="stable")[:NEAREST]] for line in scores]
