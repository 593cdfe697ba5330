"""Which images a job is about, as the API takes and shows it."""

from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from gloss.bulk.conditions import Conditions
from gloss.describe.aliases import FieldAlias
from gloss.ids import is_id
from gloss.images.model import Status
from gloss.schema import LINE, ApiModel, LanguageTag, Moment, Natural, Positive

MAX_IDS: Final = 1_000

_Word = Annotated[str, StringConstraints(min_length=1, max_length=100)]


def _image_id(text: str) -> str:
    if not is_id(text):
        raise ValueError("not the id of an image")
    return text


_Id = Annotated[str, AfterValidator(_image_id)]
_Tag = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True), LINE]
_Path = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Selection(ApiModel):
    """Images that meet every condition given, newest first; all of the library where none is.

    ``query`` searches the library as ``GET /search`` does, with its filters ``tags`` and ``color`` (within
    ``tolerance``). What it finds when the job begins is what the job is about, the most relevant first: the
    first 100 where there is no ``limit``, for a search by meaning leaves hardly an image out.
    ``missing`` names fields of which at least one is empty; an empty list asks for images that were never
    described. ``source`` and ``folder`` say where an image was imported from, ``prefix`` how its file name
    begins. ``describedBefore`` asks when a run last wrote the text, ``updatedBefore`` when anything changed.
    ``provider``, ``model_other_than`` and ``prompt_version_below`` look at who wrote the text:
    one field is enough. ``quality_below`` compares the quality score (0 to 100).
    """

    ids: Annotated[list[_Id], Field(min_length=1, max_length=MAX_IDS)] | None = None
    query: (
        Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True), LINE] | None
    ) = None
    tags: Annotated[list[_Tag], Field(min_length=1, max_length=20)] | None = None
    color: Annotated[str, StringConstraints(pattern=r"^#?[0-9a-fA-F]{6}$")] | None = None
    tolerance: Annotated[float, Field(gt=0, le=100)] | None = None
    missing: list[FieldAlias] | None = None
    status: Status | None = None
    source: _Word | None = None
    folder: _Path | None = None
    prefix: _Path | None = None
    created_from: Moment | None = None
    created_before: Moment | None = None
    updated_before: Moment | None = None
    described_before: Moment | None = None
    language: LanguageTag | None = None
    provider: _Word | None = None
    model_other_than: _Word | None = None
    prompt_version_below: Positive | None = None
    quality_below: Annotated[int, Field(ge=1, le=100)] | None = None
    offset: Natural = 0
    limit: Positive | None = None

    @model_validator(mode="after")
    def _ids_are_distinct(self) -> Self:
        if self.ids and len(set(self.ids)) < len(self.ids):
            raise ValueError("ids must not name an image twice")
        return self

    @model_validator(mode="after")
    def _a_search_has_a_query(self) -> Self:
        if self.ids and self.query:
            raise ValueError("either ids or a query, not both")
        if self.query is None and (self.tags or self.color):
            raise ValueError("tags and color narrow a query, and there is none")
        if self.tolerance and not self.color:
            raise ValueError("a tolerance needs a color")
        return self

    def conditions(self) -> Conditions:
        """What the job remembers."""
        return Conditions(**{name: getattr(self, name) for name in type(self).model_fields})
