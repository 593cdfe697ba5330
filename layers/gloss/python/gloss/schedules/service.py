"""Starts the jobs of schedules that are due, each once."""

import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from gloss.bulk.model import WORKING, JobStatus
from gloss.bulk.requests import JobRequest
from gloss.bulk.selection import Selection
from gloss.bulk.service import Jobs
from gloss.bulk.store import JobStore
from gloss.clock import Clock
from gloss.describe.aliases import alias_of
from gloss.describe.model import FIELDS
from gloss.dynamodb import ConditionFailed
from gloss.errors import EmptySelection, KeyRests, ValidationFailed
from gloss.regenerate.model import RegenerateRequest
from gloss.schedules.model import Schedule, job_id, next_run
from gloss.schedules.store import ScheduleStore
from gloss.settings.model import Profile
from gloss.settings.store import SettingsStore

AT_ONCE: Final = 8
"""Users that are served in parallel: they wait for the network."""

_BATCH: Final = 200
"""Users between two looks at the time that is left."""

_HOLDING: Final = WORKING | {JobStatus.PAUSED}
"""While the last job is in one of these, no other is started. One without credits does not hold others up."""

_LOG: Final = logging.getLogger(__name__)


class Scheduler:
    def __init__(
        self, due: ScheduleStore, settings: SettingsStore, jobs: Jobs, records: JobStore, clock: Clock
    ) -> None:
        self._due = due
        self._settings = settings
        self._jobs = jobs
        self._records = records
        self._clock = clock

    def run(self, has_time: Callable[[], bool]) -> dict[str, int]:
        """Serve everybody who is due now; how often what was done. Who is left when there is no more time,
        or could not be served, is due at the next run still."""
        done: Counter[str] = Counter()
        users = self._due.due(self._clock())
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while has_time() and (batch := list(islice(users, _BATCH))):
                done.update(pool.map(self._serve, batch))
        return dict(done)

    def _serve(self, user: str) -> str:
        try:
            done = self._start(self._settings.profile(user))
        except ConditionFailed:
            return "moved meanwhile"
        except Exception:  # noqa: BLE001 - one user who cannot be served must not keep the others waiting
            _LOG.exception("a schedule failed", extra={"user": user})
            return "failed"
        _LOG.info("schedule served", extra={"user": user, "done": done})
        return done

    def _start(self, profile: Profile) -> str:
        """Job first, then the next date: what dies in between comes here again and finds the job there. For a
        key that rests the user stays due."""
        now, schedule, due_at = self._clock(), profile.preferences.schedule, profile.due_at
        if schedule is None or due_at is None or due_at > now.timestamp():
            return "moved meanwhile"
        job, done = None, "still at work"
        if not self._holds(profile):
            try:
                job, done = self._create(profile.user, schedule, datetime.fromtimestamp(due_at, now.tzinfo))
            except KeyRests:
                return "key rests"
            except ValidationFailed as refusal:
                return self._pause(profile.user, due_at, refusal.message)
        self._due.advance(profile.user, due_at, next_run(schedule, profile.user, now), job, now)
        return done

    def _pause(self, user: str, due_at: int, problem: str) -> str:
        """The settings have become impossible: as long as nobody changes them, no run will succeed."""
        notice = self._records.notice(user, "schedule", problem, self._clock())
        self._due.pause(user, due_at, problem, also=[notice])
        return "paused"

    def _holds(self, profile: Profile) -> bool:
        """Whether the last job is still at work."""
        if profile.last_run is None or profile.last_run.job is None:
            return False
        job = self._records.get(profile.user, profile.last_run.job)
        return job is not None and job.status in _HOLDING

    def _create(self, user: str, schedule: Schedule, due: datetime) -> tuple[str | None, str]:
        job = job_id(user, due)
        try:
            self._jobs.create_scheduled(user, request_of(schedule, self._clock()), job)
        except EmptySelection:
            return None, "nothing to do"
        except ConditionFailed:
            return job, "started before"
        return job, "started"


def request_of(schedule: Schedule, now: datetime) -> JobRequest:
    """The job that a schedule means."""
    if schedule.work == "missing":
        selection = Selection(missing=[alias_of(name) for name in FIELDS])
        return JobRequest(
            selection=selection,
            regenerate=RegenerateRequest(policy="only_empty"),
            max_credits=schedule.max_credits,
        )
    return JobRequest(
        selection=Selection(updated_before=now - timedelta(days=schedule.min_age_days)),
        regenerate=RegenerateRequest(policy="if_better"),
        max_credits=schedule.max_credits,
    )
