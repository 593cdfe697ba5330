"""GET /quota."""

from functools import cache
from typing import Any

from gloss import aws
from gloss.config import QuotaApiSettings, load
from gloss.quota.configured import configured_ledger
from gloss.quota.service import Ledger
from gloss.quota.views import QuotaView
from gloss.web.app import Api, Envelope, Event

api = Api()


@cache
def ledger() -> Ledger:
    return configured_ledger(aws.dynamodb(), load(QuotaApiSettings))


@api.get("/quota", summary="Show what is left", tags=["quota"])
def show() -> Envelope[QuotaView]:
    return Envelope(data=ledger().quota(api.user))


def handle(event: Event, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    return api.answer(event, context)
