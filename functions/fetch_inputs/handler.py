"""Step FetchInputs of generate_images."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.config import FetchInputsSettings, load
from gloss.generate.inputs import Inputs
from gloss.generate.pictures import PictureStore
from gloss.generate.steps import FetchStep, Step, while_held
from gloss.generate.store import GenerationStore
from gloss.images.objects import ObjectStore
from gloss.observability import generation_step
from gloss.sources.guard import WEB_PORTS, AddressGuard
from gloss.sources.url import UrlSource


@cache
def fetching() -> Step:
    settings = load(FetchInputsSettings)
    guard = AddressGuard(private=settings.private_addresses == "allowed", ports=WEB_PORTS)
    objects = ObjectStore(aws.s3(), originals=settings.originals_bucket, derived=settings.derived_bucket)
    return while_held(
        FetchStep(
            GenerationStore(aws.dynamodb(), settings.generations_table),
            PictureStore(aws.s3(), settings.derived_bucket),
            Inputs(objects, UrlSource(guard)),
        ).run
    )


@generation_step
def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    return fetching()(event)
