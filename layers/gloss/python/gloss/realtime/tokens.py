"""Cognito's identity tokens, verified: whoever opens a socket is who they say."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import jwt
import urllib3

from gloss.errors import Unauthenticated

ALGORITHM: Final = "RS256"
MAX_AGE_S: Final = 3600.0
"""How long the pool's keys are used before they are fetched again."""

MIN_AGE_S: Final = 60.0
"""A token that names an unknown key makes us fetch them no more often than this."""

_REQUIRED: Final = ("exp", "iss", "aud", "sub", "token_use")

_IDENTITY: Final = "id"

KeySet = Mapping[str, Any]
"""A JSON Web Key Set (RFC 7517)."""


def fetch_keys(url: str) -> KeySet:
    """The key set at ``url``; raises ``urllib3.exceptions.HTTPError``, ``ValueError`` for another answer."""
    answer = urllib3.request("GET", url, timeout=2.0, retries=1, redirect=False)
    keys: KeySet = answer.json()
    if "keys" not in keys:
        raise ValueError(f"{url} answers {answer.status} and no key set")
    return keys


class SigningKeys:
    """The pool's public keys by id, fetched when they are needed."""

    def __init__(self, fetch: Callable[[], KeySet], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched: float | None = None

    def find(self, key_id: str) -> jwt.PyJWK:
        """Raises ``Unauthenticated`` where the pool has no such key."""
        age = MAX_AGE_S if self._fetched is None else self._clock() - self._fetched
        if age >= MAX_AGE_S or (key_id not in self._keys and age >= MIN_AGE_S):
            keys = jwt.PyJWKSet.from_dict(dict(self._fetch())).keys
            self._keys = {key.key_id: key for key in keys if key.key_id and key.key_type == "RSA"}
            self._fetched = self._clock()
        if key_id not in self._keys:
            raise Unauthenticated
        return self._keys[key_id]


class TokenVerifier:
    def __init__(self, keys: SigningKeys, *, issuer: str, audience: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience

    def user(self, token: str) -> str:
        """The user that an identity token of this pool and client was made for.

        Raises:
            Unauthenticated: it is not signed by the pool, for somebody else, no identity token, or expired.
        """
        try:
            key = self._keys.find(str(jwt.get_unverified_header(token).get("kid")))
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                options={"require": list(_REQUIRED)},
            )
        except jwt.PyJWTError as error:
            raise Unauthenticated from error
        if claims["token_use"] != _IDENTITY:
            raise Unauthenticated
        return str(claims["sub"])
