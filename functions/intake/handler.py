"""Takes work off the queues; every message is answered for by itself."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import IntakeSettings, load
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
from gloss.observability import logger
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
        succeeded = list(pool.map(_take, records))
    failed = [record["messageId"] for record, done in zip(records, succeeded, strict=True) if not done]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def _take(record: Mapping[str, Any]) -> bool:
    try:
        intake().take(record["body"])
    except Exception:  # noqa: BLE001 - the other messages of the batch must not come again for this one
        logger().exception("message failed", extra={"message_id": record["messageId"]})
        return False
    return True
