"""Step InspectImage of process_image."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.config import InspectImageSettings, load
from gloss.images.objects import ObjectStore
from gloss.observability import step
from gloss.pipeline.inspection import inspect


@cache
def objects() -> ObjectStore:
    settings = load(InspectImageSettings)
    return ObjectStore(aws.s3(), originals=settings.originals_bucket, derived=settings.derived_bucket)


@step
def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    return inspect(event, objects())
