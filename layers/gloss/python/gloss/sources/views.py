"""What the API takes for an import and shows of one."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from gloss.images.model import Image, Status
from gloss.images.views import FailureView
from gloss.schema import ApiModel
from gloss.sources.imports import ALREADY_IMPORTED, MAX_URLS, File, Import
from gloss.sources.model import SourceName

Outcome = Literal["waiting", "imported", "skipped", "failed", "removed"]

_Url = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]


class ImportRequest(ApiModel):
    """Addresses to fetch images from."""

    source: Literal["url"]
    urls: Annotated[list[_Url], Field(min_length=1, max_length=MAX_URLS)]


class ImportedFile(ApiModel):
    """One file: ``waiting`` for its bytes, ``imported`` (``status`` is its image's), ``skipped``, ``failed``,
    or ``removed`` where its image was deleted since."""

    external_id: str
    name: str
    outcome: Outcome
    image_id: str
    status: Status | None = None
    reason: str | None = None
    failure: FailureView | None = None

    @classmethod
    def of(cls, file: File, image: Image | None) -> Self:
        base = {"external_id": file.external_id, "name": file.name, "image_id": file.image}
        if image is None:
            return cls(**base, outcome="removed")
        failure = image.failure
        return cls(
            **base,
            outcome=_outcome(image),
            status=image.status,
            reason=failure.code if failure else None,
            failure=FailureView.model_validate(failure) if failure else None,
        )


def _outcome(image: Image) -> Outcome:
    if image.status is Status.PENDING:
        return "waiting"
    if image.failure and image.failure.code == ALREADY_IMPORTED:
        return "skipped"
    return "failed" if image.status in {Status.FAILED, Status.CANCELLED} else "imported"


class ImportView(ApiModel):
    """``images`` is how many files it has, each of them an image."""

    id: str
    source: SourceName
    created_at: str
    images: int

    @classmethod
    def of(cls, made: Import) -> Self:
        return cls(id=made.id, source=made.source, created_at=made.created_at, images=len(made.files))


class ImportDetails(ImportView):
    """With its files, in the order asked for."""

    files: list[ImportedFile]

    @classmethod
    def with_images(cls, made: Import, images: Mapping[str, Image]) -> Self:
        files = [ImportedFile.of(file, images.get(file.image)) for file in made.files]
        return cls(**dict(ImportView.of(made)), files=files)


class ImportPage(ApiModel):
    """The latest imports, newest first."""

    imports: list[ImportView]
