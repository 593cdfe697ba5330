"""A user's library: GET, DELETE /images/{image_id}, GET /images, PATCH /images/{image_id}/metadata."""

from functools import cache
from typing import Annotated, Any

from gloss import aws
from gloss.bulk.outcomes import JobOutcomes
from gloss.clock import utc_now
from gloss.config import ImagesApiSettings, load
from gloss.describe.aliases import FieldAlias, field_of
from gloss.embed.local import LocalEmbedder
from gloss.errors import ValidationFailed
from gloss.images.library import Library
from gloss.images.model import Retention, Status
from gloss.images.objects import ObjectStore
from gloss.images.revisions import Revisions
from gloss.images.store import ImageStore
from gloss.images.views import Deleted, ImagePage, ImageView, MetadataEdit
from gloss.quota.configured import configured_ledger
from gloss.schema import Moment
from gloss.search.store import VectorStore
from gloss.web.app import Api, Envelope, Event
from gloss.web.pagination import decode, encode
from gloss.web.routing import Query

api = Api()


@cache
def library() -> Library:
    settings = load(ImagesApiSettings)
    outcomes = JobOutcomes(settings.jobs_table, utc_now)
    retention = Retention(settings.versions_kept, settings.versions_kept_days)
    images = ImageStore(aws.dynamodb(), settings.images_table, retention, outcomes=outcomes)
    vectors = VectorStore(settings.vectors_table)
    return Library(
        images=images,
        objects=ObjectStore(aws.s3(), originals=settings.originals_bucket, derived=settings.derived_bucket),
        ledger=configured_ledger(aws.dynamodb(), settings),
        vectors=vectors,
        revisions=Revisions(images, vectors, LocalEmbedder(), utc_now),
        clock=utc_now,
    )


@api.get("/images", summary="List images, newest first, or what changed since a moment", tags=["images"])
def page(
    status: Annotated[Status | None, Query()] = None,
    missing: Annotated[FieldAlias | None, Query()] = None,
    since: Annotated[Moment | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
) -> Envelope[ImagePage]:
    place = decode(cursor)
    if since and (status or missing):
        raise ValidationFailed("What changed is not filtered: since takes neither status nor missing.")
    if since:
        found = library().changes(api.user, since=since, after=place, limit=limit)
    else:
        name = field_of(missing) if missing else None
        found = library().page(api.user, status=status, missing=name, before=place, limit=limit)
    return Envelope(data=found.model_copy(update={"next": encode(found.next)}))


@api.get("/images/<image_id>", summary="Show an image", tags=["images"])
def show(image_id: str) -> Envelope[ImageView]:
    return Envelope(data=library().show(api.user, image_id))


@api.patch("/images/<image_id>/metadata", summary="Edit metadata", tags=["images"])
def edit(image_id: str, changes: MetadataEdit) -> Envelope[ImageView]:
    return Envelope(data=library().edit(api.user, image_id, changes))


@api.delete("/images/<image_id>", summary="Delete an image", tags=["images"])
def delete(image_id: str) -> Envelope[Deleted]:
    library().delete(api.user, image_id)
    return Envelope(data=Deleted(id=image_id))


def handle(event: Event, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    return api.answer(event, context)
