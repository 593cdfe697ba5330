"""Setting a webhook, and what becomes of deliveries."""

import http.client
import json
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from gloss.errors import AddressRefused, RateLimited, SourceUnavailable, WebhookNotFound
from gloss.settings.model import Offer
from gloss.settings.service import UserSettings
from gloss.settings.store import SettingsStore
from gloss.settings.vault import Vault
from gloss.settings.views import SettingsEdit
from gloss.sources import http as guarded
from gloss.sources.guard import WEB_PORTS, AddressGuard
from gloss.webhooks.delivering import Deliverer
from gloss.webhooks.model import MAX_ATTEMPTS, Delivery, signature
from gloss.webhooks.queue import WebhookQueue
from gloss.webhooks.service import BETWEEN_TESTS, SEALED_FOR, Webhooks
from gloss.webhooks.store import WebhookStore
from gloss.webhooks.views import DeliveryView, WebhookRequest
from tests.fakes.aws import FakeSqs
from tests.fakes.kms import FakeKms
from tests.fakes.ledger import HandClock
from tests.fakes.tables import with_tables
from tools.template import read_template

URL = "https://hooks.example.com/gloss"
SECRET = "whsec_Z2xvc3MtZXhhbXBsZS1zZWNyZXQtMDEyMzQ1Njc="
PUBLIC = "203.0.114.7"
QUEUE, DEAD = "https://sqs.invalid/webhooks", "https://sqs.invalid/dead"
OFFER = Offer("heuristic", frozenset())
NEWS = Delivery("ann", "msg_1", "job.complete", '{"type":"job.complete"}')


class Kit:
    """``answer`` is what the user's server says: a status, or the exception that ends the call."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = HandClock(datetime(2026, 11, 20, 12, tzinfo=UTC))
        database = with_tables("SettingsTable")
        self.sqs = FakeSqs()
        self.store = WebhookStore(database.client, "SettingsTable")
        vault = Vault(FakeKms().client, "key-1")
        self.addresses = {"hooks.example.com": PUBLIC, "inside.example.com": "10.0.0.7"}
        guard = AddressGuard(ports=WEB_PORTS, lookup=lambda host, _: [self.addresses[host]])
        queue = WebhookQueue(self.sqs.client, QUEUE, DEAD)
        self.webhooks = Webhooks(self.store, vault, guard, queue, self.clock)
        self.deliverer = Deliverer(self.store, vault, guard, queue, self.clock)
        self.settings = UserSettings(
            SettingsStore(database.client, "SettingsTable"), vault, lambda *_: None, OFFER, self.clock
        )
        self.answer: int | Exception = 204
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.real_post = guarded.post
        monkeypatch.setattr(guarded, "post", self._post)

    def _post(
        self, guard: AddressGuard, url: str, headers: dict[str, str], body: bytes, *, timeout: float
    ) -> int:
        assert timeout == 10
        self.posts.append((url, headers, body))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def set(self, user: str = "ann", **changes: Any) -> None:
        self.webhooks.set(user, WebhookRequest.model_validate({"url": URL, "secret": SECRET, **changes}))

    def last(self, user: str = "ann") -> DeliveryView | None:
        webhook = self.settings.show(user).webhook
        assert webhook is not None
        return webhook.last_delivery

    def queued(self, url: str = QUEUE) -> list[tuple[Delivery, int]]:
        return [
            (Delivery.from_message(message["MessageBody"]), message.get("DelaySeconds", 0))
            for message in self.sqs.messages
            if message["QueueUrl"] == url
        ]


@pytest.fixture
def kit(monkeypatch: pytest.MonkeyPatch) -> Kit:
    return Kit(monkeypatch)


class TestSetting:
    def test_the_secret_is_never_shown(self, kit: Kit) -> None:
        kit.set()
        shown = kit.settings.show("ann")
        assert shown.webhook is not None
        assert shown.webhook.model_dump(by_alias=True) == {
            "url": URL,
            "createdAt": "2026-11-20T12:00:00.000000Z",
            "lastDelivery": None,
        }
        assert SECRET not in shown.model_dump_json() + repr(kit.store.get("ann"))

    def test_it_is_nobody_elses(self, kit: Kit) -> None:
        kit.set()
        assert kit.settings.show("ben").webhook is None
        assert kit.settings.show("ann").provider_keys == []

    def test_saving_preferences_leaves_it(self, kit: Kit) -> None:
        kit.set()
        saved = kit.settings.save("ann", SettingsEdit(version=0, detail="high"))
        assert saved == kit.settings.show("ann")
        assert saved.webhook is not None

    @pytest.mark.parametrize(
        "url",
        [
            "http://hooks.example.com/",
            "https://inside.example.com/",
            "https://user:pass@hooks.example.com/",
            "https://hooks.example.com:8443/",
            "hooks",
        ],
    )
    def test_an_address_that_may_not_be_called_is_refused(self, kit: Kit, url: str) -> None:
        with pytest.raises(AddressRefused):
            kit.set(url=url)
        assert kit.store.get("ann") is None

    def test_a_resolver_that_is_silent_refuses_nothing(self, kit: Kit) -> None:
        def silent(host: str, port: int) -> list[str]:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

        kit.webhooks._guard = AddressGuard(lookup=silent)
        with pytest.raises(SourceUnavailable):
            kit.set()

    @pytest.mark.parametrize(
        "secret", ["hunter2", "whsec_!!!!!!!!!!!!!!!!", "whsec_c2hvcnQtb25l", "umlautü" * 3]
    )
    def test_a_secret_that_is_no_key_is_refused_and_not_repeated(self, kit: Kit, secret: str) -> None:
        with pytest.raises(ValidationError) as refused:
            kit.set(secret=secret)
        assert secret not in str(refused.value)

    def test_forgetting_may_be_repeated(self, kit: Kit) -> None:
        kit.set()
        assert kit.webhooks.forget("ann").removed
        assert not kit.webhooks.forget("ann").removed
        assert kit.settings.show("ann").webhook is None

    def test_a_test_event_is_queued_at_most_every_few_seconds(self, kit: Kit) -> None:
        with pytest.raises(WebhookNotFound):
            kit.webhooks.test("ann")
        kit.set()
        first = kit.webhooks.test("ann")
        with pytest.raises(RateLimited):
            kit.webhooks.test("ann")
        kit.clock.forward(BETWEEN_TESTS)
        second = kit.webhooks.test("ann")
        assert first.id != second.id
        assert [(delivery.id, delivery.type) for delivery, _ in kit.queued()] == [
            (first.id, "webhook.test"),
            (second.id, "webhook.test"),
        ]


class TestDelivering:
    def test_it_is_signed_and_noted(self, kit: Kit) -> None:
        kit.set()
        kit.deliverer.deliver(NEWS)
        ((url, headers, body),) = kit.posts
        sent_at = int(kit.clock().timestamp())
        assert (url, body.decode()) == (URL, NEWS.body)
        assert headers == {
            "Content-Type": "application/json",
            "User-Agent": "Gloss-Webhooks/1",
            "webhook-id": "msg_1",
            "webhook-timestamp": str(sent_at),
            "webhook-signature": signature(SECRET, "msg_1", sent_at, NEWS.body),
        }
        last = kit.last()
        assert last is not None
        assert (last.id, last.type, last.attempts, last.delivered, last.status, last.error) == (
            "msg_1",
            "job.complete",
            1,
            True,
            204,
            None,
        )
        assert kit.sqs.messages == []

    @pytest.mark.parametrize(
        ("answer", "status", "error"),
        [
            (500, 500, None),
            (302, 302, None),
            (410, 410, None),
            (AddressRefused(), None, "ADDRESS_REFUSED"),
            (TimeoutError(), None, "TIMEOUT"),
            (ConnectionRefusedError(), None, "UNREACHABLE"),
            (http.client.BadStatusLine("x"), None, "UNREACHABLE"),
        ],
    )
    def test_what_is_not_taken_is_tried_again_later(
        self, kit: Kit, answer: int | Exception, status: int | None, error: str | None
    ) -> None:
        kit.set()
        kit.answer = answer
        kit.deliverer.deliver(NEWS)
        last = kit.last()
        assert last is not None
        assert (last.delivered, last.status, last.error) == (False, status, error)
        ((again, delay),) = kit.queued()
        assert again == NEWS.again()
        assert 3 <= delay <= 5

    def test_every_attempt_has_the_same_id_and_body_and_a_time_of_its_own(self, kit: Kit) -> None:
        kit.set()
        kit.answer = 503
        kit.deliverer.deliver(NEWS)
        kit.clock.forward(timedelta(seconds=5))
        kit.answer = 200
        kit.deliverer.deliver(kit.queued()[0][0])
        (_, first, body), (_, second, again) = kit.posts
        assert (first["webhook-id"], body) == (second["webhook-id"], again)
        assert int(second["webhook-timestamp"]) == int(first["webhook-timestamp"]) + 5
        last = kit.last()
        assert last is not None
        assert (last.attempts, last.delivered) == (2, True)

    def test_the_last_attempt_is_put_aside(self, kit: Kit) -> None:
        kit.set()
        kit.answer = 500
        delivery = NEWS
        for _ in range(MAX_ATTEMPTS):
            kit.deliverer.deliver(delivery)
            delivery = delivery.again()
        assert len(kit.queued()) == MAX_ATTEMPTS - 1
        assert [buried.attempt for buried, _ in kit.queued(DEAD)] == [MAX_ATTEMPTS]

    def test_an_address_that_has_moved_inside_since_is_not_called(
        self, kit: Kit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kit.set()
        kit.addresses["hooks.example.com"] = "169.254.169.254"
        monkeypatch.setattr(guarded, "post", kit.real_post)
        kit.deliverer.deliver(NEWS)
        last = kit.last()
        assert last is not None
        assert (last.delivered, last.error) == (False, "ADDRESS_REFUSED")

    def test_who_has_no_webhook_is_told_nothing(self, kit: Kit) -> None:
        kit.set("ben")
        kit.deliverer.deliver(NEWS)
        assert kit.posts == []
        assert kit.sqs.messages == []

    def test_a_webhook_that_was_set_meanwhile_is_not_blamed(self, kit: Kit) -> None:
        kit.set()
        before = kit.store.get("ann")
        assert before is not None
        kit.clock.forward(timedelta(seconds=1))
        kit.set()
        outcome = kit.deliverer._attempt(before, NEWS)
        kit.store.note("ann", before, outcome)
        assert kit.last() is None

    def test_the_body_of_a_test_names_its_type(self, kit: Kit) -> None:
        kit.set()
        kit.webhooks.test("ann")
        ((delivery, _),) = kit.queued()
        assert json.loads(delivery.body) == {
            "type": "webhook.test",
            "timestamp": "2026-11-20T12:00:00.000000Z",
            "data": {},
        }


def test_who_delivers_can_open_no_provider_key() -> None:
    """The local engine does not tell IAM of the context of a call, so it cannot be tried there."""
    policies = read_template()["Resources"]["DeliverWebhook"]["Properties"]["Policies"]
    (opens,) = [each for each in policies[0]["Statement"] if each["Action"] == "kms:Decrypt"]
    assert opens["Condition"] == {"StringEqualsIfExists": {"kms:EncryptionContext:provider": SEALED_FOR}}
