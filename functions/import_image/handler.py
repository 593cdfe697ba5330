"""Works on the import queue: fetches files."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import ImportImageSettings, load
from gloss.images.objects import ObjectStore
from gloss.messages import take_batch
from gloss.observability import logger
from gloss.sources.configured import configured_guard, configured_intake
from gloss.sources.fetching import Fetching
from gloss.sources.queue import order
from gloss.sources.url import UrlSource


@cache
def fetching() -> Fetching:
    settings = load(ImportImageSettings)
    intake = configured_intake(settings)
    return Fetching(
        intake.images,
        ObjectStore(aws.s3(), originals=settings.originals_bucket),
        intake.ledger,
        intake.imports,
        {"url": lambda _user: UrlSource(configured_guard(settings))},
        utc_now,
    )


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    logger().append_keys(request=context.aws_request_id)
    return take_batch(event, _take).answer


def _take(body: str) -> str:
    asked = order(body)
    return fetching().take(asked.user, asked.image)
