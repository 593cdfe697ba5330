"""A webhook as its owner sends and sees it. The secret goes in and never comes out."""

import re
from typing import Annotated, Final, Self

from pydantic import AfterValidator, ConfigDict, Field, SecretStr, StringConstraints

from gloss.schema import ApiModel
from gloss.webhooks.model import Outcome, StoredWebhook, key_of

_MIN_KEY: Final = 16


def _fit_for_a_key(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[ -~]+", secret.get_secret_value()):
        raise ValueError("a secret holds printable ASCII characters only")
    if len(key_of(secret.get_secret_value())) < _MIN_KEY:
        raise ValueError(f"the key has to have at least {_MIN_KEY} bytes")
    return secret


class WebhookRequest(ApiModel):
    """Where to deliver, and the secret that signs: ``whsec_`` and base64, or any other text."""

    # What is refused may be a secret all the same: no error quotes it.
    model_config = ConfigDict(hide_input_in_errors=True)

    url: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    secret: Annotated[SecretStr, Field(min_length=16, max_length=200), AfterValidator(_fit_for_a_key)]


class DeliveryView(ApiModel):
    """The latest attempt. ``status`` is the answer's; ``error`` says why there was none: ADDRESS_REFUSED,
    HOST_UNKNOWN, TIMEOUT or UNREACHABLE."""

    id: str
    type: str
    at: str
    attempts: int
    delivered: bool
    status: int | None
    error: str | None

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        return cls(**{name: getattr(outcome, name) for name in Outcome.__slots__})


class WebhookView(ApiModel):
    url: str
    created_at: str
    last_delivery: DeliveryView | None

    @classmethod
    def of(cls, webhook: StoredWebhook) -> Self:
        last = DeliveryView.of(webhook.last) if webhook.last else None
        return cls(url=webhook.url, created_at=webhook.created_at, last_delivery=last)


class WebhookRemoved(ApiModel):
    removed: bool


class WebhookTest(ApiModel):
    """The ``webhook-id`` of the test event that is on its way."""

    id: str
