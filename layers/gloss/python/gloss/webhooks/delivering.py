"""Delivers: one attempt per message, the next one by another message."""

import http.client
import logging
from typing import Final

from gloss.clock import Clock, iso
from gloss.errors import AddressRefused
from gloss.settings.vault import Vault
from gloss.sources import http as guarded
from gloss.sources.guard import AddressGuard
from gloss.webhooks.model import MAX_ATTEMPTS, Delivery, Outcome, StoredWebhook, delay_s, headers
from gloss.webhooks.queue import WebhookQueue
from gloss.webhooks.service import SEALED_FOR
from gloss.webhooks.store import WebhookStore

PATIENCE_S: Final = 10.0
"""For the whole exchange."""

_SUCCESS: Final = range(200, 300)
_LOG: Final = logging.getLogger(__name__)


class Deliverer:
    def __init__(
        self,
        store: WebhookStore,
        vault: Vault,
        guard: AddressGuard,
        queue: WebhookQueue,
        clock: Clock,
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._store = store
        self._vault = vault
        self._guard = guard
        self._queue = queue
        self._clock = clock
        self._patience_s = patience_s

    def deliver(self, delivery: Delivery) -> None:
        """Try once; what was not taken is tried later, and put aside when it was tried often enough."""
        webhook = self._store.get(delivery.user)
        if webhook is None:
            return
        outcome = self._attempt(webhook, delivery)
        self._store.note(delivery.user, webhook, outcome)
        _LOG.info(
            "webhook tried",
            extra={
                "user": delivery.user,
                "webhook_id": delivery.id,
                "attempt": delivery.attempt,
                "status": outcome.status,
                "failure": outcome.error,
            },
        )
        if outcome.delivered:
            return
        if delivery.attempt < MAX_ATTEMPTS:
            self._queue.send(delivery.again(), delay_s=delay_s(delivery.attempt))
        else:
            self._queue.bury(delivery)

    def _attempt(self, webhook: StoredWebhook, delivery: Delivery) -> Outcome:
        now = self._clock()
        secret = self._vault.open(delivery.user, SEALED_FOR, webhook.sealed)
        signed = headers(delivery, secret, int(now.timestamp()))
        status: int | None = None
        error: str | None = None
        try:
            status = guarded.post(
                self._guard, webhook.url, signed, delivery.body.encode(), timeout=self._patience_s
            )
        except AddressRefused as refusal:
            error = refusal.code
        except TimeoutError:
            error = "TIMEOUT"
        except (OSError, http.client.HTTPException):
            error = "UNREACHABLE"
        return Outcome(
            id=delivery.id,
            type=delivery.type,
            at=iso(now),
            attempts=delivery.attempt,
            delivered=status in _SUCCESS,
            status=status,
            error=error,
        )
