"""Reading and changing a user's settings."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from gloss.clock import Clock, iso, utc_now
from gloss.images.model import epoch
from gloss.schedules.model import GRACE, next_run
from gloss.settings.model import Offer, StoredKey, Terms, check_preferences, terms
from gloss.settings.store import SettingsStore
from gloss.settings.vault import Vault
from gloss.settings.views import (
    ProviderKeyRemoved,
    ProviderKeyRequest,
    ProviderKeyView,
    SettingsEdit,
    SettingsView,
)

KeyCheck = Callable[[str, str], None]
"""Takes a key and a base URL (empty for the provider's own); raises where the key is of no use."""

_SHOWN: Final = 4


class UserSettings:
    def __init__(
        self, store: SettingsStore, vault: Vault, check: KeyCheck, offer: Offer, clock: Clock
    ) -> None:
        self._offer = offer
        self._store = store
        self._vault = vault
        self._check = check
        self._clock = clock

    def show(self, user: str) -> SettingsView:
        return SettingsView.of(self._store.profile(user))

    def save(self, user: str, edit: SettingsEdit) -> SettingsView:
        """Replace all preferences.

        Raises:
            ValidationFailed: no work could be done as they say.
            VersionConflict: they were changed since the version that the edit is based on.
        """
        kept, wanted = self._store.profile(user), edit.preferences()
        check_preferences(kept, wanted, self._offer)
        now, schedule = self._clock(), edit.schedule
        due = next_run(schedule, user, now - GRACE) if schedule else None
        version = self._store.save(user, wanted, based_on=edit.version, at=iso(now), due=due)
        saved = replace(kept, preferences=wanted, version=version)
        return SettingsView.of(replace(saved, due_at=epoch(due) if due else None))

    def set_key(self, user: str, request: ProviderKeyRequest) -> ProviderKeyView:
        """Check a key with one cheap call, then keep it sealed; it replaces the one before.

        Raises:
            KeyRefused: the provider does not accept it.
            AddressRefused: the base URL is not one that this installation calls.
            ProviderUnavailable: the provider could not be asked; nothing was changed.
        """
        secret = request.key.get_secret_value()
        self._check(secret, request.base_url)
        key = StoredKey(
            provider=request.provider,
            sealed=self._vault.seal(user, request.provider, secret),
            last4=secret[-_SHOWN:],
            created_at=iso(self._clock()),
            base_url=request.base_url,
            model=request.model or "",
            per_minute=request.requests_per_minute,
        )
        self._store.save_key(user, key)
        return ProviderKeyView.of(key)

    def forget_key(self, user: str, provider: str) -> ProviderKeyRemoved:
        """May be repeated."""
        return ProviderKeyRemoved(provider=provider, removed=self._store.remove_key(user, provider))


class WorkTerms:
    """``offer`` is what the stack describes with."""

    def __init__(self, store: SettingsStore, offer: Offer, clock: Clock = utc_now) -> None:
        self._store = store
        self._offer = offer
        self._clock = clock

    def __call__(self, user: str, asked: Mapping[str, Any] | None = None) -> Terms:
        """The terms of a piece of work that this user starts now."""
        return terms(self._store.profile(user), self._offer, asked, self._clock())
