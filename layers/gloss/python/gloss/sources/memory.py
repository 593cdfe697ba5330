"""A source in memory, which behaves as the others do."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from gloss.errors import EmptyFile, FileTooLarge, SourceRefused
from gloss.sources.model import Fetched, SourceName


@dataclass
class MemorySource:
    """``files`` by external id."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    name: SourceName = "url"

    def fetch(self, external_id: str, limit: int) -> Fetched:
        if external_id not in self.files:
            raise SourceRefused("There is no such file.")
        data = self.files[external_id]
        if len(data) > limit:
            raise FileTooLarge(limit=limit)
        if not data:
            raise EmptyFile
        return Fetched(data, hashlib.sha256(data).hexdigest())
