"""What a user asks for, and what the history shows."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Self

from pydantic import Field, StringConstraints
from pydantic.alias_generators import to_camel

from gloss.describe.aliases import FieldAlias, alias_of, field_of
from gloss.describe.model import Metadata
from gloss.describe.policy import Policy
from gloss.images.model import Version, changed_fields
from gloss.images.views import MetadataView, ProvenanceView
from gloss.schema import LINE, ApiModel, LanguageTag
from gloss.settings.model import ModelName, ProviderName

_Word = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True), LINE]
_Phrase = Annotated[str, StringConstraints(max_length=300, strip_whitespace=True), LINE]
_Words = Annotated[list[_Word], Field(max_length=50)]


class ContextRequest(ApiModel):
    """What the text should be like; ``vocabulary`` is a closed list of tags."""

    brand: _Phrase | None = None
    audience: _Phrase | None = None
    tone: _Phrase | None = None
    keywords: _Words | None = None
    avoid: _Words | None = None
    vocabulary: _Words | None = None


class RegenerateRequest(ApiModel):
    """How to describe the image this time; what is left out follows the user's settings.

    ``policy`` says which text may be overwritten, ``policies`` the same for single fields. Text that a person
    wrote is replaced only with ``force``.
    """

    provider: ProviderName | None = None
    model: ModelName | None = None
    language: LanguageTag | None = None
    fields: Annotated[list[FieldAlias], Field(min_length=1)] | None = None
    policy: Policy | None = None
    policies: dict[FieldAlias, Policy] | None = None
    force: bool = False
    context: ContextRequest | None = None

    def to_work(self) -> dict[str, Any]:
        """The request as the pipeline reads it: plain JSON, only what was given."""
        asked = self.model_dump(exclude_none=True, exclude_defaults=True)
        if language := asked.pop("language", None):
            asked["context"] = {**asked.get("context", {}), "language": language}
        if "fields" in asked:
            asked["fields"] = [field_of(name) for name in asked["fields"]]
        if "policies" in asked:
            asked["policies"] = {field_of(name): policy for name, policy in asked["policies"].items()}
        return asked


class Regeneration(ApiModel):
    """An accepted regeneration: ``cost`` in images of the quota, ``remaining`` after it."""

    image_id: str
    status: str
    reservation_id: str
    cost: int
    remaining: int


Value = str | list[str] | bool
"""Text, tags, or whether the image is decorative."""


class FieldChange(ApiModel):
    """A part of the metadata before and after."""

    before: Value
    after: Value


_SHOWN: Final = (
    "kind",
    "job",
    "restored",
    "provider",
    "model",
    "credits",
    "costUsd",
    "latencyMs",
    "fallback",
    "forced",
)


class VersionView(ApiModel):
    """One state of the metadata, and how it differs from the one before.

    ``differences`` are empty where the one before is not kept any more.
    """

    number: int
    at: str
    cause: str
    actor: str
    current: bool
    metadata: MetadataView
    provenance: dict[str, ProvenanceView]
    safety: list[str]
    differences: dict[str, FieldChange]
    reasons: dict[str, Any]
    details: dict[str, Any]

    @classmethod
    def of(cls, version: Version, before: Version | None, *, current: bool, user: str) -> Self:
        return cls(
            number=version.number,
            at=version.at,
            cause=version.cause,
            actor="you" if version.actor == user else version.actor,
            current=current,
            metadata=MetadataView.of(version.metadata),
            provenance={
                alias_of(name): ProvenanceView.model_validate(origin)
                for name, origin in version.provenance.items()
            },
            safety=list(version.safety),
            differences=_differences(version, before),
            reasons={alias_of(name): reason for name, reason in version.reasons.items()},
            details={name: version.details[name] for name in _SHOWN if name in version.details},
        )


class History(ApiModel):
    """Kept versions, newest first; ``next`` is the cursor of the older ones."""

    versions: Sequence[VersionView]
    next: str | None = None


def _differences(version: Version, before: Version | None) -> dict[str, FieldChange]:
    if before is None and version.number > 1:
        return {}
    old, new = before.metadata if before else Metadata(), version.metadata
    return {
        to_camel(name): FieldChange(before=_plain(getattr(old, name)), after=_plain(getattr(new, name)))
        for name in changed_fields(old, new)
    }


def _plain(value: str | tuple[str, ...] | bool) -> Value:
    return list(value) if isinstance(value, tuple) else value
