"""Step StoreResults of generate_images."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.config import StoreResultsSettings, load
from gloss.generate.pictures import PictureStore
from gloss.generate.steps import Step, StoreStep, while_held
from gloss.generate.store import GenerationStore
from gloss.observability import generation_step


@cache
def storing() -> Step:
    settings = load(StoreResultsSettings)
    return while_held(
        StoreStep(
            GenerationStore(aws.dynamodb(), settings.generations_table),
            PictureStore(aws.s3(), settings.derived_bucket),
        ).run
    )


@generation_step
def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    return storing()(event)
