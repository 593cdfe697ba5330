"""Works on the webhook queue: tells users' servers what has ended."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import DeliverWebhookSettings, load
from gloss.observability import logger
from gloss.settings.vault import Vault
from gloss.sources.guard import WEB_PORTS, AddressGuard
from gloss.webhooks.delivering import Deliverer
from gloss.webhooks.model import Delivery
from gloss.webhooks.queue import WebhookQueue
from gloss.webhooks.store import WebhookStore


@cache
def deliverer() -> Deliverer:
    settings = load(DeliverWebhookSettings)
    return Deliverer(
        WebhookStore(aws.dynamodb(), settings.settings_table),
        Vault(aws.kms(), settings.settings_key),
        AddressGuard(private=settings.private_addresses == "allowed", ports=WEB_PORTS),
        WebhookQueue(aws.sqs(), settings.webhook_queue, settings.webhook_dead_letters),
        utc_now,
    )


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    logger().append_keys(request=context.aws_request_id)
    failed = [record["messageId"] for record in event["Records"] if not _done(record)]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def _done(record: Mapping[str, Any]) -> bool:
    """Whether the message need not come again: an attempt that failed has queued the next one."""
    try:
        deliverer().deliver(Delivery.from_message(record["body"]))
    except Exception:  # noqa: BLE001 - the other messages of the batch must not come again for this one
        logger().exception("message failed", extra={"message_id": record["messageId"]})
        return False
    return True
