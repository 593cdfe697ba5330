"""Runs every quarter of an hour: starts the jobs of users whose schedule is due."""

from functools import cache
from typing import Any

from gloss import aws
from gloss.bulk.opening import configured_jobs
from gloss.bulk.store import JobStore
from gloss.clock import utc_now
from gloss.config import StartScheduledSettings, load
from gloss.observability import logger
from gloss.schedules.service import Scheduler
from gloss.schedules.store import ScheduleStore
from gloss.settings.store import SettingsStore

RESERVE_MS = 60_000
"""Time that is kept for the users at hand."""


@cache
def scheduler() -> Scheduler:
    settings = load(StartScheduledSettings)
    return Scheduler(
        ScheduleStore(aws.dynamodb(), settings.settings_table),
        SettingsStore(aws.dynamodb(), settings.settings_table),
        configured_jobs(aws.dynamodb(), settings),
        JobStore(aws.dynamodb(), settings.jobs_table),
        utc_now,
    )


def handle(_event: object, context: Any) -> dict[str, int]:  # noqa: ANN401 - Lambda's own
    logger().append_keys(request=context.aws_request_id)
    done = scheduler().run(lambda: context.get_remaining_time_in_millis() > RESERVE_MS)
    logger().info("schedules served", extra={"done": done})
    return done
