"""Jobs from their owner's request to their end."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from gloss.bulk.estimating import AT_ONCE, Look
from gloss.bulk.model import LEASE, JobStatus, Options
from gloss.bulk.rates import Rates
from gloss.bulk.requests import JobRequest, JobView, report_csv
from gloss.describe.models import default_model
from gloss.errors import EmptySelection, InvalidCursor, ValidationFailed
from gloss.ids import new_id
from gloss.images.model import Status
from gloss.metering.limits import Limits
from gloss.metering.prices import Prices
from gloss.pipeline.queues import NotSent
from gloss.settings.model import StoredKey
from tests.fakes.bulk import BulkKit
from tests.fakes.dynamodb import Fault, conflict, denied, timeout
from tests.fakes.product import USER
from tests.unit.bulk.samples import FORCE, left

LIMITS = Limits.load()
TWO = Look(2, timedelta(minutes=1))


class TestEstimate:
    def test_a_dry_run_answers_and_does_nothing(self, kit: BulkKit) -> None:
        kit.library(3)
        skipped = kit.product.upload(sent=False)
        credits_left = left(kit)
        view = kit.jobs.create(USER, JobRequest(dry_run=True))
        assert view.status is JobStatus.ESTIMATED
        assert view.estimate.model_dump() == {
            "complete": True,
            "matched": 4,
            "to_process": 3,
            "skipped": {"no_file": 1},
            "credits_needed": 3,
            "credits_available": credits_left,
            "cost_usd": 0.0,
            "duration_seconds": 0,
        }
        assert left(kit) == credits_left
        assert kit.running() == []
        assert kit.product.status(skipped) is Status.PENDING

    def test_a_large_library_is_estimated_in_the_background(
        self, kit: BulkKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("gloss.bulk.service.AT_ONCE", TWO)
        monkeypatch.setattr("gloss.bulk.steps.IN_BACKGROUND", TWO)
        kit.library(7)
        view = kit.jobs.create(USER, JobRequest(dry_run=True))
        assert (view.status, view.estimate.complete, view.estimate.matched) == ("estimating", False, 2)
        view = kit.run(view.id)
        assert (view.status, view.estimate.complete, view.estimate.matched) == ("estimated", True, 7)
        assert kit.record(view.id).expires_at

    def test_a_job_that_is_no_dry_run_goes_on_by_itself(
        self, kit: BulkKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("gloss.bulk.service.AT_ONCE", TWO)
        kit.library(3)
        view = kit.run(kit.start())
        assert (view.status, view.counters.done) == (JobStatus.COMPLETE, 3)

    def test_offset_and_limit_count_what_matches(self, kit: BulkKit) -> None:
        ids = kit.library(5)
        kit.edit(ids[3], "Mine")
        view = kit.run(kit.start(selection={"offset": 1, "limit": 2}))
        assert {item.image for item in kit.items(view.id)} == {ids[2], ids[3]}
        assert view.counters.total == 2

    def test_nothing_selected(self, kit: BulkKit) -> None:
        with pytest.raises(EmptySelection):
            kit.start(selection={"status": "failed"})
        assert kit.jobs.page(USER, before=None, limit=5).jobs == []

    def test_a_price_that_nobody_knows(self, kit: BulkKit) -> None:
        kit.library(1)
        asked = {"provider": "openai", "model": "a-model-of-ones-own"}
        view = kit.jobs.create(USER, JobRequest.model_validate({"dryRun": True, "regenerate": asked}))
        assert view.estimate.cost_usd is None
        with pytest.raises(ValidationFailed, match="price"):
            kit.start(regenerate=asked, maxCostUsd=1)

    def test_a_model_has_its_price(self, kit: BulkKit) -> None:
        kit.library(4)
        asked = {"provider": "openai", "model": "gpt-4o-mini", "force": True}
        view = kit.jobs.create(USER, JobRequest.model_validate({"dryRun": True, "regenerate": asked}))
        per_image = (3_500 * 0.15 + 350 * 0.60) / 1_000_000
        assert view.estimate.cost_usd == pytest.approx(4 * per_image, abs=1e-6)
        job = kit.start(regenerate=asked, maxCostUsd=2.5 * per_image)
        assert kit.record(job).options.max_images == 2
        assert kit.show(job).estimate.cost_usd == pytest.approx(2 * per_image, abs=1e-6)

    def test_work_that_names_no_model_has_the_price_of_the_stacks(self, kit: BulkKit) -> None:
        dear = Rates(10, Prices.load(), LIMITS, kit.product.clock, "openai", "gpt-4o")
        cheap = Rates(10, Prices.load(), LIMITS, kit.product.clock, "openai", "gpt-4o-mini")
        assert (dear.price({}) or 0) > (cheap.price({}) or 0) > 0
        by_default = dear.price({"provider": "bedrock"})
        assert by_default == dear.price({"provider": "bedrock", "model": default_model("bedrock")})
        assert dear.price({"provider": "nobody"}) is None
        assert dear.price({"provider": "heuristic"}) == 0

    @pytest.mark.parametrize(
        ("request_", "images", "options", "seconds"),
        [
            ({}, 100, Options(window=5), 80),
            ({}, 30, Options(), 12),
            # 1,000 calls at 60 a minute, whatever could be worked on at a time.
            ({}, 1_000, Options(), 940),
            ({}, 1_000, Options(per_minute=10), 5_940),
            ({}, 1_000, Options(per_minute=100_000), 400),
            ({"provider": "bedrock"}, 120, Options(), 420),
            ({"provider": "heuristic"}, 1_000, Options(), 50),
        ],
    )
    def test_the_time_that_it_takes(
        self, kit: BulkKit, request_: dict[str, Any], images: int, options: Options, seconds: int
    ) -> None:
        limits = Limits.load('{"bedrock": {"describe": 15}}')
        rates = Rates(10, Prices.load(), limits, kit.product.clock, "openai")
        assert rates.duration(request_, images, options) == seconds

    def test_words_that_are_embedded_by_a_service_take_its_time(self, kit: BulkKit) -> None:
        rates = Rates(10, Prices.load(), LIMITS, kit.product.clock, "heuristic", embedder="openai")
        assert rates.duration({}, 1_000, Options()) == 2_940
        assert rates.duration({"provider": "openai"}, 1_000, Options(per_minute=40)) == 1_440
        assert rates.duration({}, 20, Options()) == 1

    def test_a_picture_that_is_looked_at_closely_costs_more(self, kit: BulkKit) -> None:
        rates = Rates(10, Prices.load(), LIMITS, kit.product.clock, "openai", "gpt-4o-mini-2024-07-18")
        low, high = rates.price({}), rates.price({"detail": "high"})
        assert low == pytest.approx((3_500 * 0.15 + 350 * 0.60) / 1_000_000)
        assert high == pytest.approx((26_168 * 0.15 + 350 * 0.60) / 1_000_000)
        other = Rates(10, Prices.load(), LIMITS, kit.product.clock, "openai", "gpt-4o")
        assert other.price({}) == other.price({"detail": "high"})

    @pytest.mark.parametrize("dollars", [1e306, 1e40, float("inf"), float("nan"), 0])
    def test_an_amount_of_money_that_there_is_not(self, dollars: float) -> None:
        with pytest.raises(ValidationError):
            JobRequest(max_cost_usd=dollars)

    def test_a_provider_that_nobody_has_a_key_for(self, kit: BulkKit) -> None:
        kit.library(1)
        with pytest.raises(ValidationFailed, match="no access to bedrock"):
            kit.start(regenerate={"provider": "bedrock"})
        assert kit.jobs.page(USER, before=None, limit=5).jobs == []

    def test_a_call_has_no_more_than_its_time(self, kit: BulkKit, monkeypatch: pytest.MonkeyPatch) -> None:
        """A slow table leaves the rest to the background, too, however few images there are."""
        kit.library(7)
        read = kit.product.images.page

        def slowly(*arguments: Any, **options: Any) -> Any:
            kit.product.clock.forward(AT_ONCE.time)
            return read(*arguments, **options)

        monkeypatch.setattr(kit.product.images, "page", slowly)
        view = kit.jobs.create(USER, JobRequest(dry_run=True))
        assert (view.status, view.estimate.matched) == ("estimating", 1)
        view = kit.run(view.id)
        assert (view.status, view.estimate.matched) == ("estimated", 7)


class TestFeeding:
    def test_named_images_whether_or_not_they_exist(self, kit: BulkKit) -> None:
        ids = kit.library(3)
        gone = new_id()
        view = kit.run(kit.start(selection={"ids": [ids[2], gone, ids[0]]}))
        outcomes = {item.image: (item.outcome, item.reason) for item in kit.items(view.id)}
        assert outcomes == {
            ids[2]: ("done", ""),
            ids[0]: ("done", ""),
            gone: ("skipped", "not_found"),
        }
        assert view.skipped == {"not_found": 1}

    def test_by_status(self, kit: BulkKit) -> None:
        kit.library(2)
        failed = kit.product.upload()
        kit.attempt(USER, failed, "permanent")
        assert kit.product.status(failed) is Status.FAILED
        kit.product.sqs.messages.clear()
        view = kit.run(kit.start(selection={"status": "failed"}))
        assert [item.image for item in kit.items(view.id)] == [failed]
        assert kit.product.status(failed) is Status.COMPLETE

    def test_no_more_than_the_window_is_in_flight(self, kit: BulkKit) -> None:
        kit.library(7)
        job = kit.start(window=3, regenerate=FORCE)
        kit.step_all()
        assert kit.check(job).in_flight == 3
        kit.step_all()
        assert kit.check(job).in_flight == 3
        kit.deliver()
        kit.step_all()
        assert (kit.check(job).in_flight, kit.check(job).done) == (3, 1)

    def test_a_window_is_filled_up_once_a_quarter_of_it_is_free(self, kit: BulkKit) -> None:
        """The library is not read for every image that ends."""
        kit.library(14)
        job = kit.start(window=8, regenerate=FORCE)
        kit.step_all()
        kit.deliver()
        kit.step_all()
        assert (kit.check(job).in_flight, kit.check(job).done) == (7, 1)
        kit.deliver()
        kit.step_all()
        assert (kit.check(job).in_flight, kit.check(job).done) == (8, 2)

    def test_a_page_holds_what_one_transaction_can(self, kit: BulkKit) -> None:
        kit.library(40)
        job = kit.start(regenerate=FORCE)
        kit.step_all()
        assert kit.check(job).in_flight == 40
        assert kit.record(job).status is JobStatus.FINISHING

    def test_an_image_that_changes_while_it_is_fed_is_judged_anew(self, kit: BulkKit) -> None:
        ids = kit.library(3)
        job = kit.start(regenerate=FORCE)
        stale = [*kit.images()]
        kit.edit(ids[1], "Mine")
        found = kit.product.images.page
        answers = iter([(stale, None)])
        kit.product.images.page = lambda *a, **k: next(answers, None) or found(*a, **k)  # type: ignore[method-assign]
        view = kit.run(job)
        assert view.counters.done == 3
        (item,) = [item for item in kit.items(job) if item.image == ids[1]]
        assert (item.before, item.after) == (2, 3)

    def test_messages_that_were_not_sent_are_sent_by_the_next_step(self, kit: BulkKit) -> None:
        kit.library(2)
        job = kit.start(regenerate=FORCE)
        kit.product.sqs.inject(Fault("send_message_batch", timeout()))
        with pytest.raises(type(timeout())):
            kit.step_all()
        assert kit.messages() == []
        view = kit.run(job)
        assert view.counters.done == 2

    def test_a_queue_that_refuses_part_of_a_batch(
        self, kit: BulkKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            kit.product.sqs, "send_message_batch", lambda **_: {"Failed": [{"Code": "Throttled"}]}
        )
        with pytest.raises(NotSent, match="1 of 1"):
            kit.product.queues.send_many("bulk", USER, [new_id()])

    @pytest.mark.parametrize(("pin", "stopped"), [({"maxCredits": 3}, "max_credits"), ({}, None)])
    def test_a_pin_ends_the_job_cleanly(self, kit: BulkKit, pin: dict[str, int], stopped: str | None) -> None:
        kit.library(5)
        before = left(kit)
        view = kit.run(kit.start(regenerate=FORCE, maxCostUsd=5, **pin))
        done = pin.get("maxCredits", 5)
        assert (view.status, view.stopped, view.counters.done) == (JobStatus.COMPLETE, stopped, done)
        assert (view.counters.unreached, view.counters.waiting) == (5 - done, 0)
        assert left(kit) == before - done

    def test_a_key_of_the_users_own_needs_no_credit(self, kit: BulkKit) -> None:
        kit.library(3)
        kit.credits(3)
        kit.product.settings.save_key(USER, StoredKey("openai", b"sealed", "4711", "2026-11-20T00:00:00Z"))
        job = kit.start(regenerate={**FORCE, "provider": "openai"}, maxCredits=1)
        record = kit.record(job)
        assert (record.options.credits, record.options.max_images) == (0, None)
        kit.step_all()
        assert kit.check(job).in_flight == 3
        assert left(kit) == 0


class TestCredits:
    def test_a_job_stops_where_they_end_and_goes_on_when_asked(self, kit: BulkKit) -> None:
        kit.library(50)
        kit.credits(60)
        job = kit.start(regenerate=FORCE)
        view = kit.run(job)
        assert (view.status, view.counters.done, view.counters.waiting) == ("quota_exhausted", 10, 40)
        assert left(kit) == 0
        kit.forward(timedelta(hours=1))
        assert kit.show(job).status is JobStatus.QUOTA_EXHAUSTED
        kit.credits(100)
        kit.jobs.resume(USER, job)
        view = kit.run(job)
        assert (view.status, view.counters.done) == (JobStatus.COMPLETE, 50)
        assert {kit.runs(job, image.image) for image in kit.images()} == {1}
        kit.check(job)

    def test_a_job_goes_on_by_itself_where_that_is_wanted(self, kit: BulkKit) -> None:
        kit.library(5)
        kit.credits(7)
        job = kit.start(regenerate=FORCE, autoResume=True)
        assert kit.run(job).status is JobStatus.QUOTA_EXHAUSTED
        kit.forward(timedelta(minutes=5))
        assert kit.show(job).status is JobStatus.QUOTA_EXHAUSTED
        kit.credits(10)
        kit.forward(timedelta(minutes=5))
        assert kit.run(job).counters.done == 5

    def test_what_fails_counts_as_money_spent_and_the_pin_ends_the_job(self, kit: BulkKit) -> None:
        kit.library(5)
        asked = {"provider": "openai", "model": "gpt-4o-mini", "force": True}
        per_image = (3_500 * 0.15 + 350 * 0.60) / 1_000_000
        job = kit.start(regenerate=asked, maxCostUsd=2.5 * per_image)
        view = kit.run(job, refuse="permanent")
        assert (view.status, view.stopped) == (JobStatus.COMPLETE, "max_cost")
        assert (view.counters.failed, view.counters.unreached) == (2, 3)
        kit.jobs.retry_failed(USER, job)
        view = kit.run(job)
        assert (view.status, view.stopped, view.counters.done) == (JobStatus.COMPLETE, "max_cost", 0)
        kit.check(job)

    def test_what_fails_gives_its_credit_back_and_the_pin_on_credits_lets_others_follow(
        self, kit: BulkKit
    ) -> None:
        kit.library(5)
        job = kit.start(regenerate=FORCE, maxCredits=2)
        kit.step_all()
        kit.deliver_all(refuse="permanent")
        view = kit.run(job)
        assert (view.stopped, view.counters.failed, view.counters.done) == ("max_credits", 2, 2)

    def test_what_is_skipped_before_the_last_credit_is_noted(self, kit: BulkKit) -> None:
        kit.library(2)
        kit.product.upload(sent=False)
        kit.credits(3)
        view = kit.run(kit.start(regenerate=FORCE))
        assert (view.status, view.counters.skipped, view.counters.waiting) == ("quota_exhausted", 1, 2)


class TestMachine:
    def test_an_execution_that_was_replaced_leaves(self, kit: BulkKit) -> None:
        kit.library(3)
        job = kit.start(window=1, regenerate=FORCE)
        (old,) = kit.running()
        kit.jobs.pause(USER, job)
        kit.jobs.resume(USER, job)
        assert kit.step(old).next == "ended"
        assert kit.counters(job).in_flight == 0

    def test_a_job_that_is_gone_has_ended(self, kit: BulkKit) -> None:
        assert kit.worker.step(USER, new_id(), 1).next == "ended"

    def test_a_page_that_somebody_overtakes_is_not_begun(
        self, kit: BulkKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kit.library(3)
        job = kit.start(regenerate=FORCE)
        commit = kit.product.ledger.reserve

        def paused_before(*args: Any, **kwargs: Any) -> Any:
            kit.jobs.pause(USER, job)
            return commit(*args, **kwargs)

        monkeypatch.setattr(kit.product.ledger, "reserve", paused_before)
        (name,) = kit.running()
        assert kit.step(name).next == "more"
        assert kit.counters(job).in_flight == 0
        assert kit.step(name).next == "ended"

    def test_a_job_that_cannot_be_started_is_started_by_the_sweep(self, kit: BulkKit) -> None:
        kit.library(2)
        kit.product.states.inject(Fault("start_execution", denied()))
        job = kit.start()
        assert kit.executions == {}
        kit.forward(LEASE + timedelta(seconds=1))
        assert kit.run(job).counters.done == 2

    def test_a_stuck_job_moves_on_within_two_sweeps(self, kit: BulkKit) -> None:
        kit.library(2)
        job = kit.start(window=1)
        kit.step_all()
        kit.ended |= set(kit.running())
        kit.forward(timedelta(minutes=5))
        assert kit.run(job).status is JobStatus.COMPLETE

    def test_a_job_whose_messages_got_lost_moves_on_within_ten_minutes(self, kit: BulkKit) -> None:
        kit.library(2)
        job = kit.start(regenerate=FORCE)
        kit.step_all()
        kit.product.sqs.messages.clear()
        for _ in range(2):
            kit.product.clock.forward(timedelta(minutes=2, seconds=30))
            kit.step_all()
        assert kit.messages() == []
        kit.forward(timedelta(minutes=2, seconds=30))
        assert kit.run(job).counters.done == 2
        kit.check(job)

    def test_a_message_that_only_waited_is_sent_again_and_changes_nothing(self, kit: BulkKit) -> None:
        ids = kit.library(2)
        job = kit.start(regenerate=FORCE)
        kit.step_all()
        kit.forward(timedelta(minutes=6))
        assert len(kit.messages()) == 4
        assert kit.run(job).counters.done == 2
        assert [kit.runs(job, image) for image in ids] == [1, 1]
        kit.check(job)

    def test_a_job_that_waits_for_its_images_is_not_stuck(self, kit: BulkKit) -> None:
        kit.library(2)
        job = kit.start(window=1)
        for _ in range(5):
            kit.step_all()
            kit.product.clock.forward(timedelta(minutes=2, seconds=30))
            assert kit.sweep.run() == {}
        assert kit.record(job).epoch == 1

    def test_one_job_that_cannot_be_helped_holds_up_no_other(self, kit: BulkKit) -> None:
        kit.library(1)
        kit.start()
        kit.start(selection={"status": "complete"})
        kit.product.clock.forward(LEASE + timedelta(seconds=1))
        kit.product.states.inject(Fault("start_execution", denied()))
        assert kit.sweep.run() == {"job faulted": 1, "job restarted": 1}

    def test_a_job_that_moves_in_the_moment_of_the_sweep(
        self, kit: BulkKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kit.library(1)
        job = kit.start()
        kit.product.clock.forward(LEASE + timedelta(seconds=1))
        stale = (replace(kit.record(job), revision=0), kit.store.tally(USER, job))
        monkeypatch.setattr(kit.store, "with_tally", lambda *_: stale)
        assert kit.sweep.run() == {"job settled meanwhile": 1}
        monkeypatch.setattr(kit.store, "with_tally", lambda *_: (replace(stale[0], due_at=None), stale[1]))
        assert kit.sweep.run() == {"job settled meanwhile": 1}

    def test_starting_an_epoch_twice_makes_one_execution(self, kit: BulkKit) -> None:
        kit.library(1)
        job = kit.record(kit.start())
        kit.machine.start(job)
        assert len(kit.executions) == 1

    def test_counters_of_a_crowd(self, kit: BulkKit) -> None:
        kit.library(2)
        job = kit.start(regenerate=FORCE)
        kit.step_all()
        kit.product.dynamodb.inject(Fault("transact_write_items", conflict(), times=2))
        kit.deliver_all()
        assert kit.check(job).done == 2


class TestLooking:
    def test_jobs_newest_first_page_by_page(self, kit: BulkKit) -> None:
        kit.library(1)
        first, second, third = sorted(kit.start(dryRun=True) for _ in range(3))
        page = kit.jobs.page(USER, before=None, limit=2)
        assert [job.id for job in page.jobs] == [third, second]
        assert [job.id for job in kit.jobs.page(USER, before=page.next, limit=2).jobs] == [first]
        assert kit.jobs.page("eve", before=None, limit=2).jobs == []

    def test_items_and_the_report(self, kit: BulkKit) -> None:
        ids = kit.library(3)
        kit.product.upload(sent=False)
        job = kit.start(regenerate=FORCE)
        kit.run(job)
        page = kit.jobs.items(USER, job, outcome=None, after=None, limit=3)
        rest = kit.jobs.items(USER, job, outcome=None, after=page.next, limit=3)
        assert len(page.items) + len(rest.items) == 4
        done = kit.jobs.items(USER, job, outcome="done", after=None, limit=10)
        assert [item.image_id for item in done.items] == ids
        report = kit.jobs.report(USER, job, after=None, limit=2)
        assert len(report.items) == 2
        assert report.next == ids[1]
        lines = report_csv(kit.jobs.report(USER, job, after=None, limit=100).items).splitlines()
        assert lines[0] == "imageId,outcome,reason,at,versionBefore,versionAfter,undo"
        assert lines[1].startswith(f"{ids[0]},done,,")
        assert lines[4].split(",")[1:3] == ["skipped", "no_file"]

    @pytest.mark.parametrize("cursor", ["C#", "x", ""])
    def test_a_forged_cursor(self, kit: BulkKit, cursor: str) -> None:
        kit.library(1)
        job = kit.start()
        with pytest.raises(InvalidCursor):
            kit.jobs.page(USER, before=cursor, limit=1)
        with pytest.raises(InvalidCursor):
            kit.jobs.items(USER, job, outcome=None, after=cursor, limit=1)

    def test_the_time_that_is_left(self, kit: BulkKit) -> None:
        kit.library(4)
        job = kit.start(regenerate=FORCE)
        kit.step_all()
        assert kit.show(job).eta_seconds == kit.record(job).estimate.seconds
        kit.product.clock.forward(timedelta(seconds=30))
        kit.deliver()
        assert kit.show(job).eta_seconds == 90
        assert kit.run(job).eta_seconds is None

    def test_the_time_that_taking_back_takes(self, kit: BulkKit, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("gloss.bulk.undoing.PAGE", 1)
        monkeypatch.setattr("gloss.bulk.undoing.UNDOING", timedelta(0))
        kit.library(4)
        job = kit.start(regenerate=FORCE)
        kit.run(job)
        view = kit.jobs.undo(USER, job)
        assert (view.progress.done, view.progress.total, view.eta_seconds) == (0, 4, None)
        monkeypatch.setattr("gloss.bulk.undoing.UNDOING", timedelta(seconds=1))
        kit.undo_one(job)
        kit.product.clock.forward(timedelta(seconds=10))
        view = kit.show(job)
        assert (view.progress.done, view.progress.total, view.eta_seconds) == (1, 4, 30)
        view = kit.run(job)
        assert (view.progress.done, view.progress.total, view.eta_seconds) == (4, 4, None)

    def test_the_time_until_a_cancelled_job_has_ended(self, kit: BulkKit) -> None:
        kit.library(4)
        job = kit.start(regenerate=FORCE)
        kit.step_all()
        state = kit.take(*kit.messages()[0])
        assert state
        assert kit.jobs.cancel(USER, job).eta_seconds is None
        kit.product.clock.forward(timedelta(seconds=9))
        kit.step_all()
        view = kit.show(job)
        assert (view.status, view.progress.done, view.progress.total) == ("cancelling", 3, 4)
        assert view.eta_seconds == 3
        kit.finish(state)
        assert kit.run(job).eta_seconds is None

    def test_counters_are_read_together_with_their_job(
        self, kit: BulkKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A retry between two reads: what failed must not be fewer than what is tried again."""
        kit.library(1)
        job = kit.start(regenerate=FORCE)
        kit.step_all()
        kit.deliver(refuse="permanent")
        kit.run(job)
        tally = kit.store.tally

        def read_before_the_retry(user: str, name: str) -> Any:
            read = tally(user, name)
            monkeypatch.setattr(kit.store, "tally", tally)
            kit.jobs.retry_failed(USER, job)
            kit.step_all()
            return read

        monkeypatch.setattr(kit.store, "tally", read_before_the_retry)
        view = JobView.of(*kit.store.with_tally(USER, job), kit.product.clock())
        assert (view.counters.failed, view.counters.in_flight, view.counters.total) == (0, 1, 1)

    def test_a_selection_is_shown_without_its_ids(self, kit: BulkKit) -> None:
        ids = kit.library(2)
        view = kit.show(kit.start(selection={"ids": ids, "missing": ["title"], "limit": 1}, dryRun=True))
        assert view.selection == {"ids": 2, "missing": ["title"], "limit": 1}
