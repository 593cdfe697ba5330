"""Turning files into images that wait for their bytes: credits first."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from botocore.exceptions import BotoCoreError, ClientError

from gloss.clock import Clock
from gloss.dynamodb import Write
from gloss.images.holds import open_work
from gloss.images.model import HOLD, Image
from gloss.images.store import ImageStore
from gloss.quota.service import Ledger
from gloss.settings.model import Terms
from gloss.sources.imports import File, Import, Seen, files_of, imported_image
from gloss.sources.model import Entry
from gloss.sources.queue import ImportQueue
from gloss.sources.store import ImportStore

logger = logging.getLogger(__name__)


@dataclass
class Batch:
    """Files of a folder, told apart; ``seen`` is what was met under their external ids before."""

    seen: Mapping[str, Seen]
    new: list[Entry] = field(default_factory=list)
    skipped: list[tuple[Entry, File]] = field(default_factory=list)

    def skip(self, entry: Entry, why: str, image: str = "") -> None:
        """``image`` is the one that the file became before."""
        file = File(entry.external_id, entry.name, image, skipped=why, path=entry.path)
        self.skipped.append((entry, file))


@dataclass(frozen=True, slots=True)
class Intake:
    images: ImageStore
    imports: ImportStore
    ledger: Ledger
    queue: ImportQueue
    terms: Callable[[str], Terms]
    clock: Clock

    def start(self, made: Import, entries: Sequence[Entry]) -> Import:
        """A new import with all its files: a record and a credit for each, all or none.

        Raises:
            QuotaExceeded: fewer credits are left; nothing was written.
        """
        terms = self.terms(made.user)
        images = self._images(made, entries, terms)
        after = replace(made, pages=1, images=len(images))
        page = self.imports.add_page(after, files_of(images))
        self._write(made, images, terms, [self.imports.create(after), page])
        return after

    def start_listing(self, made: Import) -> None:
        """A new import whose files are found in the background."""
        self.imports.apply(self.imports.create(made))
        with self._left_to_the_sweep(made.user):
            self.queue.turn_page(made.user, made.id)

    def add(self, found: Import, batch: Batch) -> Import:
        """One more part of a folder, in one transaction; the import after it.

        Raises:
            QuotaExceeded: fewer credits are left than files are new; nothing was written.
            ConditionFailed: the import moved on, or another one met one of the files meanwhile.
        """
        if not batch.new and not batch.skipped:
            return found
        terms = self.terms(found.user)
        images = self._images(found, batch.new, terms)
        files = [*files_of(images), *(file for _, file in batch.skipped)]
        after = replace(
            found,
            pages=found.pages + 1,
            images=found.images + len(images),
            skipped=found.skipped + len(batch.skipped),
            revision=found.revision + 1,
        )
        met = [(entry, image.image) for entry, image in zip(batch.new, images, strict=True)]
        met += [(entry, file.image) for entry, file in batch.skipped]
        memories = [
            self.imports.meet(
                found,
                Seen(entry.external_id, entry.fingerprint, image, found.id),
                before=batch.seen.get(entry.external_id),
            )
            for entry, image in met
        ]
        also = [self.imports.replaced(found, after), self.imports.add_page(after, files), *memories]
        self._write(found, images, terms, also)
        return after

    def _images(self, made: Import, entries: Sequence[Entry], terms: Terms) -> list[Image]:
        now = self.clock()
        return [imported_image(made, entry, terms, now) for entry in entries]

    def _write(self, made: Import, images: Sequence[Image], terms: Terms, also: Sequence[Write]) -> None:
        if not images:
            self.imports.apply_all(also)
            return
        self.ledger.reserve(
            made.user,
            "images",
            [open_work(image).reservation for image in images],
            ttl=HOLD,
            actor=made.user,
            reason="import",
            byok=terms.byok,
            also=[*(self.images.create(image) for image in images), *also],
        )
        self._enqueue(images)

    def _enqueue(self, images: Sequence[Image]) -> None:
        with self._left_to_the_sweep(images[0].user):
            for image in images:
                self.queue.fetch(image.user, image.image)

    @contextmanager
    def _left_to_the_sweep(self, user: str) -> Iterator[None]:
        """What cannot be sent now waits until it is found due."""
        try:
            yield
        except (ClientError, BotoCoreError):
            logger.warning("orders were left to the sweep", exc_info=True, extra={"user": user})
