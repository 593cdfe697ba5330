"""What is left, what happened, and calling off what is not needed any more."""

from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from gloss import aws
from gloss.bulk.outcomes import JobOutcomes
from gloss.clock import utc_now
from gloss.config import QuotaApiSettings, load
from gloss.generate.cancelling import Cancellations, generation_of
from gloss.generate.store import GenerationStore
from gloss.images.holds import upload_reservation
from gloss.images.objects import ObjectStore
from gloss.images.rollbacks import Rollbacks
from gloss.images.store import ImageStore
from gloss.quota.configured import configured_ledger
from gloss.quota.requests import JournalEntryView, JournalView, RollbackRequest, journal_csv
from gloss.quota.service import Ledger
from gloss.quota.views import QuotaView
from gloss.web.app import Api, Envelope, Event
from gloss.web.pagination import decode, encode
from gloss.web.routing import OpenAPIResponse, Query, Response

api = Api()

JOURNAL: Final[OpenAPIResponse] = {
    "description": "A part of the journal",
    "content": {
        "application/json": {"model": Envelope[JournalView]},
        "text/csv": {"schema": {"type": "string"}},
    },
}
"""Not to be read from the annotations, for it is answered in two forms."""


@cache
def ledger() -> Ledger:
    return configured_ledger(aws.dynamodb(), load(QuotaApiSettings))


@cache
def rollbacks() -> Rollbacks:
    settings = load(QuotaApiSettings)
    outcomes = JobOutcomes(settings.jobs_table, utc_now)
    images = ImageStore(aws.dynamodb(), settings.images_table, outcomes=outcomes)
    objects = ObjectStore(aws.s3(), originals=settings.originals_bucket)
    return Rollbacks(images, objects, ledger(), utc_now)


@cache
def cancellations() -> Cancellations:
    generations = GenerationStore(aws.dynamodb(), load(QuotaApiSettings).generations_table)
    return Cancellations(generations, ledger(), utc_now)


@api.get("/quota", summary="Show what is left", tags=["quota"])
def show() -> Envelope[QuotaView]:
    return Envelope(data=ledger().quota(api.user))


@api.get(
    "/quota/journal",
    summary="List what happened to the quota, newest first",
    tags=["quota"],
    responses={HTTPStatus.OK: JOURNAL},
)
def journal(
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response[Any]:
    page = ledger().journal(api.user, limit=limit, start=decode(cursor))
    entries, more = list(map(JournalEntryView.model_validate, page.entries)), encode(page.next)
    if form == "csv":
        headers = {"X-Next-Cursor": more} if more else {}
        return Response(HTTPStatus.OK, "text/csv", journal_csv(entries), headers=dict(headers))
    data: Envelope[JournalView] = Envelope(data=JournalView(entries=entries, next=more))
    return Response(HTTPStatus.OK, "application/json", data)


@api.post(
    "/quota/rollback",
    summary="Call off an upload, a regeneration or a generation that nobody is at work on",
    tags=["quota"],
)
def rollback(request: RollbackRequest) -> Envelope[QuotaView]:
    reservation = request.reservation_id or upload_reservation(request.upload_id or "")
    payer = cancellations() if generation_of(reservation) else rollbacks()
    payer.roll_back(api.user, reservation)
    return Envelope(data=ledger().quota(api.user))


def handle(event: Event, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    return api.answer(event, context)
