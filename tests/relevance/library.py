"""The library that relevance is measured on: four images of each scene, in different words, and the queries.

Everything is made from two committed texts, the same at every run. The four images of a scene differ as those
of a real library do: other titles and alt texts, fewer tags, no title, the name that a camera gave.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from gloss.describe.model import Metadata
from gloss.embed import codec
from gloss.embed.local import LocalEmbedder
from gloss.embed.model import Embedded, document_text
from gloss.search.model import Entry, Vector

_FOLDER: Final = Path(__file__).parent
_MOMENT: Final = "2026-11-20T12:00:00.000000Z"

ANSWERS, COMES_CLOSE = 2, 1


@dataclass(frozen=True, slots=True)
class Query:
    """``grades`` by scene: what it is worth to show an image of it."""

    text: str
    grades: Mapping[str, int]
    is_test: bool


def scene_of(image: str) -> str:
    return image.rpartition("#")[0]


def lines(name: str) -> Iterator[list[str]]:
    """The cells of every line that is no comment."""
    for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield [cell.strip() for cell in line.split("|")]


def queries() -> list[Query]:
    return [
        Query(text, {**_graded(close, COMES_CLOSE), **_graded(answers, ANSWERS)}, is_test=number % 2 == 1)
        for number, (text, answers, close) in enumerate(lines("judgements.txt"))
    ]


def _graded(names: str, grade: int) -> dict[str, int]:
    return {name.strip(): grade for name in names.split(",") if name.strip()}


def entries() -> list[Entry]:
    """All images with their vectors."""
    plain = [entry for cells in lines("scenes.txt") for entry in _images(*cells)]
    texts = [document_text(_metadata(entry), entry.file_name) for entry in plain]
    outcome = LocalEmbedder().embed(texts)
    assert isinstance(outcome, Embedded)
    return [
        replace(entry, vector=Vector(codec.encode(made.vector), made.model, made.text_hash))
        for entry, made in zip(plain, outcome.embeddings, strict=True)
    ]


def _images(*cells: str) -> Iterator[Entry]:
    scene, language, titles, alts, tags, file_name = cells
    first_title, second_title = (title.strip() for title in titles.split(" / "))
    first_alt, second_alt = (alt.strip() for alt in alts.split(" / "))
    every = tuple(tag.strip() for tag in tags.split(","))
    for number, (title, alt, some, name) in enumerate(
        [
            (first_title, first_alt, every, f"{file_name}.jpg"),
            (second_title, second_alt, every[1:], "IMG_2041.jpg"),
            (first_title, second_alt, every[:2], "DSC_0077.jpg"),
            ("", first_alt, every[-2:], f"{file_name}-2.jpg"),
        ]
    ):
        yield Entry(
            f"{scene}#{number}", _MOMENT, _MOMENT, name, title, alt, some, language=language, source="upload"
        )


def _metadata(entry: Entry) -> Metadata:
    return Metadata(title=entry.title, alt_text=entry.alt_text, tags=entry.tags, language=entry.language)
