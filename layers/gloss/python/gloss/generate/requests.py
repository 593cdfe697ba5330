"""What the API takes for generations."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from gloss.generate.costs import Quality
from gloss.generate.model import MAX_SEED
from gloss.generate.prompt import AspectRatio, Style
from gloss.schema import LINE, PROSE, ApiModel

MAX_INPUTS: Final = 8
MAX_COUNT: Final = 4
MAX_BATCH: Final = 20

Input = Annotated[str, StringConstraints(min_length=1, max_length=2_000), LINE]
"""An image id of the caller's, or an https address."""

Inputs = Annotated[list[Input], Field(min_length=1, max_length=MAX_INPUTS)]
TemplateName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]


class Parameters(ApiModel):
    """What some models can be told; the answer names those that the chosen one does not follow."""

    guidance_scale: Annotated[float, Field(ge=1.1, le=10, allow_inf_nan=False)] | None = None
    num_inference_steps: Annotated[int, Field(ge=1, le=150, strict=True)] | None = None
    strength: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    seed: Annotated[int, Field(ge=0, le=MAX_SEED, strict=True)] | None = None

    def given(self) -> dict[str, Any]:
        return self.model_dump(exclude_none=True)


class Configuration(ApiModel):
    """How pictures are to be made: all of a request but the pictures that it begins with.

    ``model`` is a model, or a provider for its first model.
    """

    model: Annotated[str, StringConstraints(min_length=1, max_length=120), LINE]
    model_images: Annotated[list[Input], Field(max_length=MAX_INPUTS)] = Field(default_factory=list)
    style: Style = "realistic"
    quality: Quality = "auto"
    aspect_ratio: AspectRatio = "1:1"
    count: Annotated[int, Field(ge=1, le=MAX_COUNT, strict=True)] = 1
    custom_prompt: Annotated[str, StringConstraints(max_length=1_000), PROSE] | None = None
    parameters: Parameters = Parameters()


class CreateRequest(Configuration):
    product_images: Inputs


class BatchRequest(ApiModel):
    generations: Annotated[list[CreateRequest], Field(min_length=1, max_length=MAX_BATCH)]


class GenerateRequest(ApiModel):
    generation_id: Annotated[str, StringConstraints(max_length=64)]


class ApplyRequest(ApiModel):
    """The pictures that a template is applied to, and a wish in place of the template's."""

    product_images: Inputs
    custom_prompt: Annotated[str, StringConstraints(max_length=1_000), PROSE] | None = None


CancelOutcome = Literal["cancelled", "too_late", "already_done"]

Links = Mapping[int, Mapping[str, str]]
"""Time-limited links to each picture, by its number."""
