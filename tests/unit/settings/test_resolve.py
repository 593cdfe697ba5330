"""Who does a piece of work, and who pays."""

from typing import Any

import pytest

from gloss.settings.model import Preferences, Profile, StoredKey, resolve

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
        (profile(KEY), {"provider": "heuristic", "byok": True}, "heuristic", "stack"),
        # Decided when the work was reserved, and not again.
        (profile(KEY), {"byok": False}, "openai", "stack"),
        (profile(), {"provider": "openai", "byok": True}, "openai", "user"),
    ],
)
def test_who_works_and_who_pays(known: Profile, asked: dict[str, Any], provider: str, payer: str) -> None:
    resolved = resolve(known, "bedrock", **asked)
    assert (resolved.provider, resolved.payer) == (provider, payer)
    assert resolved.byok == (payer == "user")
    assert resolved.is_free == (provider == "heuristic")


def test_a_removed_key_leaves_the_user_as_payer_without_a_key() -> None:
    assert resolve(profile(), "openai", byok=True).key is None


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
        (profile(KEY), {"byok": False}, ""),
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
