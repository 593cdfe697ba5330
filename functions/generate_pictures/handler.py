"""Step GeneratePictures of generate_images."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import GeneratePicturesSettings, load
from gloss.generate.assignment import MakerAssignment
from gloss.generate.pictures import PictureStore
from gloss.generate.registry import makers
from gloss.generate.steps import MakeStep, Step, while_held
from gloss.generate.store import GenerationStore
from gloss.metering.model import CallRecord
from gloss.observability import generation_step
from gloss.pipeline.opening import office_on_demand
from gloss.providers.stack import stack_access

office = office_on_demand(lambda: load(GeneratePicturesSettings))


def enter(receipts: Iterable[CallRecord]) -> None:
    office().metering.books.enter(receipts)


@cache
def making() -> Step:
    settings = load(GeneratePicturesSettings)
    return while_held(
        MakeStep(
            GenerationStore(aws.dynamodb(), settings.generations_table),
            PictureStore(aws.s3(), settings.derived_bucket),
            MakerAssignment(makers(stack_access(settings)), office),
            enter,
            utc_now,
        ).run
    )


@generation_step
def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    return making()(event)
