"""The query strings of the search API."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from gloss.images.model import Status
from gloss.schema import LINE, ApiModel, LanguageTag
from gloss.search.colours import DEFAULT_TOLERANCE, near_hex
from gloss.search.model import Filters, NearColour, micros
from gloss.search.service import Wanted

_MAX_CURSOR: Final = 200

Hex = Annotated[str, StringConstraints(pattern=r"^#?[0-9a-fA-F]{6}$")]
Tolerance = Annotated[float, Field(gt=0, le=100)]
_Tag = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True), LINE]


def _moment(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("a date or time as ISO 8601 writes it is needed") from None
    return text


Moment = Annotated[str, StringConstraints(max_length=40), AfterValidator(_moment)]
"""An ISO 8601 date or time; UTC where it has no offset."""


class Question(ApiModel):
    """Filters and paging that every search has.

    ``tags``: all of them. ``createdFrom`` inclusive, ``createdTo`` exclusive. ``color`` (``rrggbb``) with
    ``tolerance`` (CIEDE2000): images that have it.
    """

    status: Status | None = None
    tags: Annotated[list[_Tag], Field(max_length=20)] = []  # noqa: RUF012 - pydantic copies defaults
    language: LanguageTag = ""
    source: Annotated[str, StringConstraints(max_length=64), LINE] = ""
    created_from: Moment | None = None
    created_to: Moment | None = None
    color: Hex | None = None
    tolerance: Tolerance = DEFAULT_TOLERANCE
    cursor: Annotated[str | None, Field(max_length=_MAX_CURSOR)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 25

    def wanted(self, cursor: str | None) -> Wanted:
        """``cursor`` as the service gave it."""
        return Wanted(
            filters=Filters(
                tags=tuple(self.tags),
                language=self.language,
                source=self.source,
                created_from=micros(self.created_from) if self.created_from else None,
                created_to=micros(self.created_to) if self.created_to else None,
                colour=near_hex(self.color, self.tolerance) if self.color else None,
            ),
            status=self.status,
            cursor=cursor,
            limit=self.limit,
        )


class TextQuestion(Question):
    q: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True), LINE]


class ColourQuestion(Question):
    hex: Hex

    def near(self) -> NearColour:
        return near_hex(self.hex, self.tolerance)
