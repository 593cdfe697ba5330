"""A link to an image's file, on request to a copy that carries its metadata."""

from functools import cache
from typing import Annotated, Any, Literal

from gloss import aws
from gloss.clock import utc_now
from gloss.config import DownloadApiSettings, load
from gloss.images.downloads import Download, Downloads
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
from gloss.web.app import Api, Envelope, Event
from gloss.web.routing import Query

api = Api()


@cache
def downloads() -> Downloads:
    settings = load(DownloadApiSettings)
    return Downloads(
        ImageStore(aws.dynamodb(), settings.images_table),
        ObjectStore(aws.s3(), originals=settings.originals_bucket, derived=settings.derived_bucket),
        utc_now,
    )


@api.get("/images/<image_id>/download", summary="Download the file", tags=["images"])
def download(image_id: str, embed: Annotated[Literal["xmp"] | None, Query()] = None) -> Envelope[Download]:
    return Envelope(data=downloads().link(api.user, image_id, embed=embed == "xmp"))


def handle(event: Event, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    return api.answer(event, context)
