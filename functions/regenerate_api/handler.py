"""Regenerate an image, show its versions, restore one of them."""

from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import RegenerateApiSettings, load
from gloss.embed.local import LocalEmbedder
from gloss.images.model import MAX_VERSION, Retention
from gloss.images.revisions import Revisions
from gloss.images.store import ImageStore
from gloss.images.views import ImageView
from gloss.pipeline.queues import WorkQueues
from gloss.quota.configured import configured_ledger
from gloss.regenerate.model import History, RegenerateRequest, Regeneration
from gloss.regenerate.service import Histories, Regenerations
from gloss.search.store import VectorStore
from gloss.settings.configured import configured_offer
from gloss.settings.service import WorkTerms
from gloss.settings.store import SettingsStore
from gloss.web.app import Api, Envelope, Event
from gloss.web.idempotency import IdempotentApi
from gloss.web.pagination import decode, encode
from gloss.web.routing import Path, Query

api = Api()
settings = cache(lambda: load(RegenerateApiSettings))
idempotent = cache(lambda: IdempotentApi(api, settings().idempotency_table))


@cache
def images() -> ImageStore:
    retention = Retention(settings().versions_kept, settings().versions_kept_days)
    return ImageStore(aws.dynamodb(), settings().images_table, retention)


@cache
def regenerations() -> Regenerations:
    queues = WorkQueues(aws.sqs(), interactive=settings().interactive_queue, bulk="")
    terms = WorkTerms(SettingsStore(aws.dynamodb(), settings().settings_table), configured_offer(settings()))
    return Regenerations(images(), configured_ledger(aws.dynamodb(), settings()), queues, terms, utc_now)


@cache
def histories() -> Histories:
    vectors = VectorStore(settings().vectors_table)
    return Histories(images(), Revisions(images(), vectors, LocalEmbedder(), utc_now))


@api.post(
    "/images/<image_id>/regenerate",
    summary="Describe an image again",
    tags=["images"],
    status_code=HTTPStatus.ACCEPTED,
)
def regenerate(image_id: str, request: RegenerateRequest) -> Envelope[Regeneration]:
    return Envelope(data=regenerations().start(api.user, image_id, request))


@api.get("/images/<image_id>/versions", summary="List the versions of an image", tags=["images"])
def versions(
    image_id: str,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
) -> Envelope[History]:
    found = histories().show(api.user, image_id, before=decode(cursor), limit=limit)
    return Envelope(data=found.model_copy(update={"next": encode(found.next)}))


@api.post("/images/<image_id>/versions/<number>/restore", summary="Restore a version", tags=["images"])
def restore(image_id: str, number: Annotated[int, Path(ge=1, le=MAX_VERSION)]) -> Envelope[ImageView]:
    return Envelope(data=histories().restore(api.user, image_id, number))


def handle(event: Event, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    return idempotent().answer(event, context)
