"""Step EmbedImage of process_image."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from gloss.config import EmbedImageSettings, load
from gloss.embed.registry import embedders
from gloss.observability import step
from gloss.pipeline.assignment import EmbedderAssignment
from gloss.pipeline.opening import office_on_demand
from gloss.pipeline.words import EmbedStep
from gloss.providers.model import ProviderChoice
from gloss.providers.stack import stack_access

if TYPE_CHECKING:
    from gloss.pipeline.paid import PaidWork


@cache
def settings() -> EmbedImageSettings:
    return load(EmbedImageSettings)


office = office_on_demand(settings)


@cache
def paid_work() -> "PaidWork":
    from gloss.pipeline.paid import paid_work as make  # noqa: PLC0415 - only AI providers need the AWS SDK

    return make(settings(), settings().images_table)


@cache
def embedding() -> EmbedStep:
    choice = ProviderChoice(settings().embed_provider, settings().embed_model)
    registry = embedders(stack_access(settings()), settings().embed_dimensions)
    return EmbedStep(EmbedderAssignment(registry, choice, office), paid_work)


@step
def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    return embedding().run(event)
