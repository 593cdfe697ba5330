"""Listing a folder page by page, in the background. Every order may come twice.

What an import met of a folder is remembered in the transaction that takes it in, so a page that is read again
after a crash adds only what is missing.
"""

import logging
from collections.abc import Sequence
from typing import Final

from gloss.clock import Clock
from gloss.dynamodb import ConditionFailed
from gloss.errors import (
    Busy,
    FileTooLarge,
    GlossError,
    QuotaExceeded,
    SourceDisconnected,
    SourceRefused,
    SourceUnavailable,
)
from gloss.images.store import ImageStore
from gloss.records import dataclass
from gloss.sources.fetching import Sources
from gloss.sources.imports import ALREADY_IMPORTED, BATCH, MAX_FETCHES, Import, asked_pause, stands
from gloss.sources.intake import Batch, Intake
from gloss.sources.model import MAX_FILE_BYTES, Entry, Page, media_type
from gloss.sources.queue import ImportQueue
from gloss.sources.store import ImportStore

logger = logging.getLogger(__name__)

_TRIES: Final = 3
"""How often a batch is told apart anew because another import met one of its files meanwhile."""


@dataclass(frozen=True, slots=True)
class Listing:
    images: ImageStore
    imports: ImportStore
    intake: Intake
    queue: ImportQueue
    sources: Sources
    clock: Clock

    def turn_page(self, user: str, import_id: str) -> str:
        """Take in the next page of an import.

        What became of it: listing, listed, put off, stopped, superseded (no longer due).
        """
        found = self.imports.get(user, import_id)
        if found is None or found.status != "listing":
            return "superseded"
        try:
            done = self._turn(found)
        except ConditionFailed:
            return "superseded"
        logger.info("page listed", extra={"user": user, "import": import_id, "done": done})
        return done

    def _turn(self, found: Import) -> str:
        try:
            page = self.sources[found.source](found.user).page(found.folder, found.cursor)
        except (SourceDisconnected, SourceRefused) as refusal:
            return self._stop(found, refusal)
        except SourceUnavailable as fault:
            now = self.clock()
            asked = asked_pause(fault, found.created_at, now)
            if asked is None and found.tries >= MAX_FETCHES:
                return self._stop(found, fault)
            self._advance(found, found.put_off(now, asked))
            return "put off"
        return self._take_in(found, page)

    def _take_in(self, found: Import, page: Page) -> str:
        # By id: a source may name a file twice, a transaction may not.
        entries = list(
            {entry.external_id: entry for entry in page.entries if media_type(entry.name)}.values()
        )
        for start in range(0, len(entries), BATCH):
            try:
                found = self._add(found, entries[start : start + BATCH])
            except QuotaExceeded as refusal:
                return self._run_out(found, entries[start:], refusal)
        after = self._advance(found, found.moved(self.clock(), page.cursor))
        if after.cursor:
            self.queue.turn_page(found.user, found.id)
        return after.status

    def _run_out(self, found: Import, rest: Sequence[Entry], refusal: QuotaExceeded) -> str:
        """Credits for some of the rest of the page, the others reported; nothing further is listed."""
        left = int(str(refusal.details["remaining"]))
        for start in range(0, len(rest), BATCH):
            found = self._add(found, rest[start : start + BATCH], credits_left=left)
            left = 0
        return self._stop(found, refusal)

    def _add(self, found: Import, entries: Sequence[Entry], *, credits_left: int = BATCH) -> Import:
        for _ in range(_TRIES):
            batch = self._told_apart(found, entries, credits_left)
            try:
                return self.intake.add(found, batch)
            except ConditionFailed:
                now = self.imports.get(found.user, found.id)
                if now is None or now.revision != found.revision:
                    raise
        raise Busy

    def _told_apart(self, found: Import, entries: Sequence[Entry], credits_left: int) -> Batch:
        """What is new, what is skipped and why; what this import has met already is neither."""
        seen = self.imports.seen(found.user, found.source, (entry.external_id for entry in entries))
        images = self.images.many(found.user, {one.image for one in seen.values() if one.image})
        batch = Batch(seen)
        for entry in entries:
            before = seen.get(entry.external_id)
            same = before if before and before.fingerprint == entry.fingerprint else None
            if same and same.import_id == found.id:
                continue
            if same and stands(images.get(same.image)):
                batch.skip(entry, ALREADY_IMPORTED, same.image)
            elif entry.size > MAX_FILE_BYTES:
                batch.skip(entry, FileTooLarge.code)
            elif len(batch.new) >= credits_left:
                batch.skip(entry, QuotaExceeded.code)
            else:
                batch.new.append(entry)
        return batch

    def _stop(self, found: Import, refusal: GlossError) -> str:
        self._advance(found, found.stopped(refusal.code, refusal.message))
        logger.warning("import stopped", extra={"user": found.user, "import": found.id, "code": refusal.code})
        return "stopped"

    def _advance(self, before: Import, after: Import) -> Import:
        return self.imports.advance(before, after)
