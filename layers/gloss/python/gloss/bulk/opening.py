"""The use cases of jobs as functions put them together; tasks of the machine load none of them."""

from typing import TYPE_CHECKING

from gloss import aws
from gloss.bulk.configured import configured_estimator, configured_rates
from gloss.bulk.machine import BulkMachine
from gloss.bulk.service import Jobs
from gloss.bulk.store import JobStore
from gloss.clock import utc_now
from gloss.config import JobStartSettings
from gloss.settings.configured import configured_offer
from gloss.settings.service import WorkTerms
from gloss.settings.store import SettingsStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def configured_jobs(client: "DynamoDBClient", settings: JobStartSettings) -> Jobs:
    return Jobs(
        jobs=JobStore(client, settings.jobs_table),
        machine=BulkMachine(aws.stepfunctions(), settings.bulk_machine),
        estimator=configured_estimator(client, settings),
        rates=configured_rates(settings),
        terms=WorkTerms(SettingsStore(client, settings.settings_table), configured_offer(settings)),
        clock=utc_now,
    )
