"""The row ``WEBHOOK`` of a user in the Settings table."""

from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from gloss.clock import iso
from gloss.dynamodb import (
    ConditionFailed,
    Item,
    delete,
    from_attributes,
    put,
    to_attributes,
    update,
    write_one,
)
from gloss.errors import RateLimited, WebhookNotFound
from gloss.webhooks.model import Outcome, StoredWebhook

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KIND: Final = "WEBHOOK"


class WebhookStore:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, user: str) -> StoredWebhook | None:
        answer = self._client.get_item(
            TableName=self._table, Key=to_attributes(_key(user)), ConsistentRead=True
        )
        return StoredWebhook.from_item(from_attributes(answer["Item"])) if "Item" in answer else None

    def save(self, user: str, webhook: StoredWebhook) -> None:
        """It replaces the one before, and what is known of that one's deliveries."""
        kept = {"url": webhook.url, "sealed": webhook.sealed, "created_at": webhook.created_at}
        write_one(self._client, put(self._table, {**_key(user), **kept}))

    def remove(self, user: str) -> bool:
        """Whether there was one."""
        try:
            write_one(self._client, delete(self._table, _key(user), condition="attribute_exists(kind)"))
        except ConditionFailed:
            return False
        return True

    def note(self, user: str, webhook: StoredWebhook, outcome: Outcome) -> None:
        """Keep the outcome with this very webhook; one that was set since has nothing to do with it."""
        write = update(
            self._table,
            _key(user),
            "SET #last = :last",
            condition="created_at = :created_at",
            names={"#last": "last"},
            values={":last": asdict(outcome), ":created_at": webhook.created_at},
        )
        with suppress(ConditionFailed):
            write_one(self._client, write)

    def claim_test(self, user: str, now: datetime, pause: timedelta) -> None:
        """Note that a test is sent now.

        Raises:
            WebhookNotFound: there is none to test.
            RateLimited: the last test was less than ``pause`` ago.
        """
        write = update(
            self._table,
            _key(user),
            "SET tested_at = :now",
            condition="attribute_exists(kind) AND (attribute_not_exists(tested_at) OR tested_at <= :before)",
            values={":now": iso(now), ":before": iso(now - pause)},
        )
        try:
            write_one(self._client, write)
        except ConditionFailed as refusal:
            stands: Any = refusal.failures[0]
            if stands is None:
                raise WebhookNotFound from refusal
            raise RateLimited(
                "A test was sent a moment ago.", retry_after=round(pause.total_seconds())
            ) from refusal


def _key(user: str) -> Item:
    return {"user": user, "kind": KIND}
