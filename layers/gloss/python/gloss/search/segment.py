"""An immutable batch of changes, column by column, as it lies in memory and in the packed index."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from math import prod
from typing import Any, Final, Self, cast

import numpy as np
from numpy.typing import NDArray

from gloss.embed.codec import BYTES_PER_DIMENSION
from gloss.imaging.perception import cielab
from gloss.records import dataclass
from gloss.search.model import SWATCHES, Change, Entry, micros, unpack_palette
from gloss.search.postings import DROPPED, Remap, Terms, Words
from gloss.search.words import fold_value

Arrays = Mapping[str, NDArray[Any]]
Floats = NDArray[np.float32]

_ID: Final = "S64"

_LINE: Final = 64
"""Bytes of a cache line."""


@dataclass(frozen=True, slots=True)
class VectorBlock:
    """Vectors of one model and length: ``matrix[i]`` belongs to row ``rows[i]`` of the segment.

    The vectors have length 0 where another engine has them.
    """

    model: str
    rows: NDArray[np.uint32]
    matrix: Floats


@dataclass(frozen=True, slots=True)
class Segment:
    """``changed`` and ``created`` in microseconds; ``palettes`` holds L, a, b and share of five swatches."""

    images: NDArray[np.bytes_]
    changed: NDArray[np.int64]
    created: NDArray[np.int64]
    gone: NDArray[np.bool_]
    palettes: Floats
    facets: Terms
    words: Words
    blocks: Sequence[VectorBlock]

    def __len__(self) -> int:
        return len(self.images)

    @classmethod
    def of(cls, changes: Sequence[Change]) -> Self:
        entries = [change if isinstance(change, Entry) else None for change in changes]
        return cls(
            images=np.array([change.image.encode() for change in changes], _ID),
            changed=np.array([micros(change.changed_at) for change in changes], np.int64),
            created=np.array([micros(entry.created_at) if entry else 0 for entry in entries], np.int64),
            gone=np.array([entry is None for entry in entries], np.bool_),
            palettes=_palettes(entries),
            facets=_facets(entries),
            words=Words.of(entries),
            blocks=_blocks(entries),
        )

    @classmethod
    def merged(cls, parts: Sequence[tuple[Self, NDArray[np.bool_]]]) -> Self:
        """The rows that are marked in each of at least one part, in their order, as one segment."""
        remaps = _remaps([kept for _, kept in parts])
        numbered = list(zip((segment for segment, _ in parts), remaps, strict=True))

        def column(name: str) -> NDArray[Any]:
            return np.concatenate([getattr(segment, name)[kept] for segment, kept in parts])

        return cls(
            images=column("images"),
            changed=column("changed"),
            created=column("created"),
            gone=column("gone"),
            palettes=column("palettes"),
            facets=Terms.merged([(segment.facets, numbers) for segment, numbers in numbered])[0],
            words=Words.merged([(segment.words, numbers) for segment, numbers in numbered]),
            blocks=_merged_blocks(numbered),
        )

    def to_bytes(self) -> tuple[bytes, bytes]:
        """Everything but the vectors, and the vectors, each as an NPZ file; vectors in half precision."""
        rows: dict[str, NDArray[Any]] = {
            "images": self.images,
            "changed": self.changed,
            "created": self.created,
            "gone": self.gone,
            "palettes": self.palettes.astype(np.float16),
            "counts": self.words.counts,
            "lengths": self.words.lengths,
            **self.facets.arrays("facets"),
            **self.words.terms.arrays("terms"),
        }
        vectors: dict[str, NDArray[Any]] = {}
        for number, block in enumerate(self.blocks):
            rows[f"model{number}"] = np.frombuffer(block.model.encode(), np.uint8)
            rows[f"rows{number}"] = block.rows
            vectors[f"matrix{number}"] = block.matrix.astype(np.float16)
        return _npz(rows), _npz(vectors)

    @classmethod
    def from_bytes(cls, rows: bytes, vectors: bytes | None = None) -> Self:
        """``vectors`` is left out where another engine has them; whose they are is known all the same."""
        with np.load(BytesIO(rows), allow_pickle=False) as arrays:
            return cls(
                images=arrays["images"],
                changed=arrays["changed"],
                created=arrays["created"],
                gone=arrays["gone"],
                palettes=arrays["palettes"].astype(np.float32),
                facets=Terms.from_arrays("facets", arrays),
                words=Words(Terms.from_arrays("terms", arrays), arrays["counts"], arrays["lengths"]),
                blocks=tuple(_stored_blocks(arrays, vectors)),
            )


def facet(kind: str, value: str) -> str:
    """The term that a filter looks for."""
    return f"{kind}:{fold_value(value)}"


def aligned(shape: tuple[int, ...]) -> Floats:
    """An array that begins with a cache line: products of large matrices take a tenth less time."""
    size = prod(shape) * np.dtype(np.float32).itemsize
    memory = np.empty(size + _LINE, np.uint8)
    start = -memory.ctypes.data % _LINE
    return memory[start : start + size].view(np.float32).reshape(shape)


def _facets(entries: Sequence[Entry | None]) -> Terms:
    rows_of: dict[str, list[int]] = {}
    for row, entry in enumerate(entries):
        for term in sorted(_facets_of(entry)) if entry else ():
            rows_of.setdefault(term, []).append(row)
    return Terms.of(rows_of)


def _facets_of(entry: Entry) -> set[str]:
    parts = entry.language.split("-")
    languages = ("-".join(parts[:count]) for count in range(1, len(parts) + 1))
    return {
        facet("source", entry.source),
        *(facet("language", language) for language in languages),
        *(facet("tag", tag) for tag in entry.tags),
    }


def _palettes(entries: Sequence[Entry | None]) -> Floats:
    """Swatches that a palette does not have keep the share 0."""
    colours = np.zeros((len(entries), SWATCHES, 4))
    for row, entry in enumerate(entries):
        for place, swatch in enumerate(unpack_palette(entry.palette if entry else b"")):
            colours[row, place] = swatch
    flat = colours.reshape(-1, 4)
    flat[:, :3] = cielab(flat[:, :3])
    return colours.astype(np.float32)


def _blocks(entries: Sequence[Entry | None]) -> tuple[VectorBlock, ...]:
    groups: dict[tuple[str, int], list[tuple[int, bytes]]] = {}
    for row, entry in enumerate(entries):
        if entry and entry.vector:
            vector = entry.vector
            groups.setdefault((vector.model, len(vector.data)), []).append((row, vector.data))
    return tuple(
        VectorBlock(
            model,
            np.array([row for row, _ in group], np.uint32),
            _widened(
                np.frombuffer(bytearray().join(data for _, data in group), "<f2").reshape(
                    len(group), length // BYTES_PER_DIMENSION
                )
            ),
        )
        for (model, length), group in groups.items()
    )


def _remaps(keeps: Sequence[NDArray[np.bool_]]) -> Iterator[Remap]:
    first = 0
    for kept in keeps:
        yield np.where(kept, first + np.cumsum(kept) - 1, DROPPED)
        first += int(np.count_nonzero(kept))


def _merged_blocks(parts: Sequence[tuple[Segment, Remap]]) -> tuple[VectorBlock, ...]:
    groups: dict[tuple[str, int], list[tuple[Remap, Floats]]] = {}
    for segment, numbers in parts:
        for block in segment.blocks:
            rows = numbers[block.rows]
            kept = rows != DROPPED
            group = groups.setdefault((block.model, block.matrix.shape[1]), [])
            group.append((rows[kept], block.matrix[kept]))
    return tuple(
        VectorBlock(
            model,
            np.concatenate([rows for rows, _ in group]).astype(np.uint32),
            _joined([matrix for _, matrix in group]),
        )
        for (model, _), group in groups.items()
    )


def _joined(matrices: Sequence[Floats]) -> Floats:
    whole = aligned((sum(map(len, matrices)), matrices[0].shape[1]))
    return np.concatenate(matrices, out=whole)


def _stored_blocks(rows: Arrays, vectors: bytes | None) -> Iterator[VectorBlock]:
    matrices = _matrices(vectors) if vectors else {}
    number = 0
    while f"model{number}" in rows:
        owners = rows[f"rows{number}"]
        matrix = matrices.get(f"matrix{number}", np.empty((len(owners), 0), np.float32))
        yield VectorBlock(rows[f"model{number}"].tobytes().decode(), owners, matrix)
        number += 1


def _matrices(data: bytes) -> dict[str, Floats]:
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        return {name: _widened(arrays[name]) for name in arrays.files}


def _widened(halves: NDArray[Any]) -> Floats:
    matrix = aligned(halves.shape)
    matrix[...] = halves
    return matrix


def _npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    file = BytesIO()
    np.savez(file, **cast("dict[str, Any]", arrays))
    return file.getvalue()
