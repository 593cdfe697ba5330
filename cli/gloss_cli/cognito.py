"""Signing in with Cognito over plain HTTPS (its InitiateAuth and RevokeToken), without AWS credentials."""

from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from gloss_cli.errors import CliError, SignInNeeded, Unreachable

_TIMEOUT_S: Final = 30.0
_DENIED: Final = frozenset({"NotAuthorizedException", "UserNotFoundException"})


@dataclass(frozen=True, slots=True)
class Tokens:
    """``refresh_token`` is ``None`` where the old one stays good; ``lifetime_s`` is the id token's."""

    id_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    lifetime_s: int


class Cognito:
    def __init__(self, url: str, client_id: str, transport: httpx.BaseTransport | None = None) -> None:
        self._url = f"{url.rstrip('/')}/"
        self._client_id = client_id
        self._transport = transport

    def sign_in(self, email: str, password: str) -> Tokens:
        """
        Raises:
            SignInNeeded: wrong password, no such user, or a sign-in that takes more than a password.
        """
        return self._tokens("USER_PASSWORD_AUTH", USERNAME=email, PASSWORD=password)

    def refresh(self, refresh_token: str) -> Tokens:
        """
        Raises:
            SignInNeeded: the token was revoked or is too old.
        """
        return self._tokens("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=refresh_token)

    def revoke(self, refresh_token: str) -> None:
        """End the sign-in everywhere it was copied to."""
        self._call("RevokeToken", Token=refresh_token)

    def _tokens(self, flow: str, **parameters: str) -> Tokens:
        answer = self._call("InitiateAuth", AuthFlow=flow, AuthParameters=parameters)
        if challenge := answer.get("ChallengeName"):
            raise SignInNeeded(
                f"This sign-in asks for more than a password ({challenge}): do it in the console."
            )
        found = answer["AuthenticationResult"]
        return Tokens(found["IdToken"], found.get("RefreshToken"), int(found["ExpiresIn"]))

    def _call(self, action: str, **body: object) -> dict[str, Any]:
        try:
            with httpx.Client(transport=self._transport, timeout=_TIMEOUT_S) as http:
                answer = http.post(
                    self._url,
                    json={"ClientId": self._client_id, **body},
                    headers={
                        "Content-Type": "application/x-amz-json-1.1",
                        "X-Amz-Target": f"AWSCognitoIdentityProviderService.{action}",
                    },
                )
            said: dict[str, Any] = answer.json() if answer.content else {}
        except (httpx.HTTPError, ValueError) as error:
            raise Unreachable(f"The sign-in service at {self._url} does not answer: {error}.") from error
        if answer.is_error:
            _refuse(said)
        return said


def _refuse(said: dict[str, Any]) -> None:
    kind = str(said.get("__type", "")).rsplit("#", 1)[-1]
    if kind in _DENIED:
        raise SignInNeeded("The sign-in was refused: check the address and password, then `gloss login`.")
    raise CliError(f"The sign-in did not work: {said.get('message') or kind or 'no reason was given'}.")
