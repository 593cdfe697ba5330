"""Which images a job is about, and which of them there is nothing to do for. Pure."""

from datetime import datetime
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from gloss.clock import iso
from gloss.describe.aliases import FieldAlias, field_of
from gloss.describe.model import FIELDS, Metadata, Provenances
from gloss.describe.model import Field as FieldName
from gloss.describe.policy import DEFAULT_POLICY
from gloss.describe.quality import assess
from gloss.ids import is_id
from gloss.images.model import Image, Status, Work
from gloss.schema import LINE, ApiModel, LanguageTag, Moment, Natural, Positive

MAX_IDS: Final = 1_000

QUERY_LIMIT: Final = 100
"""Images of a query that sets no limit: about as many as somebody has looked at."""

_SEARCH: Final = frozenset({"query", "tags", "color", "tolerance", "offset", "limit"})

SkipReason = Literal["not_found", "no_file", "in_progress", "nothing_to_do"]
"""``not_found``: deleted, or somebody else's. ``no_file``: the upload never came or was cancelled.
``in_progress``: other work on it is under way. ``nothing_to_do``: no field may be changed by this request."""

_Word = Annotated[str, StringConstraints(min_length=1, max_length=100)]


def _image_id(text: str) -> str:
    if not is_id(text):
        raise ValueError("not the id of an image")
    return text


_Id = Annotated[str, AfterValidator(_image_id)]
_Tag = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True), LINE]
_Path = Annotated[str, StringConstraints(min_length=1, max_length=500)]

_WITHOUT_FILE: Final = frozenset({Status.PENDING, Status.CANCELLED})
_UNDER_WAY: Final = frozenset({Status.QUEUED, Status.PROCESSING, Status.RETRYING})


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

    @property
    def most(self) -> int | None:
        """How many matching images the job is about at most."""
        return self.limit if self.limit or not self.query else QUERY_LIMIT

    @property
    def end(self) -> int | None:
        """How many matching images the walk over them meets at most."""
        return None if self.most is None else self.offset + self.most

    @property
    def is_search_alone(self) -> bool:
        """Whether whatever the query finds matches."""
        return not self.model_fields_set - _SEARCH

    def matches(self, image: Image) -> bool:
        """Whether the image meets the conditions; ids, query, offset and limit are the caller's."""
        return (
            (self.status is None or image.status is self.status)
            and self._matches_origin(image)
            and self._matches_time(image)
            and self._matches_text(image.metadata, image.provenance, described=image.is_described)
        )

    def _matches_origin(self, image: Image) -> bool:
        source = image.source
        return (
            (self.source is None or source.get("provider") == self.source)
            and (self.folder is None or source.get("path", "").startswith(self.folder))
            and (self.prefix is None or image.file_name.startswith(self.prefix))
        )

    def _matches_time(self, image: Image) -> bool:
        return (
            _not_before(image.created_at, self.created_from)
            and _before(image.created_at, self.created_before)
            and _before(image.updated_at, self.updated_before)
            and _described_before(image, self.described_before)
        )

    def _matches_text(self, metadata: Metadata, provenance: Provenances, *, described: bool) -> bool:
        return (
            self._lacks(metadata, described=described)
            and (self.language is None or metadata.language.casefold() == self.language.casefold())
            and self._matches_author(provenance)
            and (self.quality_below is None or assess(metadata, provenance).score < self.quality_below)
        )

    def _lacks(self, metadata: Metadata, *, described: bool) -> bool:
        if self.missing is None:
            return True
        return not described or any(not metadata.has(field_of(name)) for name in self.missing)

    def _matches_author(self, provenance: Provenances) -> bool:
        authors = provenance.values()
        return (
            (self.provider is None or any(author.provider == self.provider for author in authors))
            and (
                self.model_other_than is None
                or any(author.model not in {None, self.model_other_than} for author in authors)
            )
            and (
                self.prompt_version_below is None
                or any(
                    author.prompt_version is not None and author.prompt_version < self.prompt_version_below
                    for author in authors
                )
            )
        )


def _before(moment: str, limit: datetime | None) -> bool:
    return limit is None or moment < iso(limit)


def _described_before(image: Image, limit: datetime | None) -> bool:
    """Text from before that time was noted is as old as its image at most."""
    if limit is None:
        return True
    return image.version > 0 and (image.described_at or image.created_at) < iso(limit)


def _not_before(moment: str, limit: datetime | None) -> bool:
    return limit is None or moment >= iso(limit)


def skip_reason(image: Image | None, work: Work) -> SkipReason | None:
    """Why ``work`` is not begun on the image; ``None`` where it is."""
    if image is None:
        return "not_found"
    if image.status in _WITHOUT_FILE:
        return "no_file"
    if image.status in _UNDER_WAY:
        return "in_progress"
    return None if any(may_change(image, name, work) for name in FIELDS) else "nothing_to_do"


def may_change(image: Image, name: FieldName, work: Work) -> bool:
    """Whether the overwrite policies (``gloss.describe.policy``) leave ``work`` anything to do to a field.

    What a person wrote is replaced by force alone; ``only_empty`` touches no filled field.
    """
    request = work.request
    if name not in request.get("fields", FIELDS):
        return False
    if not image.metadata.has(name):
        return True
    policy = request.get("policies", {}).get(name, request.get("policy", DEFAULT_POLICY))
    if policy == "only_empty":
        return False
    author = image.provenance.get(name)
    return bool(request.get("force")) or (author is not None and author.source != "human")
