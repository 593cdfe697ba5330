"""Takes work off the queues; every message is answered for by itself."""

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import IntakeSettings, load
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
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
    """The batch's messages are worked on side by side, for each of them waits for its machine."""
    logger().append_keys(request=context.aws_request_id)
    records = event["Records"]
    intake()
    with ThreadPoolExecutor(max_workers=len(records)) as pool:
        verdicts = list(pool.map(_take, records))
    _measure(verdicts)
    failed = [
        record["messageId"] for record, verdict in zip(records, verdicts, strict=True) if verdict is None
    ]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def _take(record: Mapping[str, Any]) -> list[str] | None:
    """What became of the message's images; ``None`` where the message has to come again."""
    try:
        return intake().take(record["body"])
    except Exception:  # noqa: BLE001 - the other messages of the batch must not come again for this one
        logger().exception("message failed", extra={"message_id": record["messageId"]})
        return None


def _measure(verdicts: Iterable[list[str] | None]) -> None:
    """How attempts ended: ImagesComplete, ImagesFailed, ImagesRetrying, ImagesRateLimited …"""
    with metrics() as emitted:
        for kind, count in Counter(kind for verdict in verdicts for kind in verdict or ()).items():
            emitted.add_metric(name=f"Images{kind.title().replace('_', '')}", unit="Count", value=count)
