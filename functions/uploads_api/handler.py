"""POST /uploads and DELETE /uploads/{upload_id}."""

from functools import cache
from http import HTTPStatus
from typing import Any

from gloss import aws
from gloss.bulk.outcomes import JobOutcomes
from gloss.clock import utc_now
from gloss.config import UploadsApiSettings, load
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
from gloss.images.uploads import UploadCancelled, UploadRequest, Uploads, UploadsCreated
from gloss.quota.configured import configured_ledger
from gloss.settings.model import Offer
from gloss.settings.service import WorkTerms
from gloss.settings.store import SettingsStore
from gloss.web.app import Api, Envelope, Event
from gloss.web.idempotency import IdempotentApi

api = Api()


@cache
def settings() -> UploadsApiSettings:
    return load(UploadsApiSettings)


@cache
def uploads() -> Uploads:
    outcomes = JobOutcomes(settings().jobs_table, utc_now)
    return Uploads(
        ImageStore(aws.dynamodb(), settings().images_table, outcomes=outcomes),
        ObjectStore(aws.s3(), originals=settings().originals_bucket),
        configured_ledger(aws.dynamodb(), settings()),
        WorkTerms(
            SettingsStore(aws.dynamodb(), settings().settings_table), Offer(settings().describe_provider)
        ),
        utc_now,
    )


@cache
def idempotent() -> IdempotentApi:
    return IdempotentApi(api, settings().idempotency_table)


@api.post("/uploads", summary="Start uploads", tags=["uploads"], status_code=HTTPStatus.CREATED)
def create(request: UploadRequest) -> Envelope[UploadsCreated]:
    return Envelope(data=uploads().create(api.user, request.files))


@api.delete("/uploads/<upload_id>", summary="Cancel an upload", tags=["uploads"])
def cancel(upload_id: str) -> Envelope[UploadCancelled]:
    return Envelope(data=uploads().cancel(api.user, upload_id))


def handle(event: Event, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    return idempotent().answer(event, context)
