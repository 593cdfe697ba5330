"""Finds folders whose listing nobody goes on with: an order got lost, or the source did not answer."""

from typing import Final

from gloss.clock import Clock
from gloss.due import SETTLED_MEANWHILE, Walk
from gloss.images.model import epoch
from gloss.records import dataclass
from gloss.sources.imports import MAX_FETCHES, id_of
from gloss.sources.queue import ImportQueue
from gloss.sources.store import ImportStore

PAGE: Final = 100
"""Imports of one shard that one sweep looks at; the rest is the next one's."""


@dataclass(frozen=True, slots=True)
class ImportSweep:
    imports: ImportStore
    queue: ImportQueue
    clock: Clock

    def run(self) -> dict[str, int]:
        """Do all that is due now; how often each thing was done."""
        done = Walk(self.imports.due, "import", PAGE, self.clock).run(self._look_at)
        return {f"import {what}": count for what, count in done.items()}

    def _look_at(self, user: str, entry: str) -> str:
        """The record moves first: should the message fail, it is due again later."""
        found = self.imports.get(user, id_of(entry))
        if found is None or found.due_at is None or found.due_at > epoch(self.clock()):
            return SETTLED_MEANWHILE
        if found.tries >= MAX_FETCHES:
            stopped = found.stopped("LISTING_BROKE_OFF", "Listing the folder broke off without an answer.")
            self.imports.advance(found, stopped)
            return "stopped"
        self.imports.advance(found, found.ordered_again(self.clock()))
        self.queue.turn_page(found.user, found.id)
        return "listed again"
