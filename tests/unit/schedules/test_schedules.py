"""Scheduled jobs: when they are due, that each starts once, and what stops them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gloss.bulk.model import JobStatus
from gloss.bulk.requests import JobView
from gloss.dynamodb import ConditionFailed, from_attributes
from gloss.ids import is_id
from gloss.images.model import epoch
from gloss.realtime.model import job_event
from gloss.schedules.model import Schedule, job_id, next_run
from gloss.schedules.service import Scheduler, request_of
from gloss.schedules.store import ScheduleStore
from gloss.settings.model import KEY_REST, Offer, StoredKey
from gloss.settings.service import UserSettings, WorkTerms
from gloss.settings.vault import Vault
from gloss.settings.views import SettingsEdit
from tests.fakes.bulk import BulkKit
from tests.fakes.dynamodb import Crash, Fault, throttled
from tests.fakes.kms import FakeKms
from tests.fakes.product import USER

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""A Friday."""


class Kit(BulkKit):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.credits(100)
        it = self.product
        self.due = ScheduleStore(it.dynamodb.client, "SettingsTable")
        self.scheduler = Scheduler(self.due, it.settings, self.jobs, self.store, it.clock)
        vault = Vault(FakeKms().client, "key-1")
        self.preferences = UserSettings(
            it.settings, vault, lambda *_: None, Offer("heuristic", frozenset()), it.clock
        )

    def set(self, schedule: dict[str, Any] | None, user: str = USER) -> None:
        version = self.preferences.show(user).version
        self.preferences.save(user, SettingsEdit.model_validate({"version": version, "schedule": schedule}))

    def offer(self, providers: frozenset[str]) -> None:
        """What the installation has access to from now on."""
        self.jobs._terms = WorkTerms(
            self.product.settings, Offer(self.provider, providers), self.product.clock
        )

    def look(self) -> dict[str, int]:
        return self.scheduler.run(lambda: True)

    def pass_(self, time: timedelta) -> dict[str, int]:
        """Time passes, then the scheduler comes round."""
        self.product.clock.forward(time)
        return self.look()

    def all_jobs(self) -> list[JobView]:
        return self.jobs.page(USER, before=None, limit=50).jobs


KEY = StoredKey("openai", b"sealed", "4711", "2026-11-20T00:00:00Z")
DAILY: dict[str, Any] = {"every": "daily", "hour": 3, "work": "if_better", "minAgeDays": 0, "maxCredits": 2}


@pytest.fixture
def kit() -> Kit:
    kit = Kit()
    kit.library(3)
    return kit


class TestDates:
    @given(
        after=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        every=st.sampled_from(["daily", "weekly"]),
        hour=st.integers(0, 23),
        user=st.uuids().map(str),
    )
    def test_the_next_run_is_in_its_hour_and_no_later_than_it_must_be(
        self, after: datetime, every: Any, hour: int, user: str
    ) -> None:
        schedule = Schedule(every=every, hour=hour, weekday="wednesday", max_credits=1)
        due = next_run(schedule, user, after)
        assert after < due <= after + (DAY if every == "daily" else 7 * DAY)
        assert due.hour == hour
        assert every == "daily" or due.strftime("%A") == "Wednesday"
        assert next_run(schedule, user, due) == due + (DAY if every == "daily" else 7 * DAY)

    def test_users_are_spread_over_the_hour(self) -> None:
        schedule = Schedule(every="daily", max_credits=1)
        assert len({next_run(schedule, f"user-{number}", NOON).minute for number in range(500)}) > 50

    def test_a_day_of_a_user_has_one_id(self) -> None:
        assert job_id("ann", NOON) == job_id("ann", NOON + timedelta(hours=3))
        assert len({job_id("ann", NOON), job_id("ann", NOON + DAY), job_id("ben", NOON)}) == 3
        assert is_id(job_id("ann", NOON))

    @pytest.mark.parametrize(
        "wrong", [{"every": "hourly"}, {"hour": 24}, {"maxCredits": 0}, {"weekday": "someday"}, {"cap": 1}]
    )
    def test_what_is_no_schedule(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            Schedule.model_validate({"every": "daily", "maxCredits": 1} | wrong)


class TestRuns:
    def test_a_job_starts_once_a_day_and_stops_at_its_cap(self, kit: Kit) -> None:
        kit.set(DAILY)
        assert kit.look() == {}
        assert kit.pass_(DAY) == {"started": 1}
        assert kit.look() == {}
        (job,) = kit.all_jobs()
        assert (job.started_by, job.selection["updatedBefore"]) == ("schedule", "2026-11-21T12:00:00Z")
        ended = kit.run(job.id)
        assert (ended.status, ended.counters.done, ended.stopped) == (JobStatus.COMPLETE, 2, "max_credits")
        assert kit.pass_(DAY) == {"started": 1}
        assert len(kit.all_jobs()) == 2
        shown = kit.preferences.show(USER).scheduled
        assert shown is not None
        assert shown.last_job == job_id(USER, kit.product.clock())
        assert str(shown.next_at) > shown.last_at  # type: ignore[operator]  # it has run

    def test_what_a_person_starts_says_so(self, kit: Kit) -> None:
        assert kit.show(kit.start(regenerate={"force": True})).started_by == "user"

    def test_the_next_job_waits_for_the_last_one(self, kit: Kit) -> None:
        kit.set(DAILY)
        kit.pass_(DAY)
        (job,) = kit.all_jobs()
        assert kit.pass_(DAY) == {"still at work": 1}
        kit.jobs.pause(USER, job.id)
        assert kit.pass_(DAY) == {"still at work": 1}
        kit.jobs.cancel(USER, job.id)
        kit.run(job.id)
        assert kit.pass_(DAY) == {"started": 1}

    def test_a_job_that_ran_out_of_credits_holds_nothing_up(self, kit: Kit) -> None:
        kit.credits(0)
        kit.set(DAILY)
        kit.pass_(DAY)
        (job,) = kit.all_jobs()
        assert kit.run(job.id).status is JobStatus.QUOTA_EXHAUSTED
        assert kit.pass_(DAY) == {"started": 1}

    def test_turned_off_it_is_not_looked_at_any_more(self, kit: Kit) -> None:
        kit.set(DAILY)
        kit.set(None)
        assert kit.pass_(7 * DAY) == {}
        assert kit.preferences.show(USER).scheduled is None
        assert kit.all_jobs() == []

    def test_missing_describes_what_lacks_a_text(self, kit: Kit) -> None:
        image = kit.images()[0]
        kit.product.put(replace(image, metadata=replace(image.metadata, title="")))
        kit.set(DAILY | {"work": "missing"})
        assert kit.pass_(DAY) == {"started": 1}
        (job,) = kit.all_jobs()
        assert kit.run(job.id).counters.done == 1
        assert kit.product.record(image.image).metadata.title
        request = request_of(Schedule(every="daily", max_credits=5), kit.product.clock())
        assert request.selection.missing == ["title", "altText", "caption", "description", "tags"]
        assert (request.regenerate.policy, request.max_credits) == ("only_empty", 5)

    def test_nothing_to_do_makes_no_job(self, kit: Kit) -> None:
        kit.set(DAILY | {"minAgeDays": 30})
        assert kit.pass_(DAY) == {"nothing to do": 1}
        assert kit.all_jobs() == []
        assert kit.look() == {}
        assert kit.pass_(DAY) == {"nothing to do": 1}

    def test_users_are_served_apart(self, kit: Kit) -> None:
        kit.set(DAILY)
        kit.set(DAILY, user="ben")
        assert kit.pass_(DAY) == {"started": 1, "nothing to do": 1}

    def test_without_time_everybody_is_due_still(self, kit: Kit) -> None:
        kit.set(DAILY)
        kit.product.clock.forward(DAY)
        assert kit.scheduler.run(lambda: False) == {}
        assert kit.look() == {"started": 1}


def test_a_schedule_waits_for_a_key_that_rests(kit: Kit) -> None:
    resting = replace(KEY, status="exhausted", rests_until=epoch(kit.product.clock() + DAY + KEY_REST))
    kit.product.settings.save_key(USER, resting)
    kit.set(DAILY)
    kit.offer(frozenset())
    assert kit.pass_(DAY) == {"key rests": 1}
    assert kit.all_jobs() == []
    assert kit.pass_(KEY_REST) == {"started": 1}


class TestImpossibleSettings:
    """The schedule was saved with a key for its provider, and the key was removed since."""

    @pytest.fixture
    def kit(self, kit: Kit) -> Kit:
        kit.product.settings.save_key(USER, KEY)
        kit.preferences.save(
            USER, SettingsEdit.model_validate({"version": 0, "provider": "openai", "schedule": DAILY})
        )
        kit.product.settings.remove_key(USER, "openai")
        kit.offer(frozenset())
        return kit

    def test_they_pause_the_schedule_and_say_so(self, kit: Kit) -> None:
        assert kit.pass_(DAY) == {"paused": 1}
        assert kit.pass_(DAY) == {}
        assert kit.all_jobs() == []
        shown = kit.preferences.show(USER).scheduled
        assert shown is not None
        assert (shown.next_at, shown.last_job) == (None, None)
        assert "no access to openai" in str(shown.problem)
        assert kit.preferences.show(USER).schedule is not None

    def test_their_owner_is_told(self, kit: Kit) -> None:
        kit.pass_(DAY)
        rows = map(from_attributes, kit.product.dynamodb.scan(TableName="JobsTable")["Items"])
        (told,) = [event for row in rows if (event := job_event({}, row))]
        assert (told.user, told.type, told.id) == (USER, "notice", "schedule")
        assert "no access to openai" in told.facts["problem"]

    def test_saving_possible_ones_goes_on(self, kit: Kit) -> None:
        kit.pass_(DAY)
        kit.set(DAILY)
        shown = kit.preferences.show(USER).scheduled
        assert shown is not None
        assert (shown.problem, shown.next_at is None) == (None, False)
        assert kit.pass_(DAY) == {"started": 1}
        shown = kit.preferences.show(USER).scheduled
        assert shown is not None
        assert (shown.problem, shown.last_job is None) == (None, False)

    def test_saving_them_meanwhile_goes_before(self, kit: Kit) -> None:
        due = kit.product.settings.profile(USER).due_at
        assert due is not None
        with pytest.raises(ConditionFailed):
            kit.due.pause(USER, due - 1, "No.", also=[])
        assert kit.product.settings.profile(USER).due_at == due


class TestFaults:
    def test_a_crash_between_job_and_date_starts_no_second_one(self, kit: Kit) -> None:
        kit.set(DAILY)
        kit.product.dynamodb.inject(Fault("transact_write_items", Crash(), after=False))
        with pytest.raises(Crash):
            kit.pass_(DAY)
        assert len(kit.all_jobs()) == 1
        assert kit.look() == {"started before": 1}
        assert kit.look() == {}
        assert len(kit.all_jobs()) == 1

    def test_who_cannot_be_served_is_due_again(self, kit: Kit) -> None:
        kit.set(DAILY)
        kit.product.dynamodb.inject(Fault("put_item", throttled(), after=False))
        assert kit.pass_(DAY) == {"failed": 1}
        assert kit.look() == {"started": 1}

    def test_saving_the_settings_loses_no_run_and_adds_none(self, kit: Kit) -> None:
        kit.set(DAILY)
        due = kit.product.settings.profile(USER).due_at
        assert due is not None
        kit.product.clock.forward(timedelta(seconds=due + 300 - epoch(kit.product.clock())))
        kit.set(DAILY | {"maxCredits": 3})
        assert kit.look() == {"started": 1}
        kit.run(kit.all_jobs()[0].id)
        kit.set(DAILY | {"maxCredits": 1})
        assert kit.look().get("started") is None
        assert len(kit.all_jobs()) == 1

    def test_a_run_that_another_one_has_served_is_left_alone(self, kit: Kit) -> None:
        kit.set(DAILY)
        due = kit.product.settings.profile(USER).due_at
        assert due is not None
        now = kit.product.clock()
        kit.due.advance(USER, due, now + DAY, None, now)
        with pytest.raises(ConditionFailed):
            kit.due.advance(USER, due, now + 2 * DAY, None, now)
        assert kit.scheduler._serve(USER) == "moved meanwhile"
