"""Sources and imports as a function's settings describe them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from gloss import aws
from gloss.clock import utc_now
from gloss.config import ImportImageSettings, ImportsSettings, SettingsApiSettings
from gloss.errors import KeyRefused, SourceDisconnected
from gloss.images.store import ImageStore
from gloss.quota.configured import configured_ledger
from gloss.settings.model import Offer, SourceAccess
from gloss.settings.service import WorkTerms
from gloss.settings.store import SettingsStore
from gloss.settings.vault import Vault
from gloss.sources.accounts import Accounts, OwnApp
from gloss.sources.fetching import Sources
from gloss.sources.guard import WEB_PORTS, AddressGuard
from gloss.sources.intake import Intake
from gloss.sources.queue import ImportQueue
from gloss.sources.store import ImportStore
from gloss.sources.url import UrlSource

if TYPE_CHECKING:
    from gloss.sources.dropbox import DropboxSource

DropboxSettings = ImportImageSettings | SettingsApiSettings

_CHECK_S: Final = 5
"""Time limit of a call that a user waits for."""


def configured_guard(settings: ImportsSettings) -> AddressGuard:
    """Lets through what imports may call: the public web, and on one machine that machine."""
    return AddressGuard(private=settings.private_addresses == "allowed", ports=WEB_PORTS)


def configured_intake(settings: ImportsSettings) -> Intake:
    return Intake(
        ImageStore(aws.dynamodb(), settings.images_table),
        ImportStore(aws.dynamodb(), settings.imports_table),
        configured_ledger(aws.dynamodb(), settings),
        ImportQueue(aws.sqs(), settings.import_queue),
        WorkTerms(SettingsStore(aws.dynamodb(), settings.settings_table), Offer(settings.describe_provider)),
        utc_now,
    )


def configured_sources(settings: ImportImageSettings) -> Sources:
    store = SettingsStore(aws.dynamodb(), settings.settings_table)
    vault = Vault(aws.kms(), settings.settings_key)
    return {
        "url": lambda _user: UrlSource(configured_guard(settings)),
        "dropbox": Accounts("dropbox", store, vault, lambda access: dropbox_source(settings, access)),
    }


def dropbox_source(settings: DropboxSettings, access: SourceAccess, timeout: float = 25) -> "DropboxSource":
    """Raises ``KeyRefused`` where nobody has said which app the token was given to."""
    from gloss.sources.dropbox import DropboxSource  # noqa: PLC0415 - the SDK is heavy, most need it not

    complete = OwnApp(_secret(settings.dropbox_secret_arn)).complete(access)
    return DropboxSource(complete, address=settings.dropbox_url, timeout=timeout)


def _secret(arn: str) -> Callable[[], str] | None:
    if not arn:
        return None

    def read() -> str:
        from gloss.providers.secrets import stack_key  # noqa: PLC0415 - only where the installation has an app

        return stack_key(arn)

    return read


def dropbox_account(settings: DropboxSettings, access: SourceAccess) -> str:
    """What Dropbox calls the user.

    Raises:
        KeyRefused: Dropbox does not accept the access, or nobody has said which app it was given to.
        SourceUnavailable: not now.
    """
    try:
        return dropbox_source(settings, access, _CHECK_S).account()
    except SourceDisconnected as refusal:
        raise KeyRefused("Dropbox does not accept this token for this app.") from refusal
