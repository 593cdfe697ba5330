"""Crashes, races and faults: tokens come back once or are charged once, whatever breaks wherever."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from gloss.describe.model import Transient
from gloss.errors import (
    Busy,
    InvalidCursor,
    InvalidGenerationStatus,
    ProviderUnavailable,
    SourceUnavailable,
)
from gloss.generate.assignment import MeteredMaker
from gloss.generate.making import Made, Maker
from gloss.generate.model import LEASE, PENDING_KEPT, Failure, Generation, GenerationStatus
from gloss.generate.steps import MakeStep, while_held
from tests.fakes.dynamodb import Crash, Fault
from tests.fakes.generation import TOKENS, GenerationKit, picture
from tests.fakes.metering import MeteringKit, call
from tests.fakes.product import USER

COST = 110
FLAKY = Transient("PROVIDER_ERROR", "It broke.")
STEPS = ("inputs", "made", "pictures", "verdict")
SECOND = timedelta(seconds=1)


def settle(kit: GenerationKit, generation: str) -> GenerationStatus:
    """Let messages and sweeps come until it has ended."""
    for _ in range(8):
        kit.deliver_all()
        if kit.record(generation).due_at is None:
            break
        kit.forward(LEASE + SECOND)
    return kit.record(generation).status


class TestFaults:
    @pytest.mark.parametrize("step", STEPS)
    def test_a_step_that_keeps_breaking_gives_the_tokens_back_once(
        self, kit: GenerationKit, step: str
    ) -> None:
        generation = kit.started()
        whole = kit.steps[step]

        def broken(state: object) -> dict[str, object]:
            if step == "verdict" and "failure" in state:  # type: ignore[operator]  # a state is a mapping
                return whole(state)  # type: ignore[arg-type]
            raise RuntimeError("the infrastructure broke")

        kit.steps[step] = broken
        assert kit.deliver_all() == ["put_back", "failed"]
        record = kit.record(generation)
        assert record.failure
        assert (record.failure.code, record.failure.retryable) == ("TASK_FAILED", True)
        assert kit.left == TOKENS
        kit.steps[step] = whole
        kit.start(generation)
        assert kit.deliver_all() == ["completed"]
        assert len(kit.maker.requests) == 1 or step in {"made", "inputs"}
        assert kit.left == TOKENS - COST

    def test_tokens_that_were_given_back_behind_our_back_fail_it(self, kit: GenerationKit) -> None:
        generation = kit.started()
        reservation = kit.record(generation).reservation
        kit.before["verdict"] = lambda: kit.product.credits.release(reservation)
        assert kit.deliver() == "failed"
        failure = kit.record(generation).failure
        assert failure
        assert failure.code == "RESERVATION_RELEASED"
        assert kit.left == TOKENS

    def test_a_server_that_is_silent_may_answer_later(
        self, kit: GenerationKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = "https://example.com/a.jpg"
        whole = kit.web.fetch

        def silent(_url: str, _limit: int) -> object:
            raise SourceUnavailable

        monkeypatch.setattr(kit.web, "fetch", silent)
        kit.web.files = {url: picture()}
        kit.started(product_images=[url])
        assert kit.deliver() == "put_back"
        monkeypatch.setattr(kit.web, "fetch", whole)
        assert kit.deliver() == "completed"

    def test_a_stack_without_the_provider_fails_it(self, kit: GenerationKit) -> None:
        def nobody(_generation: Generation) -> Maker:
            raise ProviderUnavailable

        kit.steps["made"] = while_held(
            MakeStep(kit.store, kit.pictures, nobody, kit.product.books.enter, kit.product.clock).run
        )
        generation = kit.started()
        assert kit.deliver() == "failed"
        failure = kit.record(generation).failure
        assert failure
        assert (failure.code, failure.retryable) == ("PROVIDER_UNAVAILABLE", False)
        assert kit.left == TOKENS

    @pytest.mark.parametrize("step", ["made", "verdict"])
    @pytest.mark.parametrize("refusal", [None, FLAKY])
    def test_who_is_overtaken_in_the_middle_of_a_step_changes_nothing(
        self, kit: GenerationKit, monkeypatch: pytest.MonkeyPatch, step: str, refusal: Transient | None
    ) -> None:
        generation = kit.started()
        kit.maker.script = lambda *_: refusal

        def overtake() -> None:
            seen = kit.record(generation)
            kit.store.apply(kit.store.replace(seen, seen.changed(kit.product.clock())))
            monkeypatch.setattr(kit.store, "get", lambda *_: seen)

        kit.before[step] = overtake
        assert kit.deliver() == "superseded"
        monkeypatch.undo()
        assert kit.record(generation).status is GenerationStatus.PROCESSING
        assert kit.left == TOKENS - COST


class TestReceipts:
    """A picture is kept with its receipt before the usage log has its row."""

    @pytest.fixture(autouse=True)
    def _paying(self, kit: GenerationKit) -> None:
        self.meter = MeteringKit(database=kit.product.dynamodb, limits="{}")

        def metered(generation: Generation) -> Maker:
            about = call(user=USER, purpose="generate", generation=generation.generation)
            return MeteredMaker(kit.maker, self.meter.metering(), about)

        step = MakeStep(kit.store, kit.pictures, metered, kit.product.books.enter, kit.product.clock)
        kit.steps["made"] = while_held(step.run)

    def test_who_dies_in_between_loses_neither(self, kit: GenerationKit) -> None:
        generation = kit.started()

        def die() -> None:
            kit.product.dynamodb.inject(Fault("transact_write_items", Crash()))

        kit.before["made"] = die
        with suppress(Crash):
            kit.deliver()
        kit.product.dynamodb.faults.clear()
        kit.before.clear()
        assert self.meter.rows(USER) == []
        assert settle(kit, generation) is GenerationStatus.COMPLETED
        assert len(kit.maker.requests) == len(self.meter.rows(USER)) == 1
        assert self.meter.rows(USER)[0]["generation"] == generation

    def test_what_is_no_picture_was_paid_all_the_same(self, kit: GenerationKit) -> None:
        generation = kit.started()
        kit.maker.script = lambda number, _request: None if number else Made(b"no picture")
        assert settle(kit, generation) is GenerationStatus.COMPLETED
        assert len(kit.maker.requests) == len(self.meter.rows(USER)) == 2

    def test_what_cannot_be_kept_was_paid_too(
        self, kit: GenerationKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        generation = kit.started()

        def full(*_: object) -> None:
            monkeypatch.undo()
            raise RuntimeError

        monkeypatch.setattr(kit.pictures, "put_made", full)
        assert settle(kit, generation) is GenerationStatus.COMPLETED
        assert len(kit.maker.requests) == len(self.meter.rows(USER)) == 2


class TestCrashes:
    @pytest.mark.parametrize("calls", range(1, 25))
    def test_wherever_a_worker_dies_it_ends_once(self, kit: GenerationKit, calls: int) -> None:
        generation = kit.started()
        kit.product.dynamodb.crash_after(calls)
        with suppress(Crash):
            kit.deliver()
        kit.product.dynamodb.faults.clear()
        assert settle(kit, generation) is GenerationStatus.COMPLETED
        assert len(kit.maker.requests) == 1
        assert kit.left == TOKENS - COST

    @pytest.mark.parametrize("calls", range(1, 12))
    def test_wherever_a_request_dies_nothing_is_half_done(self, kit: GenerationKit, calls: int) -> None:
        request = kit.request()
        waiting, under_way = kit.create(), kit.started()

        def requests() -> None:
            kit.generations.create(USER, request)
            kit.start(waiting)
            kit.generations.cancel(USER, under_way)

        kit.product.dynamodb.crash_after(calls)
        with suppress(Crash):
            requests()
        kit.product.dynamodb.faults.clear()
        assert kit.left >= TOKENS - 3 * COST
        for _ in range(3):
            kit.deliver_all()
            kit.forward(PENDING_KEPT + SECOND)
        found = kit.generations.page(USER, status=None, before=None, limit=10).generations
        assert all(it.status in {"completed", "cancelled", "failed"} for it in found)
        assert kit.left == TOKENS - COST * sum(it.status == "completed" for it in found)


class TestRaces:
    def stale(
        self, kit: GenerationKit, monkeypatch: pytest.MonkeyPatch, generation: str, times: int
    ) -> Callable[[], None]:
        """Let the next readings see the record as it is now."""
        seen, whole = kit.record(generation), kit.store.existing
        left = [times]

        def existing(user: str, wanted: str) -> object:
            left[0] -= 1
            return seen if left[0] >= 0 else whole(user, wanted)

        return lambda: monkeypatch.setattr(kit.store, "existing", existing)

    def test_who_starts_what_was_just_started_is_told_so(
        self, kit: GenerationKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        generation = kit.create()
        look_back = self.stale(kit, monkeypatch, generation, 1)
        kit.start(generation)
        look_back()
        assert kit.generations.start(USER, generation).status is GenerationStatus.PROCESSING
        assert len(kit.messages()) == 1

    def test_who_starts_what_was_just_cancelled_is_refused(
        self, kit: GenerationKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        generation = kit.create()
        look_back = self.stale(kit, monkeypatch, generation, 1)
        kit.generations.cancel(USER, generation)
        look_back()
        with pytest.raises(InvalidGenerationStatus):
            kit.start(generation)
        assert kit.left == TOKENS

    def test_who_starts_what_was_just_changed_may_try_again(
        self, kit: GenerationKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        generation = kit.create()
        look_back = self.stale(kit, monkeypatch, generation, 1)
        before = kit.record(generation)
        kit.store.apply(kit.store.replace(before, before.changed(kit.product.clock())))
        look_back()
        with pytest.raises(Busy):
            kit.start(generation)

    def test_cancelling_sees_what_happened_meanwhile(
        self, kit: GenerationKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        generation = kit.started()
        look_back = self.stale(kit, monkeypatch, generation, 1)
        kit.deliver()
        look_back()
        answer = kit.generations.cancel(USER, generation)
        assert (answer.outcome, answer.charged) == ("already_done", True)
        assert kit.left == TOKENS - COST

    def test_cancelling_what_never_stands_still_gives_up(
        self, kit: GenerationKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        generation = kit.create()
        look_back = self.stale(kit, monkeypatch, generation, 99)
        kit.start(generation)
        look_back()
        with pytest.raises(Busy):
            kit.generations.cancel(USER, generation)

    def test_two_workers_of_one_message_do_it_once(
        self, kit: GenerationKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        generation = kit.started()
        (_, body) = kit.messages()[0]
        seen, whole = kit.record(generation), kit.store.get
        kit.deliver()
        monkeypatch.setattr(kit.store, "get", lambda *_: seen)
        assert kit.intake.take(body) == "duplicate"
        monkeypatch.setattr(kit.store, "get", whole)
        assert len(kit.maker.requests) == 1

    def test_what_the_index_still_shows_but_has_moved_is_left_alone(
        self, kit: GenerationKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kit.create()
        kit.product.clock.forward(PENDING_KEPT)
        monkeypatch.setattr(kit.store, "get", lambda *_: None)
        assert kit.sweep.run() == {"generation settled meanwhile": 1}


def test_a_cursor_of_another_place_is_refused(kit: GenerationKit) -> None:
    with pytest.raises(InvalidCursor):
        kit.generations.page(USER, status=None, before="TEMPLATE#x", limit=10)


def test_a_record_survives_its_form_in_the_table(kit: GenerationKit) -> None:
    generation = kit.started(count=2, parameters={"guidance_scale": 7.5}, model_images=[kit.image()])
    kit.deliver()
    record = kit.record(generation)
    assert type(record).from_item(record.to_item()) == record
    failed = replace(record, failure=Failure("X", "x", at="now", retryable=True), due_at=7)
    assert type(record).from_item(failed.to_item()) == failed
