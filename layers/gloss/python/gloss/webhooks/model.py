"""What is delivered, how it is signed, and when it is tried again. Pure.

Headers and signature are those of the Standard Webhooks specification (https://www.standardwebhooks.com).
"""

import base64
import binascii
import hashlib
import hmac
import json
import random
from collections.abc import Mapping
from dataclasses import asdict, field, replace
from typing import Any, Final, Self

from gloss.delays import MAX_DELAY_S
from gloss.records import dataclass

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - how such secrets begin, not one of them

MAX_ATTEMPTS: Final = 12
"""With the delays below the last one is made about two hours after the first."""

_FIRST_DELAY_S: Final = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt: the ``status`` that was answered, or the ``error`` why there is none."""

    id: str
    type: str
    at: str
    attempts: int
    delivered: bool
    status: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class StoredWebhook:
    """A user's webhook as it is kept: the secret encrypted, ``last`` the latest attempt of a delivery."""

    url: str
    sealed: bytes = field(repr=False)
    created_at: str
    last: Outcome | None = None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        last = Outcome(**item["last"]) if "last" in item else None
        return cls(item["url"], item["sealed"], item["created_at"], last)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something that ``user`` is to be told. ``id`` is the same however often it is told."""

    user: str
    id: str
    type: str
    body: str = field(repr=False)
    attempt: int = 1

    @classmethod
    def of(cls, user: str, id_: str, type_: str, timestamp: str, data: Mapping[str, Any]) -> Self:
        body = {"type": type_, "timestamp": timestamp, "data": data}
        return cls(user, id_, type_, json.dumps(body, separators=(",", ":")))

    def again(self) -> "Delivery":
        return replace(self, attempt=self.attempt + 1)

    def to_message(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_message(cls, text: str) -> Self:
        return cls(**json.loads(text))


def message_id(*parts: object) -> str:
    """The id of what these parts name: always the same, so that a duplicate can be told."""
    return f"msg_{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"


def key_of(secret: str) -> bytes:
    """The key that a secret stands for: base64 behind ``whsec_``, any other text as it is.

    Raises:
        ValueError: behind ``whsec_`` there is no base64.
    """
    if not secret.startswith(SECRET_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("behind whsec_ base64 is expected") from error


def signature(secret: str, id_: str, timestamp: int, body: str) -> str:
    """HMAC-SHA256 over ``id.timestamp.body``, in base64, with its version."""
    signed = f"{id_}.{timestamp}.{body}".encode()
    return "v1," + base64.b64encode(hmac.digest(key_of(secret), signed, "sha256")).decode()


def headers(delivery: Delivery, secret: str, timestamp: int) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "Gloss-Webhooks/1",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, delivery.id, timestamp, delivery.body),
    }


def delay_s(attempt: int) -> int:
    """Seconds to wait behind an attempt: four times longer each time, less up to a quarter."""
    longest: int = min(MAX_DELAY_S, _FIRST_DELAY_S * 4 ** (attempt - 1))
    return round(longest * random.uniform(0.75, 1))  # noqa: S311 - spreads load, guards nothing
