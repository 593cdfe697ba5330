"""Works on the import queue: fetches files, and turns the pages of folders."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import ImportImageSettings, load
from gloss.images.objects import ObjectStore
from gloss.log_scope import say
from gloss.messages import take_batch
from gloss.observability import logger
from gloss.sources.configured import configured_intake, configured_sources
from gloss.sources.fetching import Fetching
from gloss.sources.listing import Listing
from gloss.sources.queue import order

settings = cache(lambda: load(ImportImageSettings))
intake = cache(lambda: configured_intake(settings()))
sources = cache(lambda: configured_sources(settings()))


@cache
def fetching() -> Fetching:
    originals = ObjectStore(aws.s3(), originals=settings().originals_bucket)
    return Fetching(intake().images, originals, intake().ledger, intake().imports, sources(), utc_now)


@cache
def listing() -> Listing:
    return Listing(intake().images, intake().imports, intake(), intake().queue, sources(), utc_now)


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    logger().append_keys(request=context.aws_request_id)
    return take_batch(event, _take).answer


def _take(body: str) -> str:
    asked = order(body)
    say(user=asked.user, image=asked.image, import_id=asked.import_id)
    if asked.import_id:
        return listing().turn_page(asked.user, asked.import_id)
    return fetching().take(asked.user, asked.image)
