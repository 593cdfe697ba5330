"""Turning files into images that wait for their bytes: credits first."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from botocore.exceptions import BotoCoreError, ClientError

from gloss.clock import Clock
from gloss.images.holds import open_work
from gloss.images.model import HOLD, Image
from gloss.images.store import ImageStore
from gloss.quota.service import Ledger
from gloss.settings.model import Terms
from gloss.sources.imports import Import, files_of, imported_image
from gloss.sources.model import Entry
from gloss.sources.queue import ImportQueue
from gloss.sources.store import ImportStore

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Intake:
    images: ImageStore
    imports: ImportStore
    ledger: Ledger
    queue: ImportQueue
    terms: Callable[[str], Terms]
    clock: Clock

    def start(self, made: Import, entries: Sequence[Entry]) -> Import:
        """The import with its files: a record and a credit for each, all or none.

        Raises:
            QuotaExceeded: fewer credits are left; nothing was written.
        """
        now, terms = self.clock(), self.terms(made.user)
        images = [imported_image(made, entry, terms, now) for entry in entries]
        after = replace(made, files=files_of(images))
        self.ledger.reserve(
            made.user,
            "images",
            [open_work(image).reservation for image in images],
            ttl=HOLD,
            actor=made.user,
            reason="import",
            byok=terms.byok,
            also=[self.imports.create(after), *(self.images.create(image) for image in images)],
        )
        self._enqueue(images)
        return after

    def _enqueue(self, images: Sequence[Image]) -> None:
        """What cannot be sent now waits until the sweep finds it due."""
        try:
            for image in images:
                self.queue.fetch(image.user, image.image)
        except (ClientError, BotoCoreError):
            logger.warning("orders were left to the sweep", exc_info=True, extra={"user": images[0].user})
