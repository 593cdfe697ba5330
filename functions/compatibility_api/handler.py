"""POST /process_image and POST /retry_queue, as older clients know them."""

from functools import cache
from typing import Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import CompatibilityApiSettings, load
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
from gloss.pipeline.queues import WorkQueues
from gloss.pipeline.sweep_now import ANSWER_S, sweep_now
from gloss.quota.configured import configured_ledger
from gloss.regenerate.compatibility import Processed, Processing, ProcessRequest
from gloss.regenerate.service import Regenerations
from gloss.schema import ApiModel
from gloss.settings.configured import configured_offer
from gloss.settings.service import WorkTerms
from gloss.settings.store import SettingsStore
from gloss.web.app import Api, Envelope, Event
from gloss.web.idempotency import IdempotentApi

api = Api()
settings = cache(lambda: load(CompatibilityApiSettings))
idempotent = cache(lambda: IdempotentApi(api, settings().idempotency_table))
images = cache(lambda: ImageStore(aws.dynamodb(), settings().images_table))
ledger = cache(lambda: configured_ledger(aws.dynamodb(), settings()))


class Swept(ApiModel):
    """How often each thing was done."""

    done: dict[str, int]


@cache
def terms() -> WorkTerms:
    store = SettingsStore(aws.dynamodb(), settings().settings_table)
    return WorkTerms(store, configured_offer(settings()))


@cache
def queues() -> WorkQueues:
    return WorkQueues(aws.sqs(), interactive=settings().interactive_queue, bulk="")


@cache
def objects() -> ObjectStore:
    return ObjectStore(aws.s3(), originals=settings().originals_bucket, derived=settings().derived_bucket)


@api.post("/process_image", summary="Describe an image unless that was done", tags=["compatibility"])
def process_image(request: ProcessRequest) -> Envelope[Processed]:
    regenerations = Regenerations(images(), ledger(), queues(), terms(), utc_now)
    processing = Processing(images(), objects(), regenerations, queues())
    return Envelope(data=processing.process(api.user, request.image_id))


@api.post("/retry_queue", summary="Run the sweep now (operators)", tags=["compatibility"])
def retry_queue() -> Envelope[Swept]:
    api.principal.require_operator()
    return Envelope(data=Swept(done=sweep_now(aws.functions(ANSWER_S), settings().sweep_function)))


def handle(event: Event, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    return idempotent().answer(event, context)
