"""Describing one image with whichever provider."""

from gloss.describe.limits import description_within_limits
from gloss.describe.model import Describer, DescribeRequest, Ok, Outcome


def describe(describer: Describer, request: DescribeRequest) -> Outcome:
    """What the provider answers, every text within its limits."""
    outcome = describer.describe(request)
    if isinstance(outcome, Ok):
        return Ok(description_within_limits(outcome.description))
    return outcome
