"""What a user prefers, which provider keys the user has, and what follows for a piece of work. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import Field as Bounded
from pydantic import StringConstraints

from gloss.clock import iso_of_epoch
from gloss.describe.aliases import FieldAlias, field_of
from gloss.describe.model import MAX_VOCABULARY, Detail
from gloss.describe.phrases import writes
from gloss.describe.policy import DEFAULT_POLICY, Policy
from gloss.errors import KeyRests, ValidationFailed
from gloss.metering.model import Payer
from gloss.providers.model import FREE
from gloss.providers.models import Models
from gloss.records import dataclass
from gloss.schedules.model import LastRun, Schedule
from gloss.schema import LINE, ApiModel, LanguageTag
from gloss.webhooks.model import StoredWebhook

ProviderName = Literal["heuristic", "openai", "bedrock"]
KeyedProvider = Literal["openai"]
"""Providers that a user may bring a key for."""

KEY_MISSING: Final = "KEY_MISSING"
"""Code of the failure of work that was to be done with a key that was removed since."""

HEURISTIC: Final = "heuristic"
"""The provider without AI: no key, no model."""

KeyStatus = Literal["active", "refused", "exhausted"]
"""``exhausted``: the provider knows the key, and its account has no allowance left."""

KEY_REST: Final = timedelta(minutes=10)
"""How long a key rests whose account is empty; then one piece of work finds out anew."""

ConnectedSource = Literal["dropbox"]
"""Sources that a user connects with a token of their own."""

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), LINE]
Term = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), LINE]
ModelName = Annotated[str, StringConstraints(max_length=120, pattern=r"^[A-Za-z0-9][\w.:/@-]*$")]


class ContextPreferences(ApiModel):
    """What texts are to be like. ``vocabulary``, where given, is the closed list that tags come from."""

    brand: Phrase | None = None
    audience: Phrase | None = None
    tone: Phrase | None = None
    language: LanguageTag | None = None
    keywords: Annotated[tuple[Term, ...], Bounded(max_length=50)] = ()
    avoid: Annotated[tuple[Term, ...], Bounded(max_length=50)] = ()
    vocabulary: Annotated[tuple[Term, ...], Bounded(max_length=MAX_VOCABULARY)] = ()


class Preferences(ApiModel):
    """How a user's images are described where a request does not say otherwise.

    ``fallback`` lets images be described by something simpler while the provider is down, the key is refused
    or a cap is reached. ``monthlyCapUsd`` stops new AI work in a month that has cost so much. ``schedule``
    starts bulk jobs by itself.
    """

    context: ContextPreferences = ContextPreferences()
    provider: ProviderName | None = None
    model: ModelName | None = None
    detail: Detail = "low"
    policy: Policy = DEFAULT_POLICY
    policies: dict[FieldAlias, Policy] = Bounded(default_factory=dict)
    fallback: bool = False
    schedule: Schedule | None = None
    monthly_cap_usd: Annotated[float, Bounded(ge=0, le=1_000_000, allow_inf_nan=False)] | None = None


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as it is kept: encrypted, and what may be shown of it.

    ``flagged_at`` is since when it is not active; an exhausted one is tried again at ``rests_until``, in Unix
    seconds.
    """

    provider: str
    sealed: bytes = field(repr=False)
    last4: str
    created_at: str
    status: KeyStatus = "active"
    base_url: str = ""
    model: str = ""
    per_minute: int | None = None
    flagged_at: str | None = None
    rests_until: int | None = None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        return cls(**{name: item[name] for name in cls.__slots__ if name in item})

    def rests(self, now: datetime) -> bool:
        """Whether nothing is sent with it for now, until its account may have been topped up."""
        return self.status == "exhausted" and now.timestamp() < (self.rests_until or 0)


@dataclass(frozen=True, slots=True)
class Connection:
    """A source that the user has connected: its access, sealed, and what may be shown of it.

    ``account`` is what the source calls the user.
    """

    source: str
    sealed: bytes = field(repr=False)
    account: str
    connected_at: str
    status: KeyStatus = "active"

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        return cls(**{name: item[name] for name in cls.__slots__ if name in item})


@dataclass(frozen=True, slots=True)
class SourceAccess:
    """What a source is entered with. Without ``app_key`` the token was given to the installation's own app;
    a token that was obtained with PKCE goes without ``app_secret``."""

    refresh_token: str = field(repr=False)
    app_key: str = ""
    app_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that is known of a user's settings; ``version`` 0 where none were ever saved.

    ``due_at`` is when the schedule starts its next job, in Unix seconds, ``last_run`` its latest one.
    """

    user: str
    preferences: Preferences = field(default_factory=Preferences)
    version: int = 0
    keys: Mapping[str, StoredKey] = field(default_factory=dict)
    sources: Mapping[str, Connection] = field(default_factory=dict)
    webhook: StoredWebhook | None = None
    due_at: int | None = None
    last_run: LastRun | None = None

    def preferred_provider(self) -> str | None:
        """What the user chose; who only brought a key means its provider."""
        return self.preferences.provider or next(iter(self.keys), None)

    def request(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What a piece of work asks for, with the preferences where it is silent; defaults are left out."""
        own = self.preferences.model_dump(
            include={"context", "detail", "policy", "policies"}, exclude_defaults=True, mode="json"
        )
        if "policies" in own:
            own["policies"] = {field_of(name): policy for name, policy in own["policies"].items()}
        context = {**own.get("context", {}), **asked.get("context", {})}
        return {**own, **asked, **({"context": context} if context else {})}


@dataclass(frozen=True, slots=True)
class ResolvedProvider:
    """Who does a piece of work and who pays; ``key`` is the user's own, still sealed."""

    provider: str
    model: str = ""
    payer: Payer = "stack"
    key: StoredKey | None = None

    @property
    def byok(self) -> bool:
        return self.payer == "user"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the installation itself has: who describes where nobody is named, whom it has access to, and which
    models may be named; ``None`` where nobody names any.
    """

    default: str
    providers: frozenset[str] = frozenset()
    models: Models | None = None

    @property
    def access(self) -> frozenset[str]:
        """Whom it has access to, the default among them."""
        return self.providers | {self.default}


def check_preferences(profile: Profile, wanted: Preferences, offer: Offer) -> None:
    """Whether work can be done as these preferences say.

    Raises:
        ValidationFailed: nobody has a key for the provider, the provider cannot do what is asked of it, or
            nobody pays for the model.
    """
    if wanted.provider:
        check_access(profile, wanted.provider, offer.providers, field="provider")
    resolved = resolve(replace(profile, preferences=wanted), offer.default)
    check_choice(resolved.provider, model=wanted.model, language=wanted.context.language)
    check_model(resolved, offer.models)


def check_access(profile: Profile, provider: str, stack: Collection[str], *, field: str) -> None:
    """Whether anybody has access to a provider: the user, or the stack to one of its own.

    Raises:
        ValidationFailed: nobody has; ``field`` is where the provider was named.
    """
    if provider in {*FREE, *profile.keys, *stack}:
        return
    message = f"This installation has no access to {provider}."
    if provider in get_args(KeyedProvider):
        message += " Bring an own key first (PUT /settings/provider-key)."
    raise ValidationFailed(message, field=field)


def check_work(profile: Profile, provider: str, stack: Collection[str], now: datetime, *, field: str) -> None:
    """Whether work can begin with a provider: as :func:`check_access`, and with a key that is still good.

    Raises:
        KeyRests: the user's key has no allowance left, and it is too early to try it again.
        ValidationFailed: nobody has access, or the provider refuses the user's key, which nobody else's
            stands in for.
    """
    check_access(profile, provider, stack, field=field)
    own = profile.keys.get(provider)
    if own and own.rests(now):
        until = iso_of_epoch(own.rests_until or 0)
        raise KeyRests(
            f"The account of your key at {provider} has no allowance left. It is tried again at {until}, or "
            "at once when you save the key again (PUT /settings/provider-key).",
            field=field,
            restsUntil=until,
        )
    if own and own.status == "refused":
        raise ValidationFailed(
            f"{provider} does not accept your key any more: bring another one, or remove it "
            "(PUT, DELETE /settings/provider-key).",
            field=field,
        )


def check_choice(provider: str, *, model: str | None, language: str | None) -> None:
    """Whether this provider can do what is asked of it.

    Raises:
        ValidationFailed: it has no models, or does not write the language.
    """
    if provider != HEURISTIC:
        return
    if model:
        raise ValidationFailed(
            "No model belongs to the provider heuristic, which uses none: name the model's provider.",
            field="model",
        )
    if language and not writes(language):
        raise ValidationFailed(
            "The provider heuristic writes English only: name a provider that writes the language.",
            field="language",
        )


def resolve(
    profile: Profile, default: str, *, provider: str | None = None, model: str | None = None
) -> ResolvedProvider:
    """The provider that a request names, else the user's, else the stack's; a key that the user has is used.

    One that its provider refused is still the key that the user wants used: it falls back to nobody's money.
    """
    name = provider or profile.preferred_provider() or default
    wanted = model or (profile.preferences.model if name == profile.preferred_provider() else None)
    own = profile.keys.get(name)
    if own is None:
        return ResolvedProvider(name, wanted or "")
    return ResolvedProvider(name, wanted or own.model, "user", own)


def check_model(resolved: ResolvedProvider, models: Models | None) -> None:
    """Whether the model is one of its provider's, and one that who pays agrees to.

    With a key of their own users are free, and at an address of their own names mean what they want.

    Raises:
        ValidationFailed: it is not.
    """
    provider, model, key = resolved.provider, resolved.model, resolved.key
    if models is None or not model or provider in FREE or (key and key.base_url):
        return
    if key is None and models.are_paid(provider, model):
        return
    if owner := models.owner(provider, model):
        raise ValidationFailed(f"The model {model} belongs to {owner}, not to {provider}.", field="model")
    if key is None:
        message = f"This installation does not pay for the model {model} of {provider}: name another one."
        raise ValidationFailed(message, field="model", **_allowed(models))


def _allowed(models: Models) -> dict[str, list[str]]:
    return {"allowed": sorted(models.listed)} if models.listed else {}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a piece of work is reserved with: the request that goes with it, and who pays for the AI.

    The preferences of that moment are part of the request: changing them later changes no work that waits.
    ``per_minute`` is the limit that a user has set for the own key.
    """

    request: Mapping[str, Any]
    byok: bool = False
    per_minute: int | None = None

    @property
    def credits(self) -> int:
        return 0 if self.byok else 1


def terms(profile: Profile, offer: Offer, asked: Mapping[str, Any] | None, now: datetime) -> Terms:
    """``asked`` is what the user asks for beyond the settings: provider, model, context, policy …

    It is ``None`` where files come in: preferences that have become impossible do not keep them out.

    Raises:
        ValidationFailed: nobody has access to the provider that this leads to, or it cannot do what is asked.
            Nothing is reserved for it then.
    """
    named = (asked or {}).get("provider")
    resolved = resolve(profile, offer.default, provider=named, model=(asked or {}).get("model"))
    must_be_able = asked is not None and not profile.preferences.fallback
    if must_be_able:
        check_work(profile, resolved.provider, offer.access, now, field="provider")
    elif named:
        check_access(profile, named, offer.access, field="provider")
    asked = asked or {}
    if must_be_able or asked.get("model"):
        check_model(resolved, offer.models)
    language = asked.get("context", {}).get("language")
    check_choice(resolved.provider, model=asked.get("model"), language=language)
    request = profile.request(asked)
    if resolved.provider != offer.default or resolved.byok:
        request["provider"] = resolved.provider
    if resolved.model:
        request["model"] = resolved.model
    return Terms(request, resolved.byok, resolved.key.per_minute if resolved.key else None)
