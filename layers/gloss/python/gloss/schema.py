"""The form of everything that the API takes and gives: camelCase, immutable, unknown fields refused."""

import re
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from gloss.patterns import pattern

_UNSEEN: Final = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters, but for tab and line breaks
    "\u2028\u2029\u202a-\u202e\u2066-\u2069"  # separators; what turns the reading direction of what follows
    "\ud800-\udfff\ufffe\uffff"  # halves of surrogate pairs, which no UTF-8 can hold; noncharacters
)
_NOT_IN_PROSE: Final = pattern(f"[{_UNSEEN}]")
_NOT_IN_A_LINE: Final = pattern(f"[{_UNSEEN}\t\n\r]")


class ApiModel(BaseModel):
    """A view whose fields are those of a value of ours is ``View.model_validate(value)``."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        from_attributes=True,
        extra="forbid",
        frozen=True,
        defer_build=True,  # a start builds the forms it uses, not those of every route
    )


def _without(unwanted: re.Pattern[str]) -> AfterValidator:
    def check(text: str) -> str:
        if found := unwanted.search(text):
            raise ValueError(f"character {found.start() + 1} cannot be seen (U+{ord(found[0]):04X})")
        return text

    return AfterValidator(check)


LINE: Final = _without(_NOT_IN_A_LINE)
"""For ``Annotated``: text on one line, in which a reader sees everything that is there."""

PROSE: Final = _without(_NOT_IN_PROSE)
"""For ``Annotated``: the same, with line breaks and tabs."""

LanguageTag = Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
"""The form of a BCP 47 tag; whether the language exists is the model's to know."""


def _in_the_calendar(moment: datetime) -> datetime:
    """Some moments at the ends of the calendar lie outside of it in UTC."""
    try:
        moment.astimezone(UTC)
    except OverflowError as beyond:
        raise ValueError("this moment lies outside the calendar") from beyond
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_in_the_calendar)]
"""With a time zone, and to be had in UTC."""

_MOST: Final = 10**12
"""More than anything that is counted here, and exact in DynamoDB's numbers and JavaScript's."""

Natural = Annotated[int, Field(ge=0, le=_MOST, strict=True)]
Positive = Annotated[int, Field(ge=1, le=_MOST, strict=True)]
