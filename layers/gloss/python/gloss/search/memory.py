"""The engine that keeps everything in the process: the plainest statement of what an index does."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from gloss.search.model import EVERYTHING, Entry, Filters, Match, Selection, micros
from gloss.search.words import fold_value


class MemoryIndex:
    """Knows neither colours nor the past."""

    narrows: Final = False
    reach: Final = None

    def __init__(self) -> None:
        self._entries: defaultdict[str, dict[str, Entry]] = defaultdict(dict)

    def put(self, user: str, entries: Sequence[Entry]) -> None:
        self._entries[user].update((entry.image, entry) for entry in entries)

    def remove(self, user: str, images: Sequence[str]) -> None:
        for image in images:
            self._entries[user].pop(image, None)

    def query(
        self,
        user: str,
        vector: Sequence[float],
        *,
        model: str,
        limit: int,
        selection: Selection = EVERYTHING,
    ) -> list[Match]:
        found = [
            Match(entry.image, sum(a * b for a, b in zip(vector, stored, strict=True)))
            for entry in self._entries[user].values()
            if passes(entry, selection)
            and entry.vector
            and entry.vector.model == model
            and len(stored := entry.vector.numbers()) == len(vector)
        ]
        return sorted(found, key=lambda match: (match.similarity, match.image), reverse=True)[:limit]

    def entries(self, user: str) -> Iterator[Entry]:
        return iter(list(self._entries[user].values()))


def passes(entry: Entry, selection: Selection) -> bool:
    """Whether the selection lets the image through."""
    chosen = selection.only is None or entry.image in selection.only
    return chosen and entry.image not in selection.never and _meets(entry, selection.filters)


def _meets(entry: Entry, filters: Filters) -> bool:
    created = micros(entry.created_at)
    tags = {fold_value(tag) for tag in entry.tags}
    language = f"{fold_value(filters.language)}-" if filters.language else ""
    return (
        all(fold_value(tag) in tags for tag in filters.tags)
        and f"{fold_value(entry.language)}-".startswith(language)
        and fold_value(filters.source) in ("", fold_value(entry.source))
        and (filters.created_from is None or created >= filters.created_from)
        and (filters.created_to is None or created < filters.created_to)
    )
