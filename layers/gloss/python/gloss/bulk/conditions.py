"""What the images of a job have to be like, and which of them there is nothing to do for. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final, Literal, Self

from gloss.clock import iso
from gloss.describe.aliases import FieldAlias, field_of
from gloss.describe.model import FIELDS, Field, Metadata, Provenances
from gloss.describe.policy import DEFAULT_POLICY
from gloss.describe.quality import assess
from gloss.images.model import Image, Status, Work
from gloss.records import dataclass

QUERY_LIMIT: Final = 100
"""Images of a query that sets no limit: about as many as somebody has looked at."""

SkipReason = Literal["not_found", "no_file", "in_progress", "nothing_to_do"]
"""``not_found``: deleted, or somebody else's. ``no_file``: the upload never came or was cancelled.
``in_progress``: other work on it is under way. ``nothing_to_do``: no field may be changed by this request."""

_SEARCH: Final = frozenset({"query", "tags", "color", "tolerance", "offset", "limit"})
_MOMENTS: Final = ("created_from", "created_before", "updated_before", "described_before")

_WITHOUT_FILE: Final = frozenset({Status.PENDING, Status.CANCELLED})
_UNDER_WAY: Final = frozenset({Status.QUEUED, Status.PROCESSING, Status.RETRYING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What was asked for by a :class:`gloss.bulk.selection.Selection`, which says what each field means."""

    ids: Sequence[str] | None = None
    query: str | None = None
    tags: Sequence[str] | None = None
    color: str | None = None
    tolerance: float | None = None
    missing: Sequence[FieldAlias] | None = None
    status: Status | None = None
    source: str | None = None
    folder: str | None = None
    prefix: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    updated_before: datetime | None = None
    described_before: datetime | None = None
    language: str | None = None
    provider: str | None = None
    model_other_than: str | None = None
    prompt_version_below: int | None = None
    quality_below: int | None = None
    offset: int = 0
    limit: int | None = None

    def to_item(self) -> dict[str, Any]:
        """What is asked for at all."""
        given = {known.name: getattr(self, known.name) for known in fields(self)}
        item = {known.name: given[known.name] for known in fields(self) if given[known.name] != known.default}
        moments = {name: item[name].isoformat() for name in _MOMENTS if name in item}
        status = {"status": str(self.status)} if self.status else {}
        return item | moments | status

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        moments = {name: datetime.fromisoformat(item[name]) for name in _MOMENTS if name in item}
        status = {"status": Status(item["status"])} if "status" in item else {}
        return cls(**{**item, **moments, **status})

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
        return not self.to_item().keys() - _SEARCH

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


def may_change(image: Image, name: Field, work: Work) -> bool:
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
