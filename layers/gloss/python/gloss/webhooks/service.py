"""Setting, forgetting and testing a webhook."""

from datetime import timedelta
from typing import Final

from gloss.clock import Clock, iso
from gloss.errors import SourceUnavailable
from gloss.ids import new_id
from gloss.settings.vault import Vault
from gloss.sources.guard import AddressGuard
from gloss.webhooks.model import Delivery, StoredWebhook, message_id
from gloss.webhooks.queue import WebhookQueue
from gloss.webhooks.store import WebhookStore
from gloss.webhooks.views import WebhookRemoved, WebhookRequest, WebhookTest, WebhookView

SEALED_FOR: Final = "webhook"
"""What stands for the provider in the encryption context of a webhook's secret."""

BETWEEN_TESTS: Final = timedelta(seconds=5)
"""Nobody's server is to be flooded from here."""


class Webhooks:
    def __init__(
        self, store: WebhookStore, vault: Vault, guard: AddressGuard, queue: WebhookQueue, clock: Clock
    ) -> None:
        self._store = store
        self._vault = vault
        self._guard = guard
        self._queue = queue
        self._clock = clock

    def set(self, user: str, request: WebhookRequest) -> WebhookView:
        """Replace the user's webhook; the secret is kept sealed.

        Raises:
            AddressRefused: the address is not one that this installation calls. It is looked at again
                before each delivery, for names may change what they stand for.
            SourceUnavailable: its host cannot be looked up now.
        """
        origin = self._guard.origin(request.url)
        try:
            self._guard.address(origin.host, origin.port)
        except OSError as error:
            raise SourceUnavailable("The host of the address cannot be looked up now.") from error
        sealed = self._vault.seal(user, SEALED_FOR, request.secret.get_secret_value())
        webhook = StoredWebhook(request.url, sealed, iso(self._clock()))
        self._store.save(user, webhook)
        return WebhookView.of(webhook)

    def forget(self, user: str) -> WebhookRemoved:
        """May be repeated. What waits to be delivered is dropped when its turn comes."""
        return WebhookRemoved(removed=self._store.remove(user))

    def test(self, user: str) -> WebhookTest:
        """Send an event of the type ``webhook.test``.

        Raises:
            WebhookNotFound: there is no webhook.
            RateLimited: another test was sent a moment ago.
        """
        now = self._clock()
        self._store.claim_test(user, now, BETWEEN_TESTS)
        id_ = message_id("test", user, new_id())
        self._queue.send(Delivery.of(user, id_, "webhook.test", iso(now), {}))
        return WebhookTest(id=id_)
