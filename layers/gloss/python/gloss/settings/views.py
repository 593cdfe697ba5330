"""Settings as their owner sends and sees them. A key goes in and never comes out."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, ConfigDict, SecretStr, StringConstraints
from pydantic import Field as Bounded

from gloss.clock import iso_of_epoch
from gloss.providers.model import BAD_KEY, KEY_EXHAUSTED, MESSAGES
from gloss.schema import ApiModel, Natural
from gloss.settings.model import (
    KeyedProvider,
    KeyStatus,
    ModelName,
    Preferences,
    Profile,
    StoredKey,
)
from gloss.webhooks.views import WebhookView


def _fit_for_a_header(key: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", key.get_secret_value()):
        raise ValueError("a key holds printable ASCII characters only")
    return key


_Secret = Annotated[SecretStr, Bounded(min_length=8, max_length=500), AfterValidator(_fit_for_a_header)]


class SettingsEdit(Preferences):
    """All preferences; what is left out goes back to its default. ``version`` is the one that was read."""

    version: Natural

    def preferences(self) -> Preferences:
        return Preferences.model_validate(self.model_dump(exclude={"version"}))


class ProviderKeyRequest(ApiModel):
    """A key, and the address of the service where it is not the provider's own.

    ``requestsPerMinute`` is the limit that the provider gives this key.
    """

    # What is refused may be a key all the same: no error quotes it.
    model_config = ConfigDict(hide_input_in_errors=True)

    provider: KeyedProvider = "openai"
    key: _Secret
    base_url: Annotated[str, StringConstraints(max_length=300)] = ""
    model: ModelName | None = None
    requests_per_minute: Annotated[int, Bounded(ge=1, le=100_000)] | None = None


_REASONS: Final = {"refused": MESSAGES[BAD_KEY], "exhausted": MESSAGES[KEY_EXHAUSTED]}


class ProviderKeyView(ApiModel):
    """``refused``: the provider does not accept the key any more; nothing is sent with it until it is saved
    anew. ``exhausted``: the key's account there has no allowance left; at ``restsUntil`` the next piece of
    work tries it again. ``reason`` and ``statusSince`` say why and since when it is not active.
    """

    provider: str
    last4: str
    status: KeyStatus
    status_since: str | None
    rests_until: str | None
    reason: str | None
    created_at: str
    base_url: str
    model: str
    requests_per_minute: int | None

    @classmethod
    def of(cls, key: StoredKey) -> "ProviderKeyView":
        return cls(
            provider=key.provider,
            last4=key.last4,
            status=key.status,
            status_since=key.flagged_at,
            rests_until=iso_of_epoch(key.rests_until) if key.rests_until else None,
            reason=_REASONS.get(key.status),
            created_at=key.created_at,
            base_url=key.base_url,
            model=key.model,
            requests_per_minute=key.per_minute,
        )


class ProviderKeyRemoved(ApiModel):
    provider: str
    removed: bool


class ConnectRequest(ApiModel):
    """A refresh token of the source. ``appKey`` (and ``appSecret``, unless the token was obtained with PKCE)
    name the app that it was given to, where that is not the installation's own."""

    # As for keys.
    model_config = ConfigDict(hide_input_in_errors=True)

    refresh_token: _Secret
    app_key: Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9]*$")] = ""
    app_secret: _Secret | None = None


class ConnectionView(ApiModel):
    """``refused``: the source does not accept the connection any more; connect it anew."""

    source: str
    account: str
    status: KeyStatus
    connected_at: str


class Disconnected(ApiModel):
    source: str
    removed: bool


class ScheduledView(ApiModel):
    """When the schedule starts its next job, and which one it started last. Where that one still runs or is
    paused, the next one is left out. A ``problem`` has paused the schedule: no job can be started as the
    settings say, until they are saved anew."""

    next_at: str | None
    last_job: str | None
    last_at: str | None
    problem: str | None

    @classmethod
    def of(cls, profile: Profile) -> "ScheduledView | None":
        if profile.due_at is None and profile.last_run is None:
            return None
        last = profile.last_run
        return cls(
            next_at=None if profile.due_at is None else iso_of_epoch(profile.due_at),
            last_job=last.job if last else None,
            last_at=last.at if last else None,
            problem=last.problem if last and profile.preferences.schedule and not profile.due_at else None,
        )


class SettingsView(Preferences):
    """The preferences with their version, and what may be told of all else."""

    version: int
    provider_keys: list[ProviderKeyView]
    sources: list[ConnectionView]
    webhook: WebhookView | None
    scheduled: ScheduledView | None

    @classmethod
    def of(cls, profile: Profile) -> "SettingsView":
        keys = [ProviderKeyView.of(key) for key in profile.keys.values()]
        sources = list(map(ConnectionView.model_validate, profile.sources.values()))
        webhook = WebhookView.of(profile.webhook) if profile.webhook else None
        return cls(
            **dict(profile.preferences),
            version=profile.version,
            provider_keys=keys,
            sources=sources,
            webhook=webhook,
            scheduled=ScheduledView.of(profile),
        )
