"""Generations that are cancelled, that nobody starts, and that nobody moves on."""

from datetime import timedelta

import pytest

from gloss.describe.model import Failure, Permanent, RateLimited, Transient
from gloss.errors import InvalidGenerationStatus
from gloss.generate.model import DEADLINE, LEASE, PENDING_KEPT, GenerationStatus
from tests.fakes.generation import TOKENS, GenerationKit
from tests.fakes.product import USER

COST = 110
FLAKY = Transient("PROVIDER_ERROR", "It broke.")
SECOND = timedelta(seconds=1)


class TestCancelling:
    def test_what_waits_costs_nothing(self, kit: GenerationKit) -> None:
        for generation in (kit.create(), kit.started()):
            answer = kit.generations.cancel(USER, generation)
            assert (answer.outcome, answer.status, answer.charged) == ("cancelled", "cancelled", False)
            again = kit.generations.cancel(USER, generation)
            assert (again.outcome, again.charged) == ("already_done", False)
        assert kit.deliver_all() == ["duplicate"]
        assert kit.left == TOKENS

    @pytest.mark.parametrize(
        ("step", "outcome"),
        [("inputs", "cancelled"), ("made", "cancelled"), ("pictures", "too_late"), ("verdict", "too_late")],
    )
    def test_at_every_step_the_answer_is_kept(self, kit: GenerationKit, step: str, outcome: str) -> None:
        generation = kit.started()
        answers = []
        kit.before[step] = lambda: answers.append(kit.generations.cancel(USER, generation))
        verdict = kit.deliver()
        charged = None if outcome == "too_late" else False
        assert [(answer.outcome, answer.charged) for answer in answers] == [(outcome, charged)]
        if outcome == "cancelled":
            assert (verdict, kit.record(generation).status) == ("superseded", GenerationStatus.CANCELLED)
            assert (kit.maker.requests, kit.left) == ([], TOKENS)
        else:
            assert (verdict, kit.left) == ("completed", TOKENS - COST)

    def test_while_a_provider_is_at_work_it_is_too_late(self, kit: GenerationKit) -> None:
        generation = kit.started()
        answers = []
        kit.maker.script = lambda *_: answers.append(kit.generations.cancel(USER, generation))
        assert kit.deliver() == "completed"
        assert [(answer.outcome, answer.status, answer.charged) for answer in answers] == [
            ("too_late", "processing", None)
        ]
        assert kit.left == TOKENS - COST

    def test_whether_it_is_charged_is_known_where_the_key_is_the_users(self, kit: GenerationKit) -> None:
        image = kit.image()
        kit.own_key()
        generation = kit.started(model="openai", product_images=[image])
        answers = []
        kit.maker.script = lambda *_: answers.append(kit.generations.cancel(USER, generation))
        assert kit.deliver() == "completed"
        assert [(answer.outcome, answer.charged) for answer in answers] == [("too_late", False)]

    def test_what_is_charged_after_too_late_is_what_came(self, kit: GenerationKit) -> None:
        generation = kit.started()

        def refuse(*_: object) -> Permanent:
            assert kit.generations.cancel(USER, generation).charged is None
            return Permanent("CONTENT_REFUSED", "no")

        kit.maker.script = refuse
        assert kit.deliver() == "failed"
        answer = kit.generations.cancel(USER, generation)
        assert (answer.outcome, answer.status, answer.charged) == ("already_done", "failed", False)
        assert kit.left == TOKENS

    @pytest.mark.parametrize("failure", [FLAKY, RateLimited(5.0)], ids=lambda it: it.kind)
    def test_between_attempts_what_was_made_is_kept(self, kit: GenerationKit, failure: Failure) -> None:
        kit.maker.script = lambda number, _: failure if number == 1 else None
        generation = kit.started(count=2)
        assert kit.deliver() == "put_back"
        assert kit.generations.cancel(USER, generation).outcome == "too_late"
        kit.maker.script = lambda *_: RateLimited(5.0)
        assert kit.deliver() == "put_back"
        assert kit.generations.cancel(USER, generation).outcome == "too_late"
        kit.maker.script = lambda *_: None
        assert kit.deliver() == "completed"
        assert kit.left == TOKENS - 2 * COST

    @pytest.mark.parametrize("failure", [FLAKY, RateLimited(5.0)], ids=lambda it: it.kind)
    def test_between_attempts_it_can_be_cancelled_where_nothing_was_made(
        self, kit: GenerationKit, failure: Failure
    ) -> None:
        kit.maker.always(failure)
        generation = kit.started(count=2)
        assert kit.deliver() == "put_back"
        answer = kit.generations.cancel(USER, generation)
        assert (answer.outcome, answer.charged) == ("cancelled", False)
        assert kit.deliver_all() == ["duplicate"]
        assert kit.left == TOKENS

    @pytest.mark.parametrize(("step", "outcome"), [("inputs", "cancelled"), ("made", "too_late")])
    def test_where_the_making_broke_off_something_may_have_been_made(
        self, kit: GenerationKit, step: str, outcome: str
    ) -> None:
        whole = kit.steps[step]

        def broken(state: object) -> dict[str, object]:
            whole(state)  # type: ignore[arg-type]  # a state is a mapping
            raise RuntimeError("the infrastructure broke")

        kit.steps[step] = broken
        generation = kit.started()
        assert kit.deliver() == "put_back"
        assert kit.generations.cancel(USER, generation).outcome == outcome

    def test_a_completed_one_says_that_it_is_charged(self, kit: GenerationKit) -> None:
        generation = kit.started()
        kit.deliver()
        answer = kit.generations.cancel(USER, generation)
        assert (answer.outcome, answer.status, answer.charged) == ("already_done", "completed", True)


class TestSweep:
    def test_what_nobody_starts_expires_after_an_hour(self, kit: GenerationKit) -> None:
        generation = kit.create()
        assert kit.forward(PENDING_KEPT - SECOND) == {}
        assert kit.left == TOKENS - COST
        assert kit.forward(SECOND) == {"generation expired": 1}
        failure = kit.record(generation).failure
        assert failure
        assert failure.code == "EXPIRED"
        assert kit.left == TOKENS
        with pytest.raises(InvalidGenerationStatus):
            kit.start(generation)

    @pytest.mark.parametrize("step", ["inputs", "made", "pictures", "verdict"])
    def test_a_worker_that_dies_is_replaced_and_nothing_is_paid_twice(
        self, kit: GenerationKit, step: str
    ) -> None:
        generation = kit.started()

        class Death(BaseException):
            pass

        def die() -> None:
            raise Death

        kit.before[step] = die
        with pytest.raises(Death):
            kit.deliver()
        kit.before.clear()
        assert kit.forward(LEASE - SECOND) == {}
        assert kit.forward(2 * SECOND) == {"generation queued": 1}
        assert kit.deliver_all() == ["completed"]
        assert len(kit.maker.requests) == 1
        assert kit.record(generation).retries == 1
        assert kit.left == TOKENS - COST

    def test_workers_that_keep_dying_fail_it(self, kit: GenerationKit) -> None:
        generation = kit.started()
        kit.product.states.work = lambda _: {"status": "TIMED_OUT"}
        for _ in range(2):
            with pytest.raises(Exception, match="settling"):
                kit.deliver()
            done = kit.forward(LEASE + SECOND)
        assert done == {"generation failed": 1}
        failure = kit.record(generation).failure
        assert failure
        assert (failure.code, failure.retryable) == ("WORKER_DIED", True)
        assert kit.left == TOKENS

    def test_after_the_deadline_nothing_begins(self, kit: GenerationKit) -> None:
        generation = kit.started()
        kit.product.clock.forward(DEADLINE["interactive"])
        assert kit.deliver() == "late"
        assert kit.record(generation).status is GenerationStatus.FAILED
        other = kit.started()
        kit.product.sqs.messages.clear()
        assert kit.forward(DEADLINE["interactive"]) == {"generation late": 1}
        failure = kit.record(other).failure
        assert failure
        assert failure.code == "DEADLINE_EXCEEDED"
        assert kit.left == TOKENS
