"""Describing one image with whichever provider."""

import time
from collections.abc import Callable
from dataclasses import replace

from gloss.describe.limits import description_within_limits
from gloss.describe.model import Bill, Describer, DescribeRequest, Ok, Outcome


def describe(
    describer: Describer, request: DescribeRequest, *, stopwatch: Callable[[], float] = time.monotonic
) -> Outcome:
    """What the provider answers, every text within its limits, with its bill; one without a meter is free."""
    begin = stopwatch()
    outcome = describer.describe(request)
    if not isinstance(outcome, Ok):
        return outcome
    description = description_within_limits(outcome.description)
    return Ok(replace(description, bill=description.bill or Bill.free(stopwatch() - begin)))
