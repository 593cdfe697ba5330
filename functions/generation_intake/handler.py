"""Takes generations off their queues; every message is answered for by itself."""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import GenerationIntakeSettings, load
from gloss.generate.intake import GENERATION_FAILED, Intake
from gloss.generate.queues import configured_queues
from gloss.generate.store import GenerationStore
from gloss.messages import take_batch
from gloss.observability import logger, metrics
from gloss.pipeline.machine import ProcessMachine
from gloss.quota.configured import configured_ledger


@cache
def intake() -> Intake:
    settings = load(GenerationIntakeSettings)
    return Intake(
        GenerationStore(aws.dynamodb(), settings.generations_table),
        configured_queues(aws.sqs(), settings),
        ProcessMachine(aws.stepfunctions(), settings.generate_machine, failed=GENERATION_FAILED),
        configured_ledger(aws.dynamodb(), settings),
        utc_now,
    )


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    logger().append_keys(request=context.aws_request_id)
    batch = take_batch(event, intake().take)
    with metrics() as emitted:
        for kind, count in Counter(batch.results).items():
            name = f"Generations{kind.title().replace('_', '')}"
            emitted.add_metric(name=name, unit="Count", value=count)
    return batch.answer
