from typing import Any, Final

import pytest

from tests.unit.cli.conftest import Gloss, Service, ok

SETTINGS: Final[dict[str, Any]] = {
    "context": {"language": "en", "tone": "dry", "keywords": []},
    "provider": "openai",
    "model": None,
    "detail": "low",
    "policy": "keep_human",
    "policies": {},
    "fallback": False,
    "schedule": {"every": "weekly", "hour": 3, "maxCredits": 50},
    "monthlyCapUsd": None,
    "version": 3,
    "providerKeys": [{"provider": "openai", "last4": "abcd"}],
    "sources": [],
    "webhook": None,
    "scheduled": None,
}


@pytest.fixture
def edited(service: Service) -> Service:
    service.on("GET", "/settings", ok(SETTINGS))
    service.on("PUT", "/settings", ok({**SETTINGS, "version": 4}))
    return service


def test_settings_are_shown(gloss: Gloss, edited: Service) -> None:
    shown = gloss("settings").stdout

    assert "language: en, tone: dry" in shown
    assert "last4: abcd" in shown
    assert gloss.json("settings") == SETTINGS


def test_what_is_not_named_stays_as_it_is(gloss: Gloss, edited: Service) -> None:
    saved = gloss.json("settings", "set", "--policy", "if_better", "--language", "de", "--no-fallback")

    assert saved["version"] == 4
    kept = {name: SETTINGS[name] for name in ("provider", "model", "detail", "policies", "monthlyCapUsd")}
    assert edited.body("PUT", "/settings") == {
        **kept,
        "schedule": SETTINGS["schedule"],
        "policy": "if_better",
        "fallback": False,
        "context": {"language": "de", "tone": "dry", "keywords": []},
        "version": 3,
    }


def test_a_setting_goes_back_to_its_default(gloss: Gloss, edited: Service) -> None:
    gloss("settings", "set", "--default", "provider", "--default", "context", "--tone", "warm")

    saved = edited.body("PUT", "/settings")
    assert "provider" not in saved
    assert saved["context"] == {"tone": "warm"}


@pytest.mark.parametrize(
    ("args", "schedule"),
    [
        (("--schedule", "daily"), {"every": "daily", "hour": 3, "maxCredits": 50}),
        (
            ("--schedule-hour", "5", "--schedule-weekday", "friday", "--schedule-max-credits", "9"),
            {"every": "weekly", "hour": 5, "weekday": "friday", "maxCredits": 9},
        ),
        (
            ("--default", "schedule", "--schedule", "daily", "--schedule-work", "if_better"),
            {"every": "daily", "work": "if_better"},
        ),
        (("--schedule-min-age-days", "0"), {**SETTINGS["schedule"], "minAgeDays": 0}),
    ],
)
def test_a_schedule_is_set(
    gloss: Gloss, edited: Service, args: tuple[str, ...], schedule: dict[str, Any]
) -> None:
    assert gloss("settings", "set", *args).exit_code == 0

    assert edited.body("PUT", "/settings")["schedule"] == schedule


@pytest.mark.parametrize("args", [(), ("--default", "version"), ("--default", "webhook")])
def test_which_setting_has_to_be_clear(gloss: Gloss, args: tuple[str, ...]) -> None:
    assert gloss("settings", "set", *args).exit_code == 2


def test_a_key_is_read_and_never_shown(gloss: Gloss, service: Service) -> None:
    service.on("PUT", "/settings/provider-key", ok({"provider": "openai", "last4": "wxyz"}))
    command = ("settings", "set-key", "--key-stdin", "--model", "m")

    result = gloss(*command, stdin="sk-secret-wxyz\n")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "secret" not in result.stderr
    assert "wxyz" in result.stderr
    assert service.body("PUT", "/settings/provider-key") == {"key": "sk-secret-wxyz", "model": "m"}
    assert "wxyz" in gloss(*command, "--json", stdin="sk-secret-wxyz\n").stdout
    assert gloss(*command[:2]).exit_code == 2


@pytest.mark.parametrize(("removed", "words"), [(True, "is forgotten"), (False, "was no key")])
def test_a_key_is_forgotten(gloss: Gloss, service: Service, removed: bool, words: str) -> None:
    service.on("DELETE", "/settings/provider-key", ok({"provider": "openai", "removed": removed}))

    assert words in gloss("settings", "forget-key").stderr
    assert gloss.json("settings", "forget-key")["removed"] is removed
