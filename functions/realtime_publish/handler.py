"""Reads the tables' streams and tells users what changed."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import RealtimePublishSettings, load
from gloss.observability import logger, metrics
from gloss.realtime.model import (
    Translator,
    events_of,
    generation_event,
    image_event,
    job_event,
    quota_event,
)
from gloss.realtime.service import Publisher
from gloss.realtime.sockets import GatewaySockets
from gloss.realtime.store import ConnectionStore

settings = cache(lambda: load(RealtimePublishSettings))


@cache
def publisher() -> Publisher:
    return Publisher(
        ConnectionStore(aws.dynamodb(), settings().connections_table),
        GatewaySockets(aws.sockets(settings().posts_url)),
        utc_now,
    )


def handle(event: Mapping[str, Any], context: Any) -> None:  # noqa: ANN401 - Lambda's own
    logger().append_keys(request=context.aws_request_id)
    translators: Mapping[str, Translator] = {
        settings().images_table: image_event,
        settings().ledger_table: quota_event,
        settings().jobs_table: job_event,
        settings().generations_table: generation_event,
    }
    events = events_of(event["Records"], translators)
    posts = publisher().publish(events)
    with metrics() as emitted:
        for result, count in posts.items():
            emitted.add_metric(name=f"Posts{result.title()}", unit="Count", value=count)
    logger().info("published", extra={"events": len(events), "posts": dict(posts)})
