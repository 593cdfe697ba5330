"""What the API shows of an image, and what it takes for an edit."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from gloss.clock import iso_of_epoch
from gloss.describe.aliases import alias_of
from gloss.describe.model import Metadata
from gloss.images.model import Image, Status
from gloss.schema import LINE, PROSE, ApiModel, LanguageTag, Natural

# People may write more than a model is allowed to; these only keep a record small.
_Title = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True), LINE]
_AltText = Annotated[str, StringConstraints(max_length=1_000, strip_whitespace=True), LINE]
_Text = Annotated[str, StringConstraints(max_length=5_000, strip_whitespace=True), PROSE]
_Tag = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True), LINE]


class MetadataEdit(ApiModel):
    """The fields to replace; ``version`` is the one that the editor saw."""

    version: Natural
    title: _Title | None = None
    alt_text: _AltText | None = None
    caption: _Text | None = None
    description: _Text | None = None
    tags: Annotated[list[_Tag], Field(max_length=50)] | None = None
    decorative: bool | None = None
    language: LanguageTag | None = None

    @field_validator("tags")
    @classmethod
    def _distinct(cls, tags: list[str] | None) -> list[str] | None:
        distinct: dict[str, str] = {}
        for tag in tags or ():
            distinct.setdefault(tag.casefold(), tag)
        return None if tags is None else list(distinct.values())

    @model_validator(mode="after")
    def _names_a_field(self) -> Self:
        if not self.given():
            raise ValueError("at least one field to change is needed")
        return self

    def given(self) -> dict[str, Any]:
        """The fields to replace, in the form of the metadata."""
        values = self.model_dump(exclude={"version"}, exclude_none=True)
        return {**values, "tags": tuple(values["tags"])} if "tags" in values else values


class MetadataView(ApiModel):
    title: str
    alt_text: str
    caption: str
    description: str
    tags: list[str]
    decorative: bool
    language: str

    @classmethod
    def of(cls, metadata: Metadata) -> Self:
        return cls.model_validate(metadata)


class ProvenanceView(ApiModel):
    """Where a field's text came from: ``source`` is heuristic, embedded, ai or human."""

    source: str
    provider: str | None = None
    model: str | None = None
    prompt_version: int | None = None


class SwatchView(ApiModel):
    """A colour, its share of the image (0 to 1) and the name nearest to it."""

    hex: str
    share: float
    name: str


class FailureView(ApiModel):
    code: str
    message: str
    at: str
    attempt: int


_FACTS: Final = {
    "format": "format",
    "width": "width",
    "height": "height",
    "frames": "frames",
    "has_alpha": "hasAlpha",
    "taken_at": "takenAt",
    "sha256": "sha256",
}


class ImageView(ApiModel):
    """One image. ``links`` by kind are good for 15 minutes, and there are none until the file was inspected.

    ``attempt`` counts the attempts of the work under way. ``lease_until`` is set while a worker has the
    image: a worker that has not answered by then is taken for dead. ``retry_at`` is set while a retry waits.
    ``safety``: what the model that saw the picture wants a reviewer to know, such as ``nudity``.
    """

    id: str
    status: Status
    file_name: str
    content_type: str
    size: int
    created_at: str
    updated_at: str
    version: int
    attempt: int
    metadata: MetadataView
    provenance: dict[str, ProvenanceView]
    safety: list[str]
    facts: dict[str, Any]
    camera: dict[str, Any]
    palette: list[SwatchView]
    failure: FailureView | None = None
    lease_until: str | None = None
    retry_at: str | None = None
    links: dict[str, str]

    @classmethod
    def of(cls, image: Image, links: Mapping[str, str]) -> Self:
        inspection = image.inspection or {}
        return cls(
            id=image.image,
            status=image.status,
            file_name=image.file_name,
            content_type=image.content_type,
            size=image.size,
            created_at=image.created_at,
            updated_at=image.updated_at,
            version=image.version,
            attempt=image.attempt,
            metadata=MetadataView.of(image.metadata),
            provenance={
                alias_of(name): ProvenanceView.model_validate(origin)
                for name, origin in image.provenance.items()
            },
            safety=list(image.safety),
            facts={_FACTS[name]: inspection[name] for name in _FACTS if name in inspection},
            camera=dict(inspection.get("camera", {})),
            palette=[SwatchView.model_validate(swatch) for swatch in inspection.get("palette", ())],
            failure=FailureView.model_validate(image.failure) if image.failure else None,
            lease_until=_due(image, Status.PROCESSING),
            retry_at=_due(image, Status.RETRYING),
            links=dict(links),
        )


def _due(image: Image, status: Status) -> str | None:
    return iso_of_epoch(image.due_at) if image.status is status and image.due_at else None


class ImagePage(ApiModel):
    """A part of the library; ``next`` is the cursor of the following part.

    Newest images first; with ``since`` the oldest change first, and ``removed`` names images that are gone.
    """

    images: list[ImageView]
    removed: list[str] = Field(default_factory=list)
    next: str | None = None


class Deleted(ApiModel):
    id: str
