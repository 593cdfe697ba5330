"""A source in memory, which behaves as the others do."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from gloss.errors import EmptyFile, FileTooLarge, SourceRefused
from gloss.sources.model import Entry, Fetched, Folder, Page, SourceName, file_name


@dataclass
class MemorySource:
    """``files`` by path; ``per_page`` of them are listed at once."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    per_page: int = 2
    name: SourceName = "dropbox"

    def page(self, folder: Folder, cursor: str | None) -> Page:
        prefix = folder.path.rstrip("/") + "/"
        paths = sorted(path for path in self.files if path.startswith(prefix))
        if not paths and folder.path:
            raise SourceRefused("There is no such folder.", path=folder.path)
        if not folder.recursive:
            paths = [path for path in paths if "/" not in path.removeprefix(prefix)]
        start = int(cursor or 0)
        end = start + self.per_page
        entries = [self._entry(path) for path in paths[start:end]]
        return Page(entries, str(end) if end < len(paths) else None)

    def fetch(self, external_id: str, limit: int) -> Fetched:
        if external_id not in self.files:
            raise SourceRefused("There is no such file.")
        data = self.files[external_id]
        if len(data) > limit:
            raise FileTooLarge(limit=limit)
        if not data:
            raise EmptyFile
        return Fetched(data, _fingerprint(data))

    def _entry(self, path: str) -> Entry:
        data = self.files[path]
        return Entry(path, file_name(path), len(data), _fingerprint(data), path)


def _fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
