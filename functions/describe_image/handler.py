"""Step DescribeImage of process_image."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from gloss.config import DescribeImageSettings, load
from gloss.describe.registry import describers
from gloss.observability import step
from gloss.pipeline.assignment import DescriberAssignment
from gloss.pipeline.opening import office_on_demand
from gloss.pipeline.words import DescribeStep
from gloss.providers.model import ProviderChoice
from gloss.providers.stack import stack_access

if TYPE_CHECKING:
    from gloss.pipeline.paid import PaidWork


@cache
def settings() -> DescribeImageSettings:
    return load(DescribeImageSettings)


office = office_on_demand(settings)


@cache
def paid_work() -> "PaidWork":
    from gloss.pipeline.paid import paid_work as make  # noqa: PLC0415 - only AI providers need the AWS SDK

    return make(settings(), settings().images_table, derived=settings().derived_bucket)


@cache
def describing() -> DescribeStep:
    default = ProviderChoice(settings().describe_provider, settings().describe_model)
    assign = DescriberAssignment(
        describers(stack_access(settings())),
        default,
        office,
        fallback=settings().describe_fallback,
        stack_models=settings().stack_model_names,
    )
    return DescribeStep(assign, paid_work)


@step
def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    return describing().run(event)
