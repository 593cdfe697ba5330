"""What paid work needs beyond a provider: the user's settings and keys, and the meter around each call."""

from dataclasses import replace

from gloss.config import PaidWorkSettings
from gloss.describe.model import Permanent
from gloss.images.model import Image
from gloss.metering.configured import configured_metering
from gloss.metering.model import Call, Purpose, Receipts, nano_usd
from gloss.metering.service import Metering
from gloss.providers.model import BAD_KEY, KEY_EXHAUSTED, ProviderChoice, permanent
from gloss.records import dataclass
from gloss.settings.model import KEY_MISSING, KeyStatus, Profile, StoredKey
from gloss.settings.store import SettingsStore
from gloss.settings.vault import Vault


@dataclass(frozen=True, slots=True)
class Office:
    """``guarded``: addresses that users name are only called where they lead to the public internet."""

    settings: SettingsStore
    vault: Vault
    metering: Metering
    guarded: bool = True

    def profile(self, user: str) -> Profile:
        return self.settings.profile(user)

    def with_key(
        self, user: str, choice: ProviderChoice, key: StoredKey | None
    ) -> ProviderChoice | Permanent:
        """The choice with the user's own key, or why there is none to use."""
        if key is None:
            return Permanent(KEY_MISSING, "The provider key that this work was started with is gone.")
        if key.status == "refused":
            return permanent(BAD_KEY)
        if key.status == "exhausted" and not self._may_try(user, key):
            return permanent(KEY_EXHAUSTED)
        return replace(
            choice,
            key=self.vault.open(user, key.provider, key.sealed),
            base_url=key.base_url,
            guarded=self.guarded and bool(key.base_url),
        )

    def _may_try(self, user: str, key: StoredKey) -> bool:
        """Whether this piece of work finds out if the account of an exhausted key was topped up."""
        now = self.metering.clock()
        return not key.rests(now) and self.settings.take_key_probe(user, key, now)

    def call(
        self,
        profile: Profile,
        *,
        purpose: Purpose,
        provider: str,
        model: str,
        byok: bool,
        image: Image | None = None,
    ) -> Call:
        """What the meter has to know about a call for this user, and for this image where it is for one."""
        cap, key = profile.preferences.monthly_cap_usd, profile.keys.get(provider)
        return Call(
            user=profile.user,
            purpose=purpose,
            provider=provider,
            model=model,
            payer="user" if byok else "stack",
            image=image.image if image else None,
            job=image.work.job if image and image.work else None,
            per_minute=key.per_minute if key and byok else None,
            cap=None if cap is None else nano_usd(cap),
            priority=image.work.queue if image and image.work else "interactive",
        )

    def meter(self, user: str, key: StoredKey | None, receipts: Receipts | None = None) -> Metering:
        """The meter for calls with this key; what the provider says of it, the user's settings say too."""
        metering = replace(self.metering, receipts=receipts)
        if key is None:
            return metering

        def flag(code: str) -> None:
            status: KeyStatus = "exhausted" if code == KEY_EXHAUSTED else "refused"
            self.settings.flag_key(user, key, status, self.metering.clock())

        def restore() -> None:
            self.settings.restore_key(user, key)

        return replace(metering, key_refused=flag, key_served=restore if key.status == "exhausted" else None)


def open_office(settings: PaidWorkSettings) -> Office:
    from gloss import aws  # noqa: PLC0415 - only AI providers need the AWS SDK

    return Office(
        SettingsStore(aws.dynamodb(), settings.settings_table),
        Vault(aws.kms(), settings.settings_key),
        configured_metering(aws.dynamodb_of_meter(), settings),
        guarded=settings.private_addresses != "allowed",
    )
