"""Where a search goes on: at an offset, in the order of the moment at which it began."""

import hashlib
from typing import Final

from gloss.errors import InvalidCursor
from gloss.records import dataclass

_MARK: Final = 12


@dataclass(frozen=True, slots=True)
class Place:
    """``as_of`` in microseconds since the epoch; ``offset`` counts hits; ``snapshot`` names what the search
    saw of the statuses, where it asks for one."""

    as_of: int
    offset: int
    snapshot: str = ""

    def cursor(self, search: object) -> str:
        return f"{self.as_of}.{self.offset}.{self.snapshot}.{_mark(search)}"


def position(cursor: str | None, search: object) -> Place | None:
    """The place that a cursor of this very search (user, query and filters) stands for.

    Raises:
        InvalidCursor: it belongs to another search, or is none.
    """
    if cursor is None:
        return None
    try:
        as_of, offset, snapshot, mark = cursor.split(".")
        place = Place(int(as_of), int(offset), snapshot)
    except ValueError as error:
        raise InvalidCursor("The cursor is not valid.") from error
    if mark != _mark(search) or not 0 <= place.offset < 2**31 or not 0 <= place.as_of < 2**62:
        raise InvalidCursor("The cursor belongs to another search.")
    return place


def _mark(search: object) -> str:
    return hashlib.sha256(repr(search).encode()).hexdigest()[:_MARK]
