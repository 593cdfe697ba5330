"""Steps SettleGeneration and FailGeneration of generate_images."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import SettleGenerationSettings, load
from gloss.generate.settlement import Settlement
from gloss.generate.steps import Step, while_held
from gloss.generate.store import GenerationStore
from gloss.observability import generation_step, logger
from gloss.quota.configured import configured_ledger


@cache
def settling() -> Step:
    settings = load(SettleGenerationSettings)
    return while_held(
        Settlement(
            GenerationStore(aws.dynamodb(), settings.generations_table),
            configured_ledger(aws.dynamodb(), settings),
            utc_now,
        ).settle
    )


@generation_step
def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    if cause := event.get("failure", {}).get("cause"):
        logger().error("a step broke off", extra={"error": cause.get("Error")})
    return settling()(event)
