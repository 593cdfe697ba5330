"""GET /usage and GET /usage/calls."""

from datetime import date
from functools import cache
from typing import Annotated, Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import UsageApiSettings, load
from gloss.metering.report import UsageReports
from gloss.metering.store import UsageStore
from gloss.metering.views import Dimension, UsagePage, UsageReport
from gloss.web.app import Api, Envelope, Event
from gloss.web.pagination import decode, encode
from gloss.web.routing import Query

api = Api()


@cache
def reports() -> UsageReports:
    return UsageReports(UsageStore(aws.dynamodb(), load(UsageApiSettings).usage_table), utc_now)


@api.get("/usage", summary="Show what AI calls were and cost", tags=["usage"])
def report(
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
    by: Annotated[list[Dimension] | None, Query()] = None,
) -> Envelope[UsageReport]:
    return Envelope(data=reports().report(api.user, first, last, by or ["day"]))


@api.get("/usage/calls", summary="List single AI calls, newest first", tags=["usage"])
def calls(
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
) -> Envelope[UsagePage]:
    page = reports().calls(api.user, before=decode(cursor), limit=limit)
    return Envelope(data=page.model_copy(update={"next": encode(page.next)}))


def handle(event: Event, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    return api.answer(event, context)
