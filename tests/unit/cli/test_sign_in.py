import json
from typing import Any

import httpx
import pytest

from tests.unit.cli.conftest import ANN, API, COGNITO, NOW, Gloss, Service, no, ok, token

QUOTA = {"account": "acct-1", "plan": "free", "meters": {}}
LOGIN = ("login", "--api-url", API, "--user-pool-client", "client-1", "--email", ANN, "--password-stdin")


def tokens(mark: str = "", refresh: str | None = "refresh-1") -> httpx.Response:
    result: dict[str, Any] = {"IdToken": token("ann", mark), "ExpiresIn": 3600}
    return httpx.Response(
        200, json={"AuthenticationResult": result | ({"RefreshToken": refresh} if refresh else {})}
    )


def denied(kind: str = "NotAuthorizedException") -> httpx.Response:
    return httpx.Response(400, json={"__type": f"com.amazonaws#{kind}", "message": "Incorrect."})


def test_signing_in_asks_cognito_and_keeps_what_it_gave(machine: Gloss, service: Service) -> None:
    service.on("POST", f"{COGNITO}/", tokens())

    result = machine(*LOGIN, stdin="s3cret word\n")

    assert (result.exit_code, result.stdout) == (0, "")
    assert ANN in result.stderr
    request = service.asked[0]
    assert request.headers["x-amz-target"] == "AWSCognitoIdentityProviderService.InitiateAuth"
    assert json.loads(request.content) == {
        "ClientId": "client-1",
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": ANN, "PASSWORD": "s3cret word"},
    }
    profile = machine.world.profile.load()
    assert profile is not None
    assert (profile.refresh_token, profile.id_token) == ("refresh-1", token("ann"))
    assert profile.expires_at == NOW + 3600


@pytest.mark.parametrize("kind", ["NotAuthorizedException", "UserNotFoundException"])
def test_a_wrong_password_is_said_without_repeating_it(machine: Gloss, service: Service, kind: str) -> None:
    service.on("POST", f"{COGNITO}/", denied(kind))

    result = machine(*LOGIN, stdin="s3cret\n")

    assert result.exit_code == 3
    assert "refused" in result.stderr
    assert "s3cret" not in result.output
    assert machine.world.profile.load() is None


@pytest.mark.parametrize(
    ("answer", "code", "word"),
    [
        (httpx.Response(200, json={"ChallengeName": "NEW_PASSWORD_REQUIRED"}), 3, "NEW_PASSWORD_REQUIRED"),
        (denied("ResourceNotFoundException"), 1, "Incorrect"),
        (httpx.Response(500, text="<html>"), 1, "does not answer"),
        (httpx.ConnectError("no route"), 1, "no route"),
        (tokens(refresh=None), 1, "ALLOW_REFRESH_TOKEN_AUTH"),
    ],
)
def test_what_else_keeps_somebody_out_is_named(
    machine: Gloss, service: Service, answer: httpx.Response | Exception, code: int, word: str
) -> None:
    service.on("POST", f"{COGNITO}/", answer)

    result = machine(*LOGIN, stdin="x\n")

    assert result.exit_code == code
    assert word in result.stderr


def test_a_password_is_not_asked_for_where_nobody_types(machine: Gloss) -> None:
    result = machine(*LOGIN[:-1])

    assert result.exit_code == 2
    assert "--password-stdin" in result.stderr


def test_a_person_is_asked_and_the_password_is_not_shown(
    machine: Gloss, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.on("POST", f"{COGNITO}/", tokens())
    asked: list[tuple[str, bool]] = []

    def prompt(what: str, *, hide_input: bool, err: bool) -> str:
        asked.append((what, hide_input))
        return "typed"

    class Terminal:
        def isatty(self) -> bool:
            return True

    class System:
        stdin = Terminal()

    monkeypatch.setattr("typer.prompt", prompt)
    monkeypatch.setattr("gloss_cli.asking.sys", System)

    assert machine(*LOGIN[:5]).exit_code == 0
    assert asked == [("Email", False), ("Password", True)]


def test_without_a_word_where_to_there_is_nothing_to_sign_in_at(machine: Gloss) -> None:
    result = machine("login", "--email", ANN, "--password-stdin", stdin="x\n")

    assert result.exit_code == 2
    assert "--local" in result.stderr


def test_who_signed_in_before_signs_in_there_again(gloss: Gloss, service: Service) -> None:
    service.on("POST", f"{COGNITO}/", tokens("again"))

    assert gloss("login", "--email", ANN, "--password-stdin", stdin="x\n").exit_code == 0

    profile = gloss.world.profile.load()
    assert profile is not None
    assert profile.id_token == token("ann", "again")


def test_the_token_goes_with_each_request(gloss: Gloss, service: Service) -> None:
    service.on("GET", "/quota", ok(QUOTA))

    assert gloss.json("whoami") == {"email": ANN, "account": "acct-1", "plan": "free", "apiUrl": API}
    assert service.asked[0].headers["authorization"] == token("ann")


def test_a_token_is_renewed_before_it_ends(machine: Gloss, service: Service) -> None:
    machine.sign_in(expires_in=30)
    service.on("POST", f"{COGNITO}/", tokens("new", refresh=None))
    service.on("GET", "/quota", ok(QUOTA))

    assert machine("whoami").exit_code == 0

    assert service.body("POST", "/")["AuthParameters"] == {"REFRESH_TOKEN": "refresh-1"}
    assert service.asked[1].headers["authorization"] == token("ann", "new")
    profile = machine.world.profile.load()
    assert profile is not None
    assert (profile.id_token, profile.refresh_token) == (token("ann", "new"), "refresh-1")


def test_a_refused_token_is_renewed_once(gloss: Gloss, service: Service) -> None:
    service.on("POST", f"{COGNITO}/", tokens("new", refresh="refresh-2"))
    service.on("GET", "/quota", no(401, "UNAUTHENTICATED"))

    result = gloss("whoami")

    assert result.exit_code == 3
    assert "gloss login" in result.stderr
    sent = [request.headers["authorization"] for request in service.to("GET", "/quota")]
    assert sent == [token("ann"), token("ann", "new")]
    profile = gloss.world.profile.load()
    assert profile is not None
    assert profile.refresh_token == "refresh-2"


def test_a_sign_in_that_has_ended_says_so(machine: Gloss, service: Service) -> None:
    machine.sign_in(expires_in=0)
    service.on("POST", f"{COGNITO}/", denied())

    result = machine("whoami")

    assert result.exit_code == 3
    assert "refresh-1" not in result.output


def test_nobody_is_signed_in(machine: Gloss) -> None:
    result = machine("whoami")

    assert result.exit_code == 3
    assert "gloss login" in result.stderr


def test_a_script_brings_its_token(machine: Gloss, service: Service) -> None:
    service.on("GET", "/quota", ok(QUOTA))

    result = machine("whoami", env={"GLOSS_TOKEN": token("script"), "GLOSS_API_URL": API})

    assert result.exit_code == 0
    assert service.asked[0].headers["authorization"] == token("script")
    assert token("script") not in result.output


@pytest.mark.parametrize(
    ("env", "code"),
    [({"GLOSS_TOKEN": "t"}, 3), ({"GLOSS_TOKEN": "t", "GLOSS_API_URL": "http://example.com"}, 2)],
)
def test_a_token_is_sent_nowhere_without_a_safe_address(
    machine: Gloss, env: dict[str, str], code: int
) -> None:
    assert machine("whoami", env=env).exit_code == code


def test_a_token_that_is_none_is_left_to_the_api(machine: Gloss, service: Service) -> None:
    service.on("GET", "/quota", no(401, "UNAUTHENTICATED"))

    for text in ("nonsense", "a.b.c", "a.W10.c"):
        assert machine("whoami", env={"GLOSS_TOKEN": text, "GLOSS_API_URL": API}).exit_code == 3


def test_a_sign_in_is_not_used_for_another_address(gloss: Gloss) -> None:
    result = gloss("--api-url", "https://other.example.com", "whoami")

    assert result.exit_code == 1
    assert API in result.stderr


def test_signing_out_ends_the_refresh_token_and_removes_the_profile(gloss: Gloss, service: Service) -> None:
    service.on("POST", f"{COGNITO}/", httpx.Response(200))

    assert gloss("logout").exit_code == 0

    assert service.body("POST", "/") == {"ClientId": "client-1", "Token": "refresh-1"}
    assert gloss.world.profile.load() is None
    assert gloss("logout").exit_code == 0


def test_signing_out_without_a_network_removes_the_profile_all_the_same(
    gloss: Gloss, service: Service
) -> None:
    service.on("POST", f"{COGNITO}/", httpx.ConnectError("no route"))

    assert gloss("logout").exit_code == 1
    assert gloss.world.profile.load() is None
