"""Only the pool's own, unexpired identity tokens for this client open a socket."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
import urllib3
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gloss.errors import Unauthenticated
from gloss.realtime.tokens import MAX_AGE_S, MIN_AGE_S, KeySet, SigningKeys, TokenVerifier, fetch_keys

ISSUER = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf"
CLIENT = "client-1"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def stranger() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def published(key: rsa.RSAPrivateKey, kid: str = "k1") -> dict[str, Any]:
    jwk: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**jwk, "kid": kid, "alg": "RS256", "use": "sig"}


@pytest.fixture
def verifier(key: rsa.RSAPrivateKey) -> TokenVerifier:
    keys = SigningKeys(lambda: {"keys": [published(key)]})
    return TokenVerifier(keys, issuer=ISSUER, audience=CLIENT)


def claims(**changes: Any) -> dict[str, Any]:
    usual = {
        "sub": "ann",
        "iss": ISSUER,
        "aud": CLIENT,
        "token_use": "id",
        "exp": int(time.time()) + 60,
        "iat": int(time.time()),
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def signed(key: rsa.RSAPrivateKey, kid: str = "k1", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm="RS256", headers={"kid": kid})


def test_an_identity_token_of_the_pool_names_its_user(
    verifier: TokenVerifier, key: rsa.RSAPrivateKey
) -> None:
    assert verifier.user(signed(key)) == "ann"


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(time.time()) - 1},
        {"exp": None},
        {"iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Foreign"},
        {"iss": None},
        {"aud": "another client"},
        {"aud": None},
        {"token_use": "access"},
        {"token_use": None},
        {"sub": None},
    ],
    ids=lambda changes: next(iter(changes.items())),
)
def test_tokens_with_other_claims_are_refused(
    verifier: TokenVerifier, key: rsa.RSAPrivateKey, changes: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        verifier.user(signed(key, **changes))


def unsigned() -> str:
    return jwt.encode(claims(), "", algorithm="none", headers={"kid": "k1"})


def signed_with_the_public_key(key: rsa.RSAPrivateKey) -> str:
    """HS256 with the published key as the secret: the classic confusion of algorithms."""
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    parts = ({"alg": "HS256", "kid": "k1", "typ": "JWT"}, claims())
    message = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    signature = hmac.new(pem, message, hashlib.sha256).digest()
    return (message + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def test_tokens_that_the_pool_did_not_sign_are_refused(
    verifier: TokenVerifier, key: rsa.RSAPrivateKey, stranger: rsa.RSAPrivateKey
) -> None:
    good = signed(key)
    payload, signature = good.split(".")[1:]
    forged = [
        signed(stranger),
        signed(stranger, kid="unknown"),
        unsigned(),
        signed_with_the_public_key(key),
        jwt.encode(claims(), key, algorithm="RS512", headers={"kid": "k1"}),
        jwt.encode(claims(), key, algorithm="RS256"),
        f"{good.split('.')[0]}.{payload}.{signature[:-8]}AAAAAAAA",
        f"{good.split('.')[0]}.{payload}.",
        "",
        "no token",
        "a.b.c",
        "e30.e30.e30",
    ]

    for token in forged:
        with pytest.raises(Unauthenticated):
            verifier.user(token)


class Pool:
    """A key set whose fetches are counted."""

    def __init__(self, keys: list[dict[str, Any]]) -> None:
        self.keys = keys
        self.fetches = 0
        self.now = 1000.0

    def fetch(self) -> KeySet:
        self.fetches += 1
        return {"keys": self.keys}


@pytest.fixture
def pool(key: rsa.RSAPrivateKey) -> Pool:
    return Pool([published(key)])


def test_keys_are_fetched_once_and_again_after_an_hour(pool: Pool) -> None:
    keys = SigningKeys(pool.fetch, lambda: pool.now)
    for _ in range(3):
        keys.find("k1")
    assert pool.fetches == 1

    pool.now += MAX_AGE_S
    keys.find("k1")
    assert pool.fetches == 2


def test_a_new_key_of_the_pool_is_found_but_unknown_ones_do_not_make_us_ask_again_and_again(
    pool: Pool, stranger: rsa.RSAPrivateKey
) -> None:
    keys = SigningKeys(pool.fetch, lambda: pool.now)
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            keys.find("k2")
    assert pool.fetches == 1

    pool.keys.append(published(stranger, "k2"))
    pool.now += MIN_AGE_S
    assert keys.find("k2").key_id == "k2"
    assert pool.fetches == 2


def test_only_rsa_keys_are_taken() -> None:
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "k1", "alg": "HS256"}
    keys = SigningKeys(lambda: {"keys": [secret]})

    with pytest.raises(Unauthenticated):
        keys.find("k1")


class Answer:
    def __init__(self, body: Any) -> None:
        self.status = 200
        self.body = body

    def json(self) -> Any:
        return self.body


def test_the_key_set_is_read_from_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def request(method: str, url: str, **_: Any) -> Answer:
        asked.append((method, url))
        return Answer({"keys": []})

    monkeypatch.setattr(urllib3, "request", request)

    assert fetch_keys("https://pool.invalid/jwks.json") == {"keys": []}
    assert asked == [("GET", "https://pool.invalid/jwks.json")]


def test_an_answer_that_is_no_key_set_is_a_fault_and_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib3, "request", lambda *_, **__: Answer({"message": "no such pool"}))

    with pytest.raises(ValueError, match=r"pool\.invalid"):
        fetch_keys("https://pool.invalid/jwks.json")
