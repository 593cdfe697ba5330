"""Who does a piece of work, and who pays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gloss.errors import KeyRests, ValidationFailed
from gloss.metering.prices import Prices
from gloss.providers.model import ProviderChoice
from gloss.providers.models import Models
from gloss.settings.model import Offer, Preferences, Profile, StoredKey, check_preferences, resolve, terms

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
STACK = Offer("heuristic", frozenset({"bedrock"}))
KEY = StoredKey("openai", b"sealed", "WXYZ", "2026-11-20", model="gpt-4.1")


def profile(*keys: StoredKey, **preferences: Any) -> Profile:
    return Profile("ada", Preferences(**preferences), 1, {key.provider: key for key in keys})


@pytest.mark.parametrize(
    ("known", "asked", "provider", "payer"),
    [
        (profile(), {}, "bedrock", "stack"),
        (profile(provider="openai"), {}, "openai", "stack"),
        (profile(provider="openai"), {"provider": "heuristic"}, "heuristic", "stack"),
        (profile(KEY), {}, "openai", "user"),
        (profile(KEY, provider="bedrock"), {}, "bedrock", "stack"),
        (profile(KEY, provider="bedrock"), {"provider": "openai"}, "openai", "user"),
        (profile(KEY), {"provider": "heuristic"}, "heuristic", "stack"),
    ],
)
def test_who_works_and_who_pays(known: Profile, asked: dict[str, Any], provider: str, payer: str) -> None:
    resolved = resolve(known, "bedrock", **asked)
    assert (resolved.provider, resolved.payer) == (provider, payer)
    assert resolved.byok == (payer == "user")


def test_a_refused_key_is_still_the_one_that_counts() -> None:
    refused = StoredKey("openai", b"", "WXYZ", "2026-11-20", status="refused")
    assert resolve(profile(refused), "heuristic").key == refused


@pytest.mark.parametrize(
    ("known", "asked", "model"),
    [
        (profile(), {}, ""),
        (profile(provider="openai", model="gpt-4o"), {}, "gpt-4o"),
        (profile(provider="openai", model="gpt-4o"), {"model": "gpt-5"}, "gpt-5"),
        (profile(provider="openai", model="gpt-4o"), {"provider": "bedrock"}, ""),
        (profile(KEY), {}, "gpt-4.1"),
        (profile(KEY, model="gpt-4o"), {}, "gpt-4o"),
    ],
)
def test_which_model(known: Profile, asked: dict[str, Any], model: str) -> None:
    assert resolve(known, "openai", **asked).model == model


def test_a_request_goes_before_the_preferences() -> None:
    known = profile(
        context={"brand": "Gloss", "language": "de"},
        detail="high",
        policy="if_better",
        policies={"title": "always"},
    )
    asked = {"context": {"language": "fr"}, "policy": "always", "provider": "openai"}
    request = known.request(asked)
    assert request["context"]["brand"] == "Gloss"
    assert request["context"]["language"] == "fr"
    assert (request["policy"], request["policies"], request["detail"]) == (
        "always",
        {"title": "always"},
        "high",
    )
    assert request["provider"] == "openai"


def test_work_of_a_user_without_settings_asks_for_nothing_and_takes_a_credit() -> None:
    found = terms(profile(), STACK, {}, NOW)
    assert (found.request, found.byok, found.credits) == ({}, False, 1)


def test_work_with_an_own_key_names_its_provider_and_takes_no_credit() -> None:
    found = terms(profile(KEY), Offer("openai"), {}, NOW)
    assert (found.request, found.credits) == ({"provider": "openai", "model": "gpt-4.1"}, 0)


def test_a_provider_that_costs_nothing_takes_a_credit_whoever_has_a_key() -> None:
    found = terms(profile(KEY), Offer("bedrock"), {"provider": "heuristic"}, NOW)
    assert (found.request, found.credits) == ({"provider": "heuristic"}, 1)


def test_the_preferences_of_the_moment_go_into_the_work() -> None:
    found = terms(profile(provider="bedrock", policy="always", context={"brand": "Gloss"}), STACK, {}, NOW)
    assert found.request == {"provider": "bedrock", "policy": "always", "context": {"brand": "Gloss"}}


@pytest.mark.parametrize(
    ("known", "asked", "field"),
    [
        (profile(), {"model": "gpt-5.4"}, "model"),
        (profile(KEY), {"provider": "heuristic", "model": "gpt-5.4"}, "model"),
        (profile(), {"context": {"language": "de"}}, "language"),
        (profile(provider="openai"), {"provider": "heuristic", "context": {"language": "fr"}}, "language"),
    ],
)
def test_what_the_provider_cannot_do_is_refused_before_a_credit_is_held(
    known: Profile, asked: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationFailed) as refused:
        terms(known, STACK, asked, NOW)
    assert refused.value.details == {"field": field}


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        (profile(KEY), {"model": "gpt-5.4", "context": {"language": "de"}}),
        (profile(), {"provider": "bedrock", "model": "amazon.nova-pro-v1:0"}),
        (profile(), {"context": {"language": "en-GB"}}),
        # Preferences of a time when somebody else described: the words say what language they are in.
        (profile(context={"language": "de"}), {}),
    ],
)
def test_what_it_can_do_is_not(known: Profile, asked: dict[str, Any]) -> None:
    assert terms(known, STACK, asked, NOW).request.get("model") == asked.get("model")


NOBODY = Offer("heuristic")


@pytest.mark.parametrize(
    ("known", "asked", "says"),
    [
        (profile(), {"provider": "bedrock"}, "no access to bedrock.$"),
        (profile(), {"provider": "openai"}, "provider-key"),
        (profile(fallback=True), {"provider": "openai"}, "provider-key"),
        # The key that the preferences were saved with was removed since.
        (profile(provider="openai"), {}, "provider-key"),
    ],
)
def test_a_provider_that_nobody_has_a_key_for_is_refused_before_a_credit_is_held(
    known: Profile, asked: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationFailed, match=says) as refused:
        terms(known, NOBODY, asked, NOW)
    assert refused.value.details == {"field": "provider"}


@pytest.mark.parametrize(
    ("known", "asked", "provider"),
    [
        (profile(KEY), {"provider": "openai"}, "openai"),
        (profile(), {"provider": "heuristic"}, "heuristic"),
        (profile(provider="openai", fallback=True), {}, "openai"),
        (profile(provider="openai"), None, "openai"),
    ],
)
def test_a_key_or_a_fallback_opens_it_and_files_come_in_whatever_was_preferred(
    known: Profile, asked: dict[str, Any] | None, provider: str | None
) -> None:
    assert terms(known, NOBODY, asked, NOW).request.get("provider") == provider


def test_a_key_whose_account_is_empty_rests_and_is_tried_again() -> None:
    until = NOW + timedelta(minutes=5)
    known = profile(replace(KEY, status="exhausted", rests_until=int(until.timestamp())))
    with pytest.raises(KeyRests, match="tried again at 2026-11-20T12:05:00") as refused:
        terms(known, NOBODY, {}, NOW)
    assert refused.value.details == {"field": "provider", "restsUntil": "2026-11-20T12:05:00.000000Z"}
    assert terms(known, NOBODY, {}, until).byok
    # It was flagged before there was a time to it.
    assert terms(profile(replace(KEY, status="exhausted")), NOBODY, {}, NOW).byok
    with pytest.raises(ValidationFailed, match="does not accept your key"):
        terms(profile(replace(KEY, status="refused")), NOBODY, {}, until)


def paying(*listed: str, default: str = "openai", model: str = "house-model") -> Offer:
    models = Models(ProviderChoice(default, model), Prices.load(), frozenset(listed))
    return Offer(default, frozenset({"openai", "bedrock"}), models)


ELSEWHERE = StoredKey("openai", b"", "WXYZ", "2026-11-20", base_url="https://models.example/v1")
NOVA = "amazon.nova-pro-v1:0"


@pytest.mark.parametrize(
    ("known", "asked", "offer", "says"),
    [
        (profile(), {"model": "gpt-99"}, paying(), "does not pay for the model gpt-99 of openai"),
        (profile(), {"model": "gpt-5.4"}, paying("gpt-5.4-mini"), "does not pay"),
        (profile(), {"provider": "bedrock", "model": "house-model"}, paying(), "does not pay"),
        # The list was another one when the preferences were saved.
        (profile(provider="openai", model="gpt-5.4"), {}, paying("gpt-5.4-mini"), "does not pay"),
        (profile(fallback=True), {"model": "gpt-99"}, paying(), "does not pay"),
        (profile(), {"model": NOVA}, paying(), "belongs to bedrock, not to openai"),
        (profile(), {"model": NOVA}, paying(NOVA), "belongs to bedrock"),
        (profile(KEY), {"model": NOVA}, paying(), "belongs to bedrock"),
    ],
)
def test_a_model_that_nobody_pays_for_is_refused_before_a_credit_is_held(
    known: Profile, asked: dict[str, Any], offer: Offer, says: str
) -> None:
    with pytest.raises(ValidationFailed, match=says) as refused:
        terms(known, offer, asked, NOW)
    assert refused.value.details["field"] == "model"


def test_who_names_another_model_is_told_which_there_are() -> None:
    with pytest.raises(ValidationFailed) as refused:
        terms(profile(), paying("gpt-5.4-nano", "gpt-5.4-mini"), {"model": "gpt-99"}, NOW)
    assert refused.value.details["allowed"] == ["gpt-5.4-mini", "gpt-5.4-nano"]


@pytest.mark.parametrize(
    ("known", "asked", "offer"),
    [
        (profile(), {"model": "gpt-5.4"}, paying()),
        (profile(), {"model": "house-model"}, paying("gpt-5.4")),
        (profile(), {"model": "our-own"}, paying("our-own")),
        (profile(), {"provider": "bedrock", "model": "amazon.nova-lite-v1:0"}, paying("gpt-5.4")),
        # At an address of the operator's, a name is what the server says.
        (profile(), {"model": NOVA}, paying(model=NOVA)),
        (profile(KEY), {"model": "ft:gpt-4.1:me"}, paying("gpt-5.4")),
        (profile(ELSEWHERE), {"model": NOVA}, paying()),
        (profile(provider="openai", model="gpt-99", fallback=True), {}, paying()),
        (profile(provider="openai", model="gpt-99"), None, paying()),
    ],
)
def test_a_model_that_somebody_pays_for_is_taken(
    known: Profile, asked: dict[str, Any] | None, offer: Offer
) -> None:
    wanted = (asked or {}).get("model") or known.preferences.model
    assert terms(known, offer, asked, NOW).request["model"] == wanted


def test_preferences_name_no_model_that_nobody_pays_for() -> None:
    wanted = Preferences(provider="openai", model="gpt-99")
    with pytest.raises(ValidationFailed, match="does not pay") as refused:
        check_preferences(profile(), wanted, paying())
    assert refused.value.details == {"field": "model"}
    check_preferences(profile(KEY), wanted, paying())


def test_a_model_without_access_is_not_paid_for() -> None:
    models = Models(ProviderChoice("openai"), Prices.load(), within_reach=lambda _, model: model != NOVA)
    assert not models.are_paid("bedrock", NOVA)
    assert models.are_paid("bedrock", "amazon.nova-lite-v1:0")
    assert not models.are_paid("skynet", "t-800")
