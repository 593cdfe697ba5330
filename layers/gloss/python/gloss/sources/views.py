"""What the API takes for an import and shows of one."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from gloss.images.model import Image, Status
from gloss.images.views import FailureView
from gloss.schema import LINE, ApiModel
from gloss.sources.imports import ALREADY_IMPORTED, MAX_URLS, File, Import, ImportStatus
from gloss.sources.model import Folder, SourceName

Outcome = Literal["waiting", "imported", "skipped", "failed", "removed"]

_Url = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
_Path = Annotated[str, StringConstraints(max_length=1_000, pattern=r"^(/.*)?$"), LINE]


class ImportRequest(ApiModel):
    """Where to fetch images from: ``urls`` of the source ``url``, or a folder of a connected source.

    ``path`` is the folder's, empty for all that the connection may see; with ``recursive`` the folders in it
    are listed too.
    """

    source: SourceName
    urls: Annotated[list[_Url], Field(min_length=1, max_length=MAX_URLS)] | None = None
    path: _Path = ""
    recursive: bool = True

    @model_validator(mode="after")
    def _names_what_its_source_has(self) -> Self:
        if (self.source == "url") != (self.urls is not None):
            raise ValueError("urls are what the source url needs, and no other")
        if self.source == "url" and self.path:
            raise ValueError("the source url has no folders")
        return self

    @property
    def folder(self) -> Folder:
        return Folder(self.path.rstrip("/"), self.recursive)


class ImportedFile(ApiModel):
    """One file: ``waiting`` for its bytes, ``imported`` (``status`` is its image's), ``skipped``, ``failed``,
    or ``removed`` where its image was deleted since."""

    external_id: str
    name: str
    path: str | None = None
    outcome: Outcome
    image_id: str | None = None
    status: Status | None = None
    reason: str | None = None
    failure: FailureView | None = None

    @classmethod
    def of(cls, file: File, image: Image | None) -> Self:
        base = {
            "external_id": file.external_id,
            "name": file.name,
            "path": file.path or None,
            "image_id": file.image or None,
        }
        if file.skipped:
            return cls(**base, outcome="skipped", reason=file.skipped)
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
    """``images`` were created for files, ``skipped`` files were not; ``reason`` says why listing stopped."""

    id: str
    source: SourceName
    status: ImportStatus
    created_at: str
    path: str | None = None
    recursive: bool | None = None
    images: int
    skipped: int
    reason: str | None = None
    message: str | None = None

    @classmethod
    def of(cls, made: Import) -> Self:
        return cls.model_validate(_shown(made))


class ImportDetails(ImportView):
    """With its files, in the order found; ``next`` is the cursor of the following ones."""

    files: list[ImportedFile]
    next: str | None = None

    @classmethod
    def with_files(
        cls, made: Import, files: Sequence[File], images: Mapping[str, Image], next_: str | None
    ) -> Self:
        shown = [ImportedFile.of(file, images.get(file.image)) for file in files]
        return cls.model_validate({**_shown(made), "files": shown, "next": next_})


class ImportPage(ApiModel):
    """The latest imports, newest first."""

    imports: list[ImportView]


def _shown(made: Import) -> dict[str, object]:
    folder = made.source != "url"
    return {
        "id": made.id,
        "source": made.source,
        "status": made.status,
        "created_at": made.created_at,
        "path": made.path if folder else None,
        "recursive": made.recursive if folder else None,
        "images": made.images,
        "skipped": made.skipped,
        "reason": made.reason or None,
        "message": made.message or None,
    }
