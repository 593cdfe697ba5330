"""The form that an AI model has to answer in, and the way from its answer to a description.

Lengths are asked for in words and enforced by ``gloss.describe.limits``: not every server that speaks the
OpenAI protocol accepts ``maxLength``, and a text a little too long is worth cutting, not worth a second call.
"""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from gloss.describe.language import is_language_tag
from gloss.describe.limits import MAX_CHARACTERS, MAX_TAGS, MIN_TAGS, description_within_limits
from gloss.describe.model import FIELDS, Description, Metadata, Provenance, SafetyFlag, Usage
from gloss.describe.text import clean


def _language_tag(text: str) -> str:
    if not is_language_tag(text):
        raise ValueError("not a BCP 47 language tag")
    return text


def _with_text(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


NonEmpty = Annotated[str, AfterValidator(_with_text)]
LanguageTag = Annotated[str, AfterValidator(_language_tag)]


class ModelOutput(BaseModel):
    """Metadata of the picture."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    title: NonEmpty = Field(description=f"Title of at most {MAX_CHARACTERS['title']} characters.")
    alt_text: str = Field(
        description=f"What a blind person needs to know, at most {MAX_CHARACTERS['alt_text']} characters, "
        'not beginning with "image of". Empty if and only if the picture is decorative.'
    )
    caption: NonEmpty = Field(description=f"One sentence of at most {MAX_CHARACTERS['caption']} characters.")
    description: NonEmpty = Field(description="Two to four sentences on what can be seen.")
    tags: list[str] = Field(description=f"{MIN_TAGS} to {MAX_TAGS} search terms, the most telling first.")
    decorative: bool = Field(description="Whether the picture carries no information, such as a background.")
    language: LanguageTag = Field(description="BCP 47 tag of the language that the texts are written in.")
    safety: list[SafetyFlag] = Field(description="What applies to the picture; usually none.")

    @model_validator(mode="after")
    def _is_decorative_or_has_an_alt_text(self) -> Self:
        if not self.decorative and not clean(self.alt_text):
            raise ValueError("a picture that is not decorative has an alt text")
        return self

    def to_description(self, provenance: Provenance, usage: Usage | None = None) -> Description:
        """The answer within all limits, every field of the same provenance."""
        description = Description(
            metadata=Metadata(
                title=self.title,
                alt_text=self.alt_text,
                caption=self.caption,
                description=self.description,
                tags=tuple(self.tags),
                decorative=self.decorative,
                language=self.language,
            ),
            provenance=dict.fromkeys(FIELDS, provenance),
            safety=tuple(dict.fromkeys(self.safety)),
            usage=usage,
        )
        return description_within_limits(description)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the answer: every property required, no other allowed (OpenAI's strict mode)."""
    return ModelOutput.model_json_schema()
