import json

import httpx
import pytest

from gloss_cli.output import duration
from tests.unit.cli.conftest import Gloss, Service, no, ok

QUOTA = {
    "account": "a",
    "plan": "free",
    "meters": {
        "images": {
            "meter": "images",
            "limit": 100,
            "used": 40,
            "held": 2,
            "bonus": 0,
            "remaining": 58,
            "resetsAt": "2026-12-01T00:00:00Z",
        }
    },
}
ENTRY = {
    "at": "now",
    "type": "reserve",
    "meter": "images",
    "delta": -1,
    "balanceAfter": None,
    "reason": "upload",
}
TOTALS = {"calls": 2, "failures": 1, "inputTokens": 300, "outputTokens": 40, "costUsd": 0.0125}


def test_quota_shows_what_is_left(gloss: Gloss, service: Service) -> None:
    service.on("GET", "/quota", ok(QUOTA))

    assert gloss.json("quota") == QUOTA
    assert "58" in gloss("quota").stdout


def test_the_journal_is_a_list_or_a_table(gloss: Gloss, service: Service) -> None:
    service.on("GET", "/quota/journal", ok({"entries": [ENTRY], "next": None}))

    assert gloss.json("quota", "journal") == [ENTRY]
    assert "reserve" in gloss("quota", "journal").stdout
    assert service.to("GET", "/quota") == []

    service.on("GET", "/quota/journal", httpx.Response(200, text="at,type\r\n"))
    assert gloss("quota", "journal", "--csv").stdout_bytes == b"at,type\r\n"
    assert service.asked[-1].url.params["format"] == "csv"


@pytest.mark.parametrize(
    ("args", "body"),
    [(("--upload", "u"), {"uploadId": "u"}), (("--reservation", "r"), {"reservationId": "r"})],
)
def test_a_reservation_is_called_off(
    gloss: Gloss, service: Service, args: tuple[str, str], body: dict[str, str]
) -> None:
    service.on("POST", "/quota/rollback", ok(QUOTA))

    assert gloss.json("quota", "rollback", *args) == QUOTA
    assert service.body("POST", "/quota/rollback") == body


@pytest.mark.parametrize("args", [(), ("--upload", "u", "--reservation", "r")])
def test_what_is_to_be_called_off_has_to_be_clear(gloss: Gloss, args: tuple[str, ...]) -> None:
    assert gloss("quota", "rollback", *args).exit_code == 2


def test_usage_is_grouped_as_asked(gloss: Gloss, service: Service) -> None:
    group = {"provider": "openai", "totals": TOTALS}
    service.on("GET", "/usage", ok({"by": ["provider"], "groups": [group], "total": TOTALS}))

    shown = gloss("usage", "--from", "2026-11-01", "--by", "provider").stdout

    assert "openai" in shown
    assert "0.0125" in shown
    assert dict(service.asked[0].url.params) == {"from": "2026-11-01", "by": "provider"}
    assert gloss.json("usage")["total"] == TOTALS


def test_single_calls_are_listed(gloss: Gloss, service: Service) -> None:
    call = dict.fromkeys(("time", "provider", "model", "purpose", "image", "outcome", "costUsd"), "x")
    service.on("GET", "/usage/calls", ok({"calls": [call], "next": None}))

    assert gloss.json("usage", "calls") == [call]
    assert "x" in gloss("usage", "calls").stdout


def test_the_options_of_every_command_go_anywhere(gloss: Gloss, service: Service) -> None:
    service.on("GET", "/quota", ok(QUOTA))

    for args in (("--json", "quota"), ("quota", "--json"), ("quota", "-q", "--json")):
        assert json.loads(gloss(*args).stdout) == QUOTA
    other = ("--api-url", "https://other.example.com"), ("--api-url=https://other.example.com",)
    for address in other:
        assert "You are signed in at" in gloss("quota", *address).stderr


def test_an_option_behind_two_dashes_is_a_word(gloss: Gloss, service: Service) -> None:
    service.on("GET", "/search", ok({"hits": [], "next": None}))

    assert gloss("search", "--", "--json").exit_code == 0
    assert service.asked[0].url.params["q"] == "--json"


def test_an_error_for_a_script_is_json_too(gloss: Gloss, service: Service) -> None:
    service.on("GET", "/quota", no(429, "RATE_LIMITED", "Too many."))

    result = gloss("quota", "--json")

    assert (result.exit_code, result.stdout) == (1, "")
    assert json.loads(result.stderr)["error"]["code"] == "RATE_LIMITED"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.6, "1 min"), (61, "1 min 1 s"), (3600, "1 h"), (90_061, "25 h 1 min 1 s")],
)
def test_durations_are_said_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words
