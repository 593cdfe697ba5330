"""Generations that are cancelled, that nobody starts, and that nobody moves on."""

from datetime import timedelta

import pytest

from gloss.errors import InvalidGenerationStatus
from gloss.generate.model import DEADLINE, LEASE, PENDING_KEPT, GenerationStatus
from tests.fakes.generation import TOKENS, GenerationKit
from tests.fakes.product import USER

COST = 110
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
        assert [(answer.outcome, answer.charged) for answer in answers] == [(outcome, outcome == "too_late")]
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
            ("too_late", "processing", True)
        ]
        assert kit.left == TOKENS - COST

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
