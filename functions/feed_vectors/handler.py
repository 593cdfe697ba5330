"""Hands the changes of the Vectors table on to S3 Vectors (only where that is the stack's search engine)."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.config import FeedVectorsSettings, load
from gloss.observability import logger
from gloss.search.feeding import feed
from gloss.search.s3vectors import S3VectorsIndex


@cache
def index() -> S3VectorsIndex:
    settings = load(FeedVectorsSettings)
    return S3VectorsIndex(aws.s3vectors(), settings.vectors_index_arn, settings.embed_dimensions)


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    log = logger()
    log.clear_state()
    log.append_keys(request=context.aws_request_id)
    fed = feed(index(), event["Records"])
    log.info("fed", extra={"records": len(event["Records"]), "images": fed})
    return {}
