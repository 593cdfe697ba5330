"""Parts of a job's machinery as a function's settings describe them."""

from typing import TYPE_CHECKING

from gloss.bulk.candidates import Candidates
from gloss.bulk.estimating import Estimator
from gloss.bulk.outcomes import JobOutcomes
from gloss.bulk.rates import Rates
from gloss.bulk.store import JobStore
from gloss.clock import utc_now
from gloss.config import BulkSettings
from gloss.images.model import DEFAULT_RETENTION, Retention
from gloss.images.store import ImageStore
from gloss.metering.limits import Limits
from gloss.metering.prices import Prices
from gloss.quota.configured import configured_ledger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def configured_images(
    client: "DynamoDBClient", settings: BulkSettings, retention: Retention = DEFAULT_RETENTION
) -> ImageStore:
    outcomes = JobOutcomes(settings.jobs_table, utc_now)
    return ImageStore(client, settings.images_table, retention, outcomes=outcomes)


def configured_rates(settings: BulkSettings) -> Rates:
    return Rates(
        settings.bulk_at_once,
        Prices.load(settings.prices_override),
        Limits.load(settings.rate_limits_override),
        utc_now,
        settings.describe_provider,
        settings.describe_model,
        settings.embed_provider,
    )


def configured_estimator(client: "DynamoDBClient", settings: BulkSettings) -> Estimator:
    candidates = Candidates(configured_images(client, settings), JobStore(client, settings.jobs_table))
    return Estimator(candidates, configured_ledger(client, settings), configured_rates(settings), utc_now)
