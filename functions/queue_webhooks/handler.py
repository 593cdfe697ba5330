"""Reads the streams of jobs and generations and queues the news of those that have ended."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.bulk.store import JobStore
from gloss.clock import utc_now
from gloss.config import QueueWebhooksSettings, load
from gloss.observability import logger
from gloss.webhooks.endings import Announcer
from gloss.webhooks.queue import WebhookQueue


@cache
def announcer() -> Announcer:
    settings = load(QueueWebhooksSettings)
    jobs = JobStore(aws.dynamodb(), settings.jobs_table)
    return Announcer(jobs, WebhookQueue(aws.sqs(), settings.webhook_queue), utc_now)


def handle(event: Mapping[str, Any], context: Any) -> None:  # noqa: ANN401 - Lambda's own
    logger().append_keys(request=context.aws_request_id)
    announcer().announce(event["Records"])
