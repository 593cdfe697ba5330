"""Imports: from addresses at once, from folders in the background; what became of each file."""

from collections.abc import Callable, Sequence
from typing import Final

from gloss.clock import Clock, iso
from gloss.errors import AddressRefused, ImportNotFound, InvalidCursor, SourceDisconnected
from gloss.ids import is_id, new_id
from gloss.records import dataclass
from gloss.settings.model import Connection
from gloss.sources.guard import AddressGuard
from gloss.sources.imports import Import, folder_import
from gloss.sources.intake import Intake
from gloss.sources.model import Entry, SourceName, file_name
from gloss.sources.views import ImportDetails, ImportPage, ImportRequest, ImportView

PAGES_SHOWN: Final = 5
"""Pages of files in one answer, of up to twenty files each."""

RECENT: Final = 25


@dataclass(frozen=True, slots=True)
class Imports:
    """``connection`` is a user's to a source, ``None`` where there is none."""

    intake: Intake
    guard: AddressGuard
    connection: Callable[[str, SourceName], Connection | None]
    clock: Clock

    def start(self, user: str, request: ImportRequest) -> ImportView:
        """Reserve a credit per address and enqueue the fetches; a folder is listed in the background.

        Raises:
            AddressRefused: an address has a form that is not called.
            QuotaExceeded: fewer credits are left than addresses were named.
            SourceDisconnected: the folder's source is not connected, or refuses its connection.
        """
        if request.urls is None:
            return ImportView.of(self._start_listing(user, request))
        made = Import(user, new_id(), request.source, "listed", iso(self.clock()))
        return ImportView.of(self.intake.start(made, self._entries(request.urls)))

    def _start_listing(self, user: str, request: ImportRequest) -> Import:
        connection = self.connection(user, request.source)
        if connection is None or connection.status == "refused":
            raise SourceDisconnected
        made = folder_import(user, request.source, request.folder, self.clock())
        self.intake.start_listing(made)
        return made

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

    def show(self, user: str, import_id: str, *, after: str | None) -> ImportDetails:
        """An import with a part of its files, those behind the page ``after``.

        Raises:
            ImportNotFound: there is no such import of this user.
            InvalidCursor: ``after`` is no page number.
        """
        found = self.intake.imports.get(user, import_id) if is_id(import_id) else None
        if found is None:
            raise ImportNotFound
        start = _page_number(after)
        pages = self.intake.imports.files(user, import_id, after=start, count=PAGES_SHOWN)
        files = [file for number in sorted(pages) for file in pages[number]]
        images = self.intake.images.many(user, {file.image for file in files if file.image})
        end = start + PAGES_SHOWN
        return ImportDetails.with_files(found, files, images, str(end) if found.pages > end else None)


def _page_number(after: str | None) -> int:
    if after is None:
        return 0
    if not (after.isascii() and after.isdecimal() and len(after) <= 6):  # noqa: PLR2004 - as pages are written
        raise InvalidCursor
    return int(after)
