"""What the API shows of generations."""

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic.alias_generators import to_camel

from gloss.clock import iso_of_epoch
from gloss.generate.model import Failure, Generation, GenerationStatus, Picture, Priority
from gloss.generate.requests import CancelOutcome, Configuration, Links
from gloss.schema import ApiModel


def _ignored(generation: Generation) -> list[str]:
    """As a request names them."""
    return [to_camel(name) for name in generation.order.ignored]


class GenerationCreated(ApiModel):
    """``estimatedCost`` is reserved, in tokens; never more is charged. ``ignoredParameters`` were given and
    are not followed by the model."""

    generation_id: str
    status: GenerationStatus
    estimated_cost: int
    prompt: str
    expires_at: str
    ignored_parameters: Sequence[str] = ()

    @classmethod
    def of(cls, generation: Generation) -> Self:
        return cls(
            generation_id=generation.generation,
            status=generation.status,
            estimated_cost=generation.tokens,
            prompt=generation.prompt,
            expires_at=iso_of_epoch(generation.due_at or 0),
            ignored_parameters=_ignored(generation),
        )


class GenerationsCreated(ApiModel):
    """In the order asked for."""

    generations: list[GenerationCreated]
    estimated_cost: int


class GenerationStarted(ApiModel):
    generation_id: str
    status: GenerationStatus

    @classmethod
    def of(cls, generation: Generation) -> Self:
        return cls(generation_id=generation.generation, status=generation.status)


class PictureView(ApiModel):
    """``imageId`` where it was added to the library; the links are good for a quarter of an hour."""

    number: int
    content_type: str
    width: int
    height: int
    bytes: int
    links: Mapping[str, str]
    image_id: str | None = None

    @classmethod
    def of(cls, picture: Picture, links: Mapping[str, str]) -> Self:
        return cls(
            number=picture.number,
            content_type=picture.content_type,
            width=picture.width,
            height=picture.height,
            bytes=picture.bytes,
            links=links,
            image_id=picture.image,
        )


class GenerationError(ApiModel):
    """``retryable``: the generation can be started again now (``POST /generate``)."""

    code: str
    message: str
    at: str
    retryable: bool

    @classmethod
    def of(cls, generation: Generation, failure: Failure) -> Self:
        return cls(
            code=failure.code, message=failure.message, at=failure.at, retryable=generation.is_startable
        )


class GenerationView(ApiModel):
    """``tokensReserved`` while it is open, ``tokensCharged`` once it is completed.

    ``processingTime`` in seconds, from the start to the end. ``seed`` is the first picture's, the others
    count up. ``regeneratedFrom`` is the generation whose inputs it has.
    """

    generation_id: str
    status: GenerationStatus
    product_images: Sequence[str]
    model_images: Sequence[str]
    provider: str
    model: str
    style: str
    quality: str
    aspect_ratio: str
    count: int
    custom_prompt: str | None
    parameters: Mapping[str, float]
    ignored_parameters: Sequence[str]
    seed: int
    prompt: str
    priority: Priority
    estimated_cost: int
    tokens_charged: int
    byok: bool
    retry_count: int
    processing_time: float | None
    error: GenerationError | None
    pictures: list[PictureView]
    created_at: str
    updated_at: str
    started_at: str | None
    ended_at: str | None
    regenerated_from: str | None

    @classmethod
    def of(cls, generation: Generation, links: Links) -> Self:
        order = generation.order
        return cls(
            generation_id=generation.generation,
            status=generation.status,
            product_images=order.product_images,
            model_images=order.model_images,
            provider=order.provider,
            model=order.model,
            style=order.style,
            quality=order.quality,
            aspect_ratio=order.aspect_ratio,
            count=order.count,
            custom_prompt=order.custom_prompt,
            parameters={to_camel(name): value for name, value in order.parameters.items()},
            ignored_parameters=_ignored(generation),
            seed=order.seed,
            prompt=generation.prompt,
            priority=generation.priority,
            estimated_cost=generation.tokens,
            tokens_charged=generation.charged,
            byok=generation.byok,
            retry_count=generation.retries,
            processing_time=generation.seconds,
            error=GenerationError.of(generation, generation.failure) if generation.failure else None,
            pictures=[PictureView.of(it, links.get(it.number, {})) for it in generation.pictures],
            created_at=generation.created_at,
            updated_at=generation.updated_at,
            started_at=generation.started_at,
            ended_at=generation.ended_at,
            regenerated_from=generation.origin,
        )


class GenerationPage(ApiModel):
    generations: list[GenerationView]
    next: str | None


class GenerationCancelled(ApiModel):
    """``cancelled``: nothing was made and nothing is charged. ``too_late``: a provider is at work; what it
    makes is kept and charged. ``already_done``: it had ended before.

    ``charged`` is ``null`` where only the end will tell: a provider that makes nothing is not charged for.
    """

    generation_id: str
    outcome: CancelOutcome
    status: GenerationStatus
    charged: bool | None


class PictureAdded(ApiModel):
    """The picture is on its way through the library as an upload is."""

    generation_id: str
    number: int
    image_id: str


class TemplateView(Configuration):
    name: str


class TemplateList(ApiModel):
    templates: list[TemplateView]


class TemplateRemoved(ApiModel):
    name: str
    removed: bool
