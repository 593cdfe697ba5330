"""Imports: started, listed, shown with what became of each file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gloss.clock import Clock, iso
from gloss.errors import AddressRefused, ImportNotFound
from gloss.ids import is_id, new_id
from gloss.sources.guard import AddressGuard
from gloss.sources.imports import Import
from gloss.sources.intake import Intake
from gloss.sources.model import Entry, file_name
from gloss.sources.views import ImportDetails, ImportPage, ImportRequest, ImportView

RECENT: Final = 25


@dataclass(frozen=True, slots=True)
class Imports:
    intake: Intake
    guard: AddressGuard
    clock: Clock

    def start(self, user: str, request: ImportRequest) -> ImportView:
        """Reserve a credit per address and enqueue the fetches.

        Raises:
            AddressRefused: an address has a form that is not called.
            QuotaExceeded: fewer credits are left than addresses were named.
        """
        made = Import(user, new_id(), request.source, iso(self.clock()))
        return ImportView.of(self.intake.start(made, self._entries(request.urls)))

    def _entries(self, urls: Sequence[str]) -> list[Entry]:
        """Each address once. What they lead to is looked at when they are called."""
        for position, url in enumerate(urls):
            try:
                self.guard.origin(url)
            except AddressRefused as refusal:
                raise AddressRefused(refusal.message, field=f"urls.{position}") from refusal
        return [Entry(url, file_name(url)) for url in dict.fromkeys(urls)]

    def recent(self, user: str) -> ImportPage:
        found = self.intake.imports.recent(user, RECENT)
        return ImportPage(imports=[ImportView.of(one) for one in found])

    def show(self, user: str, import_id: str) -> ImportDetails:
        """Raises ``ImportNotFound`` where there is no such import of this user."""
        found = self.intake.imports.get(user, import_id) if is_id(import_id) else None
        if found is None:
            raise ImportNotFound
        images = self.intake.images.many(user, (file.image for file in found.files))
        return ImportDetails.with_images(found, images)
