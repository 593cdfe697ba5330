"""Takes work off the queues; every message is answered for by itself."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import IntakeSettings, load
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
from gloss.messages import take_batch
from gloss.observability import logger, metrics
from gloss.pipeline.intake import Intake
from gloss.pipeline.machine import ProcessMachine
from gloss.pipeline.queues import WorkQueues


@cache
def intake() -> Intake:
    settings = load(IntakeSettings)
    return Intake(
        ImageStore(aws.dynamodb(), settings.images_table),
        ObjectStore(aws.s3(), originals=settings.originals_bucket),
        WorkQueues(aws.sqs(), interactive=settings.interactive_queue, bulk=settings.bulk_queue),
        ProcessMachine(aws.stepfunctions(), settings.process_machine),
        utc_now,
    )


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    logger().append_keys(request=context.aws_request_id)
    batch = take_batch(event, intake().take)
    _measure(kind for verdicts in batch.results for kind in verdicts)
    return batch.answer


def _measure(kinds: Iterable[str]) -> None:
    """How attempts ended: ImagesComplete, ImagesFailed, ImagesRetrying, ImagesRateLimited …"""
    with metrics() as emitted:
        for kind, count in Counter(kinds).items():
            emitted.add_metric(name=f"Images{kind.title().replace('_', '')}", unit="Count", value=count)
