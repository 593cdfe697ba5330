"""Step FailImage of process_image."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.bulk.outcomes import JobOutcomes
from gloss.clock import utc_now
from gloss.config import FailImageSettings, load
from gloss.images.store import ImageStore
from gloss.observability import logger, step
from gloss.pipeline.settlement import Settlement
from gloss.quota.configured import configured_ledger


@cache
def settlement() -> Settlement:
    settings = load(FailImageSettings)
    return Settlement(
        ImageStore(
            aws.dynamodb(),
            settings.images_table,
            outcomes=JobOutcomes(settings.jobs_table, utc_now),
        ),
        configured_ledger(aws.dynamodb(), settings),
        None,
        utc_now,
    )


@step
def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    if cause := event["failure"].get("cause"):
        logger().error("a step broke off", extra={"error": cause.get("Error"), "cause": cause.get("Cause")})
    return settlement().fail(event)
