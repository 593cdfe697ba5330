"""The settings of a user: preferences, own provider keys, connected sources, the webhook."""

from functools import cache, partial
from http import HTTPStatus
from typing import Annotated, Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import SettingsApiSettings, load
from gloss.settings.configured import configured_offer
from gloss.settings.connections import Connections
from gloss.settings.key_check import OpenAiKeyCheck
from gloss.settings.model import KeyedProvider
from gloss.settings.service import UserSettings
from gloss.settings.store import SettingsStore
from gloss.settings.vault import Vault
from gloss.settings.views import (
    ConnectionView,
    ConnectRequest,
    Disconnected,
    ProviderKeyRemoved,
    ProviderKeyRequest,
    ProviderKeyView,
    SettingsEdit,
    SettingsView,
)
from gloss.sources.configured import dropbox_account
from gloss.sources.guard import WEB_PORTS, AddressGuard
from gloss.web.app import Api, Envelope, Event
from gloss.web.routing import Query
from gloss.webhooks.queue import WebhookQueue
from gloss.webhooks.service import Webhooks
from gloss.webhooks.store import WebhookStore
from gloss.webhooks.views import WebhookRemoved, WebhookRequest, WebhookTest, WebhookView

api = Api()
settings = cache(lambda: load(SettingsApiSettings))
store = cache(lambda: SettingsStore(aws.dynamodb(), settings().settings_table))
vault = cache(lambda: Vault(aws.kms(), settings().settings_key))


@cache
def user_settings() -> UserSettings:
    check = OpenAiKeyCheck(AddressGuard(private=settings().private_addresses == "allowed"))
    return UserSettings(store(), vault(), check, configured_offer(settings()), utc_now)


@cache
def connections() -> Connections:
    return Connections(store(), vault(), {"dropbox": partial(dropbox_account, settings())}, utc_now)


@cache
def webhooks() -> Webhooks:
    return Webhooks(
        WebhookStore(aws.dynamodb(), settings().settings_table),
        vault(),
        AddressGuard(private=settings().private_addresses == "allowed", ports=WEB_PORTS),
        WebhookQueue(aws.sqs(), settings().webhook_queue),
        utc_now,
    )


@api.get("/settings", summary="Show the settings", tags=["settings"])
def show() -> Envelope[SettingsView]:
    return Envelope(data=user_settings().show(api.user))


@api.put("/settings", summary="Replace the preferences", tags=["settings"])
def save(edit: SettingsEdit) -> Envelope[SettingsView]:
    return Envelope(data=user_settings().save(api.user, edit))


@api.put("/settings/provider-key", summary="Bring an own provider key", tags=["settings"])
def set_key(request: ProviderKeyRequest) -> Envelope[ProviderKeyView]:
    return Envelope(data=user_settings().set_key(api.user, request))


@api.delete("/settings/provider-key", summary="Forget an own provider key", tags=["settings"])
def forget_key(provider: Annotated[KeyedProvider, Query()] = "openai") -> Envelope[ProviderKeyRemoved]:
    return Envelope(data=user_settings().forget_key(api.user, provider))


@api.put("/settings/sources/dropbox", summary="Connect Dropbox", tags=["settings"])
def connect_dropbox(request: ConnectRequest) -> Envelope[ConnectionView]:
    return Envelope(data=connections().connect(api.user, "dropbox", request))


@api.delete("/settings/sources/dropbox", summary="Forget Dropbox", tags=["settings"])
def disconnect_dropbox() -> Envelope[Disconnected]:
    return Envelope(data=connections().disconnect(api.user, "dropbox"))


@api.put("/settings/webhook", summary="Set the webhook", tags=["settings"])
def set_webhook(request: WebhookRequest) -> Envelope[WebhookView]:
    return Envelope(data=webhooks().set(api.user, request))


@api.delete("/settings/webhook", summary="Forget the webhook", tags=["settings"])
def forget_webhook() -> Envelope[WebhookRemoved]:
    return Envelope(data=webhooks().forget(api.user))


@api.post(
    "/settings/webhook/test",
    summary="Send a test event to the webhook",
    tags=["settings"],
    status_code=HTTPStatus.ACCEPTED,
)
def send_test() -> Envelope[WebhookTest]:
    return Envelope(data=webhooks().test(api.user))


def handle(event: Event, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    return api.answer(event, context)
