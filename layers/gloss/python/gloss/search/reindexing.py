"""Bringing the index in line with the records: another embedding model, lost rows, left-over rows.

It takes no credit: the words were paid for, and only what has no vector of the present model is embedded.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any, Final

from gloss.describe.model import Failure, RateLimited
from gloss.dynamodb import ConditionFailed
from gloss.embed import codec
from gloss.embed.model import Embedder, document_text, text_hash
from gloss.images.model import Image
from gloss.images.store import Changes, ImageStore
from gloss.search.embedding import TextByText
from gloss.search.model import Change, Entry, Vector
from gloss.search.store import ChangeLog, VectorStore

PAGE: Final = 50
"""Images that are read, and embedded, at once."""

NEEDED_S: Final = 45.0
"""A page is begun only while there is more time than this: it may have to wait for an AI service."""


@dataclass
class Report:
    """What was done. ``before`` is the place to go on from; ``None`` once all of the library was seen.

    ``refused`` counts texts that the model does not take. ``failure`` is the code of what ended it early.
    """

    images: int = 0
    embedded: int = 0
    refused: int = 0
    refreshed: int = 0
    removed: int = 0
    before: str | None = None
    failure: str | None = None
    done: bool = False

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def needs_embedding(image: Image, vector: Vector | None, embedder: Embedder) -> bool:
    """Whether the image's words have no vector that this embedder would have made of them.

    It would not make one of a text that it refused before.
    """
    if vector is None or vector.model != embedder.model:
        return True
    if vector.data and vector.dimensions != embedder.dimensions:
        return True
    return vector.text_hash != text_hash(document_text(image.metadata, image.file_name))


class Reindexing:
    """``embedder_of`` says who embeds the words of an image's owner, ``forget`` has a library packed anew."""

    def __init__(
        self,
        images: ImageStore,
        rows: VectorStore,
        log: ChangeLog,
        embedder_of: Callable[[Image], Embedder],
        forget: Callable[[str], None],
    ) -> None:
        self._images = images
        self._rows = rows
        self._log = log
        self._embedder_of = embedder_of
        self._forget = forget

    def run(
        self,
        user: str,
        remaining_s: Callable[[], float],
        before: str | None = None,
        *,
        rebuild: bool = False,
    ) -> Report:
        """Go through a user's library, newest first, while there is time. Repeating it is harmless.

        ``rebuild``: once the rows are in line, what was packed of them and what warm functions remember is
        read anew as well.
        """
        report = Report(before=before)
        while remaining_s() > NEEDED_S:
            page, report.before = self._images.page(user, status=None, before=report.before, limit=PAGE)
            described = [image for image in page if image.is_described]
            report.failure = self._bring_in_line(user, described, report)
            if report.failure:
                return report
            report.images += len(described)
            if report.before is None:
                report.removed = self._remove_orphans(user)
                report.done = True
                if rebuild:
                    self._forget(user)
                return report
        return report

    def _bring_in_line(self, user: str, images: Sequence[Image], report: Report) -> str | None:
        """The code of what kept the images from being embedded; ``None`` where all are in line."""
        if not images:
            return None
        embedder = self._embedder_of(images[0])
        rows = {change.image: change for change in self._log.read(user, [image.image for image in images])}
        stale = []
        for image in images:
            vector = _vector(rows.get(image.image))
            if needs_embedding(image, vector, embedder):
                stale.append(image)
            elif _differs(image, rows[image.image]):
                report.refreshed += self._publish(image, vector)
        return self._embed(stale, embedder, report)

    def _embed(self, images: Sequence[Image], embedder: Embedder, report: Report) -> str | None:
        texts = [document_text(image.metadata, image.file_name) for image in images]
        work = TextByText(embedder)
        failure = work.embed(texts)
        for image, text, made in zip(images, texts, work.made, strict=False):  # fewer, where it failed
            if made is None:
                refused = Vector(b"", embedder.model, text_hash(text))
                report.refused += self._publish(image, refused)
            else:
                vector = Vector(codec.encode(made.vector), made.model, made.text_hash)
                report.embedded += self._publish(image, vector)
        return _code(failure) if failure else None

    def _publish(self, image: Image, vector: Vector | None) -> bool:
        """Row and record together; whoever changed the metadata meanwhile has written a newer row."""
        facts = vector.facts() if vector else None
        change = self._images.change(
            image.user,
            image.image,
            Changes(sets={"embedding": facts}),
            condition="#version = :based_on",
            values={":based_on": image.version},
        )
        try:
            self._images.apply_all([change, self._rows.publish(replace(image, embedding=facts), vector)])
        except ConditionFailed:
            return False
        return True

    def _remove_orphans(self, user: str) -> int:
        removed = 0
        for batch in _batches(self._log.rows(user), PAGE):
            images = self._images.many(user, [entry.image for entry in batch])
            for entry in batch:
                if entry.image not in images:
                    self._images.apply(self._rows.remove(user, entry.image))
                    removed += 1
        return removed


def _code(failure: Failure) -> str:
    return "RATE_LIMITED" if isinstance(failure, RateLimited) else failure.code


def _vector(row: Change | None) -> Vector | None:
    return row.vector if isinstance(row, Entry) else None


def _differs(image: Image, row: Change) -> bool:
    return row != Entry.of(image, _vector(row), row.changed_at)


def _batches(entries: Iterator[Entry], size: int) -> Iterator[list[Entry]]:
    while batch := list(islice(entries, size)):
        yield batch
