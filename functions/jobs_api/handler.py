"""Bulk regeneration: start, watch and steer jobs."""

from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from gloss import aws
from gloss.bulk.model import Outcome
from gloss.bulk.opening import configured_jobs
from gloss.bulk.requests import ItemPage, JobPage, JobRequest, JobView, report_csv
from gloss.bulk.service import Jobs
from gloss.config import JobsApiSettings, load
from gloss.web.app import Api, Envelope, Event
from gloss.web.idempotency import IdempotentApi
from gloss.web.pagination import decode, encode
from gloss.web.routing import Query, Response

api = Api()
settings = cache(lambda: load(JobsApiSettings))
idempotent = cache(lambda: IdempotentApi(api, settings().idempotency_table))

Cursor = Annotated[str | None, Query(max_length=200)]


@cache
def jobs() -> Jobs:
    return configured_jobs(aws.dynamodb(), settings())


@api.post("/jobs", summary="Start or estimate a bulk job", tags=["jobs"], status_code=HTTPStatus.ACCEPTED)
def create(request: JobRequest) -> Envelope[JobView]:
    return Envelope(data=jobs().create(api.user, request))


@api.get("/jobs", summary="List bulk jobs, newest first", tags=["jobs"])
def page(cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=100)] = 25) -> Envelope[JobPage]:
    found = jobs().page(api.user, before=decode(cursor), limit=limit)
    return Envelope(data=found.model_copy(update={"next": encode(found.next)}))


@api.get("/jobs/<job_id>", summary="Show a bulk job", tags=["jobs"])
def show(job_id: str) -> Envelope[JobView]:
    return Envelope(data=jobs().show(api.user, job_id))


@api.get("/jobs/<job_id>/items", summary="List the images of a bulk job", tags=["jobs"])
def items(
    job_id: str,
    outcome: Annotated[Outcome | None, Query()] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Envelope[ItemPage]:
    found = jobs().items(api.user, job_id, outcome=outcome, after=decode(cursor), limit=limit)
    return Envelope(data=found.model_copy(update={"next": encode(found.next)}))


@api.get("/jobs/<job_id>/report.csv", summary="The images of a bulk job as CSV", tags=["jobs"])
def report(
    job_id: str, cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=20_000)] = 20_000
) -> Response[str]:
    found = jobs().report(api.user, job_id, after=decode(cursor), limit=limit)
    more = encode(found.next)
    headers = {"X-Next-Cursor": more} if more else {}
    return Response(HTTPStatus.OK, "text/csv", report_csv(found.items), headers=dict(headers))


@api.post("/jobs/<job_id>/pause", summary="Pause a bulk job", tags=["jobs"])
def pause(job_id: str) -> Envelope[JobView]:
    return Envelope(data=jobs().pause(api.user, job_id))


@api.post("/jobs/<job_id>/resume", summary="Resume a bulk job", tags=["jobs"])
def resume(job_id: str) -> Envelope[JobView]:
    return Envelope(data=jobs().resume(api.user, job_id))


@api.post("/jobs/<job_id>/cancel", summary="Cancel a bulk job", tags=["jobs"])
def cancel(job_id: str) -> Envelope[JobView]:
    return Envelope(data=jobs().cancel(api.user, job_id))


@api.post("/jobs/<job_id>/retry-failed", summary="Retry what failed in a bulk job", tags=["jobs"])
def retry_failed(job_id: str) -> Envelope[JobView]:
    return Envelope(data=jobs().retry_failed(api.user, job_id))


@api.post("/jobs/<job_id>/undo", summary="Take a bulk job's changes back", tags=["jobs"])
def undo(job_id: str) -> Envelope[JobView]:
    return Envelope(data=jobs().undo(api.user, job_id))


def handle(event: Event, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    return idempotent().answer(event, context)
