"""Step FinishImage of process_image."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.bulk.outcomes import JobOutcomes
from gloss.clock import utc_now
from gloss.config import FinishImageSettings, load
from gloss.images.model import Retention
from gloss.images.store import ImageStore
from gloss.observability import step
from gloss.pipeline.settlement import Settlement
from gloss.quota.configured import configured_ledger
from gloss.search.store import VectorStore


@cache
def settlement() -> Settlement:
    settings = load(FinishImageSettings)
    return Settlement(
        ImageStore(
            aws.dynamodb(),
            settings.images_table,
            Retention(settings.versions_kept, settings.versions_kept_days),
            outcomes=JobOutcomes(settings.jobs_table, utc_now),
        ),
        configured_ledger(aws.dynamodb(), settings),
        VectorStore(settings.vectors_table),
        utc_now,
    )


@step
def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    return settlement().finish(event)
