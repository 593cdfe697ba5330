"""Step DescribeImage of process_image."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from gloss.config import DescribeImageSettings, load
from gloss.describe.registry import describers
from gloss.observability import step
from gloss.pipeline.words import DescribeStep, as_requested
from gloss.providers.model import ProviderChoice
from gloss.providers.stack import stack_access

if TYPE_CHECKING:
    from gloss.pipeline.paid import PaidWork


@cache
def settings() -> DescribeImageSettings:
    return load(DescribeImageSettings)


@cache
def paid_work() -> "PaidWork":
    from gloss.pipeline.paid import paid_work as make  # noqa: PLC0415 - only AI providers need the AWS SDK

    return make(settings().images_table, derived=settings().derived_bucket)


@cache
def describing() -> DescribeStep:
    default = ProviderChoice(settings().describe_provider, settings().describe_model)
    return DescribeStep(describers(stack_access(settings())), as_requested(default), paid_work)


@step
def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    return describing().run(event)
