"""Every way in which an attempt ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from gloss.describe.model import Bill
from gloss.embed.memory import ScriptedEmbedder
from gloss.errors import AlreadyProcessing, ReservationNotFound
from gloss.images.model import HOLD, MAX_ATTEMPTS, RETRY_DELAY, Image, Status, Work, epoch, found_as
from gloss.images.views import MetadataEdit
from gloss.pipeline.model import failure
from gloss.regenerate.model import RegenerateRequest
from tests.fakes.dynamodb import Crash, Fault, denied, timeout
from tests.fakes.product import USER, Product


def failed(product: Product, state: dict[str, Any], kind: str, code: str = "BROKEN") -> dict[str, Any]:
    verdict: dict[str, Any] = product.settlement.fail({**state, **failure(kind, code, "It broke.")})[
        "verdict"
    ]
    return verdict


class TestFinish:
    def test_version_record_vector_and_credit_are_written_together(self, product: Product) -> None:
        image = product.upload("old_bridge.jpg")
        state = product.work(product.claim(image))
        before = product.dynamodb.calls.copy()
        answer = product.settlement.finish(state)
        assert answer == {"verdict": {"kind": "complete", "version": 1}}
        assert product.dynamodb.calls - before == {"transact_write_items": 1}
        record = product.record(image)
        assert (record.status, record.version, record.attempt) == (Status.COMPLETE, 1, 0)
        assert (record.work, record.lease, record.due_at, record.failure) == (None, None, None, None)
        assert record.metadata.title == "Old bridge"
        (version,) = product.images.versions(USER, image)
        assert (version.number, version.cause, version.actor) == (1, "run", "pipeline")
        assert version.metadata == record.metadata
        assert version.changed == ("title", "alt_text", "caption", "description", "tags", "language")
        stored = product.vector(image)
        assert stored
        assert stored["text_hash"] == state["merged"]["embedding"]["text_hash"]
        assert (record.embedding or {})["text_hash"] == stored["text_hash"]
        assert product.credits.standing(f"upload-{image}").status == "committed"
        assert product.remaining == 9

    def test_the_version_says_whose_words_it_has_and_what_was_asked_for(self, product: Product) -> None:
        image = product.upload()
        state = product.claim(image)
        state["record"]["work"] |= {"job": "job-1", "request": {"force": True}}
        worked = product.work(state)

        product.settlement.finish(billed(worked, {"latency_ms": 2500, "cost_usd": 0.0004}, None))

        version = product.images.version(USER, image, 1)
        assert version
        assert version.details == {
            "kind": "upload",
            "credits": 1,
            "job": "job-1",
            "provider": "heuristic",
            "latencyMs": 2500,
            "costUsd": 0.0004,
            "forced": True,
        }

    def test_what_a_model_saw_stands_until_another_one_looks(self, product: Product) -> None:
        image = product.upload()

        def run(source: str, *flags: str) -> None:
            worked = product.work(product.claim(image))
            origins = {"title": {"source": source, "provider": "any"}}
            told = {**worked["description"], "provenance": origins, "safety": list(flags)}
            product.settlement.finish({**worked, "description": told})

        run("ai", "weapons", "violence")
        product.library.edit(USER, image, MetadataEdit(version=1, title="Guards"))
        product.put(asked_again(product, image))
        run("heuristic")
        product.put(asked_again(product, image, byok=True, number=2))
        run("ai")

        found = [version.safety for version in product.images.versions(USER, image)]
        flagged = ("weapons", "violence")
        assert found == [(), flagged, flagged, flagged]
        assert product.record(image).safety == ()

    @pytest.mark.parametrize(
        ("described", "embedded", "expected"),
        [
            ((900, 0.0004), (100, 0.00001), {"latencyMs": 1000, "costUsd": 0.00041}),
            ((900, 0.0), (100, 0.0), {"latencyMs": 1000, "costUsd": 0.0}),
            ((900, None), (100, 0.00001), {"latencyMs": 1000}),
            ((900, 0.0004), (100, None), {"latencyMs": 1000}),
        ],
    )
    def test_what_a_run_cost_is_the_sum_of_its_calls(
        self,
        product: Product,
        described: tuple[int, float | None],
        embedded: tuple[int, float | None],
        expected: dict[str, float],
    ) -> None:
        image = product.upload()
        worked = product.work(product.claim(image))

        product.settlement.finish(billed(worked, bill(*described), bill(*embedded)))

        version = product.images.version(USER, image, 1)
        assert version
        spent = {name: version.details.get(name) for name in ("latencyMs", "costUsd")}
        assert {name: value for name, value in spent.items() if value is not None} == expected

    def test_a_run_without_a_provider_that_costs_is_free_and_takes_its_time(self, product: Product) -> None:
        image = product.complete()
        version = product.images.version(USER, image, 1)
        assert version
        assert version.details["costUsd"] == 0
        assert version.details["latencyMs"] >= 0
        assert version.details["credits"] == 1

    def test_the_version_of_an_own_key_took_no_credit(self, product: Product) -> None:
        image = product.complete()
        product.put(asked_again(product, image, byok=True))
        product.settlement.finish(product.work(product.claim(image)))
        version = product.images.version(USER, image, 2)
        assert version
        assert (version.details["credits"], version.details["kind"]) == (0, "regenerate")

    def test_the_version_says_who_should_have_written_it(self, product: Product) -> None:
        image = product.upload()
        worked = product.work(product.claim(image))
        stood_in = {"instead_of": "openai", "code": "BAD_KEY"}
        product.settlement.finish({**worked, "description": {**worked["description"], "fallback": stood_in}})
        version = product.images.version(USER, image, 1)
        assert version
        assert version.details["fallback"] == {"insteadOf": "openai", "code": "BAD_KEY"}

    def test_the_second_finish_of_an_attempt_changes_nothing(self, product: Product) -> None:
        image = product.upload()
        state = product.work(product.claim(image))
        product.settlement.finish(state)
        units = product.dynamodb.units["write"]
        assert product.settlement.finish(state)["verdict"] == {"kind": "superseded"}
        assert product.dynamodb.units["write"] == units
        assert (product.record(image).version, product.remaining) == (1, 9)

    def test_an_answer_that_is_lost_after_the_write_does_not_publish_twice(self, product: Product) -> None:
        image = product.upload()
        state = product.work(product.claim(image))
        product.dynamodb.inject(Fault("transact_write_items", timeout(), after=True))
        with pytest.raises(ReadTimeoutError):
            product.settlement.finish(state)
        assert product.settlement.finish(state)["verdict"]["kind"] == "superseded"
        assert len(list(product.images.versions(USER, image))) == 1
        assert product.remaining == 9

    def test_a_person_who_edits_meanwhile_keeps_the_text(self, product: Product) -> None:
        image = product.upload()
        state = product.work(product.claim(image))
        product.library.edit(USER, image, MetadataEdit(version=0, title="Mine"))
        stale = product.settlement.finish(state)
        assert stale["verdict"] == {"kind": "stale"}
        merged = product.merge({**state, **stale})
        assert product.settlement.finish(merged)["verdict"] == {"kind": "complete", "version": 2}
        record = product.record(image)
        assert record.metadata.title == "Mine"
        assert record.metadata.alt_text != ""
        assert (record.provenance["title"].source, record.provenance["alt_text"].source) == (
            "human",
            "heuristic",
        )
        assert product.remaining == 9

    def test_a_worker_that_lost_its_lease_publishes_nothing(self, product: Product) -> None:
        image = product.upload()
        slow = product.work(product.claim(image, lease="slow"))
        quick = product.work(product.take_up(image, lease="quick"))
        assert product.settlement.finish(slow)["verdict"] == {"kind": "superseded"}
        assert product.status(image) is Status.PROCESSING
        assert product.settlement.finish(quick)["verdict"]["kind"] == "complete"
        assert product.remaining == 9

    def test_an_image_deleted_meanwhile_stays_deleted(self, product: Product) -> None:
        image = product.upload()
        state = product.work(product.claim(image))
        product.clock.forward(timedelta(seconds=151))
        product.library.delete(USER, image)
        answer = product.settlement.finish(state)
        assert answer["failure"]["code"] == "RESERVATION_RELEASED"
        assert product.settlement.fail({**state, **answer})["verdict"] == {"kind": "superseded"}
        assert product.images.get(USER, image) is None
        assert product.remaining == 10

    def test_a_credit_given_back_meanwhile_is_a_permanent_failure(self, product: Product) -> None:
        image = product.upload()
        state = product.work(product.claim(image))
        product.ledger.release(USER, [f"upload-{image}"], reason="rollback", actor="operator")
        answer = product.settlement.finish(state)
        assert answer["failure"]["kind"] == "permanent"
        assert product.settlement.fail({**state, **answer})["verdict"]["kind"] == "failed"
        record = product.record(image)
        assert (record.status, record.work) == (Status.FAILED, None)
        assert record.failure
        assert record.failure.code == "RESERVATION_RELEASED"
        assert product.remaining == 10

    def test_text_that_did_not_change_is_not_embedded_again(self) -> None:
        product = Product(embedder=ScriptedEmbedder(dimensions=8))
        image = product.complete()
        record = product.record(image)
        product.put(asked_again(product, image))
        state = product.work(product.claim(image))
        assert "embedding" not in state["merged"]
        vector = product.vector(image)
        assert product.settlement.finish(state)["verdict"]["version"] == 2
        row = product.vector(image)
        assert row is not None
        assert vector is not None
        assert row.pop("changed_at") > vector.pop("changed_at")
        assert row == vector
        assert product.record(image).embedding == record.embedding

    def test_a_refusal_of_the_service_is_no_verdict(self, product: Product) -> None:
        state = product.work(product.claim(product.upload()))
        product.dynamodb.inject(Fault("transact_write_items", denied()))
        with pytest.raises(Exception, match="AccessDenied"):
            product.settlement.finish(state)
        assert product.settlement.finish(state)["verdict"]["kind"] == "complete"


def bill(latency_ms: int, cost_usd: float | None) -> dict[str, Any]:
    return Bill(latency_ms, cost_usd).to_dict()


def billed(
    state: dict[str, Any], described: dict[str, Any] | None, embedded: dict[str, Any] | None
) -> dict[str, Any]:
    """The state of a run whose calls had these bills."""
    merged = {**state["merged"], "embedding": {**state["merged"]["embedding"], "bill": embedded}}
    return {**state, "description": {**state["description"], "bill": described}, "merged": merged}


def asked_again(product: Product, image: str, *, byok: bool = False, number: int = 1) -> Image:
    """The record of a regeneration that waits in its queue."""
    work = Work(
        f"again-{image}-{number}",
        credits=0 if byok else 1,
        kind="regenerate",
        job="job-1",
        found=found_as(product.record(image)),
    )
    product.ledger.reserve(
        USER, "images", [work.reservation], ttl=HOLD, actor=USER, reason="regenerate", byok=byok
    )
    return replace(product.record(image), status=Status.QUEUED, work=work)


class TestFinishLate:
    """The hold of 24 hours ran out while the work was under way."""

    @pytest.fixture(params=[True, False], ids=["swept", "not swept"])
    def swept(self, request: pytest.FixtureRequest) -> bool:
        """Whether the sweep noticed before the work was done."""
        return bool(request.param)

    @pytest.fixture
    def state(self, product: Product, swept: bool) -> dict[str, Any]:
        image = product.upload()
        product.clock.forward(HOLD - timedelta(seconds=10))
        state = product.work(product.claim(image))
        product.clock.forward(timedelta(seconds=11))
        if swept:
            product.ledger.expire_due(limit=10)
        return state

    def test_the_result_is_paid_anew(self, product: Product, state: dict[str, Any]) -> None:
        assert product.settlement.finish(state)["verdict"] == {"kind": "complete", "version": 1}
        assert product.status(state["image"]) is Status.COMPLETE
        assert product.remaining == 9
        assert product.credits.standing(f"upload-{state['image']}").status == "expired"

    def test_the_last_credit_is_enough(self, product: Product, state: dict[str, Any]) -> None:
        product.credits.reserve("all the rest", amount=9)
        assert product.settlement.finish(state)["verdict"]["kind"] == "complete"
        assert product.remaining == 0

    def test_without_credits_the_image_fails_and_costs_nothing(
        self, product: Product, state: dict[str, Any]
    ) -> None:
        product.ledger.expire_due(limit=10)
        product.credits.reserve("all the rest", amount=10)
        answer = product.settlement.finish(state)
        assert answer["failure"]["code"] == "QUOTA_EXCEEDED"
        assert product.settlement.fail({**state, **answer})["verdict"]["kind"] == "failed"
        record = product.record(state["image"])
        assert (record.status, record.checkpoint is not None) == (Status.FAILED, True)
        assert product.remaining == 0

    def test_the_result_that_could_not_be_paid_is_kept_until_it_can_be(
        self, product: Product, state: dict[str, Any]
    ) -> None:
        product.ledger.expire_due(limit=10)
        product.credits.reserve("all the rest", amount=10)
        answer = product.settlement.finish(state)
        product.settlement.fail({**state, **answer})

        product.credits.grant("gift", 1)
        product.regenerations.start(USER, state["image"], RegenerateRequest())
        again = product.claim(state["image"], lease="again")

        assert again["description"] == state["description"]
        done = product.settlement.finish(product.merge(again))
        assert done["verdict"] == {"kind": "complete", "version": 1}
        assert product.record(state["image"]).metadata.title == state["merged"]["metadata"]["title"]
        assert product.remaining == 0

    def test_a_lost_lease_renews_nothing(self, product: Product, state: dict[str, Any]) -> None:
        product.take_up(state["image"], lease="another")
        assert product.settlement.finish(state)["verdict"] == {"kind": "superseded"}
        assert product.remaining == 10
        with pytest.raises(ReservationNotFound):
            product.credits.standing(f"upload-{state['image']}~1")

    def test_a_slow_worker_leaves_the_renewal_of_the_next_one_alone(
        self, product: Product, state: dict[str, Any]
    ) -> None:
        quick = product.work(product.take_up(state["image"], lease="quick"))
        with dies_behind_the_renewal(product):
            product.settlement.finish(quick)
        assert product.settlement.finish(state)["verdict"] == {"kind": "superseded"}
        assert product.credits.standing(f"upload-{state['image']}~1").status == "held"
        assert product.settlement.finish(quick)["verdict"]["kind"] == "complete"
        assert product.remaining == 9

    def test_a_key_of_the_users_own_stays_free(self, product: Product) -> None:
        image = product.complete()
        product.put(asked_again(product, image, byok=True))
        product.clock.forward(HOLD - timedelta(seconds=10))
        state = product.work(product.claim(image))
        product.clock.forward(timedelta(seconds=11))
        assert product.settlement.finish(state)["verdict"]["kind"] == "complete"
        assert product.remaining == 9

    def test_an_edit_meanwhile_is_merged_and_paid_once(self, product: Product, state: dict[str, Any]) -> None:
        product.library.edit(USER, state["image"], MetadataEdit(version=0, title="Mine"))
        stale = product.settlement.finish(state)
        assert stale["verdict"] == {"kind": "stale"}
        merged = product.merge({**state, **stale})
        assert product.settlement.finish(merged)["verdict"] == {"kind": "complete", "version": 2}
        assert product.record(state["image"]).metadata.title == "Mine"
        assert product.remaining == 9

    def test_a_repeat_after_a_lost_answer_is_paid_once(self, product: Product, state: dict[str, Any]) -> None:
        product.settlement.finish(state)
        assert product.settlement.finish(state)["verdict"]["kind"] == "superseded"
        assert product.remaining == 9

    @pytest.mark.parametrize("repeat", ["the step", "the attempt"])
    def test_a_death_behind_the_renewal_takes_no_second_credit(
        self, product: Product, state: dict[str, Any], repeat: str
    ) -> None:
        """With the last credit, a second one would not even be there."""
        product.credits.reserve("all the rest", amount=9)
        with dies_behind_the_renewal(product):
            product.settlement.finish(state)
        assert product.remaining == 0
        again = state
        if repeat == "the attempt":
            again = product.work(product.take_up(state["image"], lease="another"))
        assert product.settlement.finish(again)["verdict"]["kind"] == "complete"
        assert product.credits.quota(USER).held == 9
        assert product.remaining == 0

    def test_whoever_gives_up_behind_a_renewal_gives_back_what_is_held(
        self, product: Product, state: dict[str, Any]
    ) -> None:
        """The machine hands its old state on: it names the reservation that ran out."""
        with dies_behind_the_renewal(product):
            product.settlement.finish(state)
        assert failed(product, state, "permanent")["kind"] == "failed"
        assert product.status(state["image"]) is Status.FAILED
        assert product.credits.standing(f"upload-{state['image']}~1").status == "released"
        assert product.remaining == 10

    def test_the_sweep_gives_back_what_is_held(self, product: Product, state: dict[str, Any]) -> None:
        with dies_behind_the_renewal(product):
            product.settlement.finish(state)
        product.put(replace(product.record(state["image"]), attempt=MAX_ATTEMPTS))
        product.clock.forward(timedelta(seconds=151))
        product.sweep.run()
        assert product.status(state["image"]) is Status.FAILED
        assert product.remaining == 10

    @pytest.mark.parametrize("renewal", ["", "~1"])
    def test_it_cannot_be_rolled_back_under_the_workers_hands(
        self, product: Product, state: dict[str, Any], renewal: str
    ) -> None:
        with dies_behind_the_renewal(product):
            product.settlement.finish(state)
        with pytest.raises(AlreadyProcessing):
            product.rollbacks.roll_back(USER, f"upload-{state['image']}{renewal}")
        assert product.settlement.finish(state)["verdict"]["kind"] == "complete"
        assert product.remaining == 9

    @pytest.mark.parametrize("renewal", ["", "~1"])
    def test_while_it_waits_again_it_is_rolled_back_by_either_name(
        self, product: Product, state: dict[str, Any], renewal: str
    ) -> None:
        with dies_behind_the_renewal(product):
            product.settlement.finish(state)
        failed(product, state, "transient")
        product.rollbacks.roll_back(USER, f"upload-{state['image']}{renewal}")
        assert product.status(state["image"]) is Status.CANCELLED
        assert product.remaining == 10

    def test_a_renewal_that_was_released_all_the_same_is_a_permanent_failure(
        self, product: Product, state: dict[str, Any]
    ) -> None:
        with dies_behind_the_renewal(product):
            product.settlement.finish(state)
        product.ledger.release(USER, [f"upload-{state['image']}~1"], reason="by hand", actor="operator")
        answer = product.settlement.finish(state)
        assert answer["failure"]["code"] == "RESERVATION_RELEASED"
        assert product.settlement.fail({**state, **answer})["verdict"]["kind"] == "failed"
        assert product.remaining == 10


@contextmanager
def dies_behind_the_renewal(product: Product) -> Iterator[None]:
    """The first transaction is the refused commit, the second renews, and then the process is gone."""
    product.dynamodb.inject(Fault("transact_write_items", Crash(), after=True))
    with pytest.raises(Crash):
        yield
    assert product.credits.drifts() == []


STEPS = ("InspectImage", "DescribeImage", "EmbedImage", "FinishImage")


def until(product: Product, state: dict[str, Any], step: str) -> dict[str, Any]:
    """The state in which a run reaches this step."""
    worked = product.work(state)
    results = ("inspection", "description", "merged")[: STEPS.index(step)]
    return {**state, **{name: worked[name] for name in results}}


class TestFail:
    def test_a_rate_limit_uses_no_attempt(self, product: Product) -> None:
        image = product.upload()
        for _ in range(MAX_ATTEMPTS + 1):
            state = product.claim(image)
            verdict = failed(product, state, "rate_limited")
            assert verdict["kind"] == "rate_limited"
            assert 30 <= verdict["delay_s"] <= 40
            record = product.record(image)
            assert (record.status, record.attempt, record.lease) == (Status.QUEUED, 0, None)
            assert record.due_at
            assert record.due_at > epoch(product.clock()) + verdict["delay_s"]
        assert product.credits.standing(f"upload-{image}").status == "held"

    def test_the_provider_says_how_long_to_wait(self, product: Product) -> None:
        state = {**product.claim(product.upload()), **failure("rate_limited", "RATE_LIMITED", "Later.")}
        state["failure"]["retry_after_s"] = 90.0
        assert 90 <= product.settlement.fail(state)["verdict"]["delay_s"] <= 120

    def test_transient_faults_are_retried_twice_and_then_given_up(self, product: Product) -> None:
        image = product.upload()
        state = product.claim(image)
        for attempt in (1, 2):
            assert failed(product, state, "transient") == {"kind": "retrying", "code": "BROKEN"}
            record = product.record(image)
            assert (record.status, record.attempt, record.lease) == (Status.RETRYING, attempt, None)
            assert record.due_at == epoch(product.clock() + RETRY_DELAY)
            assert record.failure
            assert (record.failure.code, record.failure.attempt) == ("BROKEN", attempt)
            assert product.remaining == 9
            state = product.take_up(image)
        verdict = failed(product, state, "transient")
        assert verdict == {"kind": "failed", "code": "BROKEN", "message": "It broke."}
        record = product.record(image)
        assert (record.status, record.attempt, record.work, record.due_at) == (Status.FAILED, 0, None, None)
        assert record.failure
        assert record.failure.attempt == 3
        assert product.remaining == 10

    def test_a_permanent_failure_is_final_at_once(self, product: Product) -> None:
        image = product.upload()
        assert failed(product, product.claim(image), "permanent")["kind"] == "failed"
        assert product.status(image) is Status.FAILED
        assert product.credits.standing(f"upload-{image}").status == "released"
        assert product.remaining == 10

    def test_what_the_attempt_found_out_is_kept(self, product: Product) -> None:
        image = product.upload()
        state = product.work(product.claim(image))
        failed(product, state, "transient")
        again = product.take_up(image)
        assert again["inspection"] == state["inspection"]
        assert again["description"] == state["description"]

    @pytest.mark.parametrize("step", STEPS)
    @pytest.mark.parametrize("kind", ["permanent", "transient"])
    def test_a_regeneration_that_fails_at_any_step_loses_nothing_and_costs_nothing(
        self, product: Product, step: str, kind: str
    ) -> None:
        image = product.complete()
        before = product.record(image)
        product.put(asked_again(product, image))
        for attempt in range(1, MAX_ATTEMPTS + 1):
            state = product.claim(image) if attempt == 1 else product.take_up(image)
            verdict = failed(product, until(product, state, step), kind)
            assert product.record(image).metadata == before.metadata
            if verdict["kind"] == "failed":
                break
        assert attempt == (1 if kind == "permanent" else MAX_ATTEMPTS)
        assert verdict == {"kind": "failed", "code": "BROKEN", "message": "It broke."}
        record = product.record(image)
        assert (record.status, record.version, record.work) == (Status.COMPLETE, before.version, None)
        assert (record.metadata, record.provenance) == (before.metadata, before.provenance)
        assert (record.inspection, record.embedding) == (before.inspection, before.embedding)
        assert record.failure
        assert (record.failure.code, record.failure.attempt) == ("BROKEN", attempt)
        assert [version.number for version in product.images.versions(USER, image)] == [1]
        assert product.credits.standing(f"again-{image}-1").status == "released"
        assert product.remaining == 9

    def test_the_words_of_a_free_stand_in_are_not_kept_for_the_next_attempt(self, product: Product) -> None:
        image = product.upload()
        state = product.work(product.claim(image))
        stood_in = {"instead_of": "openai", "code": "KEY_EXHAUSTED"}
        description = {**state["description"], "fallback": stood_in}
        failed(product, {**state, "description": description}, "transient")
        again = product.take_up(image)
        assert again["inspection"] == state["inspection"]
        assert "description" not in again

    @pytest.mark.parametrize("kind", ["rate_limited", "transient", "permanent"])
    def test_whoever_lost_the_lease_decides_nothing(self, product: Product, kind: str) -> None:
        image = product.upload()
        slow = product.claim(image, lease="slow")
        product.take_up(image, lease="quick")
        assert failed(product, slow, kind) == {"kind": "superseded"}
        assert product.record(image).lease == "quick"
        assert product.remaining == 9

    def test_a_last_attempt_that_published_but_lost_its_answer_is_superseded(self, product: Product) -> None:
        image = product.upload()
        state = product.claim(image)
        for _ in range(2):
            failed(product, state, "transient")
            state = product.take_up(image)
        state = product.work(state)
        product.settlement.finish(state)
        assert failed(product, state, "transient") == {"kind": "superseded"}
        assert (product.status(image), product.remaining) == (Status.COMPLETE, 9)

    def test_an_expired_hold_does_not_keep_an_image_from_failing(self, product: Product) -> None:
        image = product.upload()
        product.clock.forward(HOLD)
        state = product.claim(image)
        product.clock.forward(timedelta(seconds=1))
        product.ledger.expire_due(limit=10)
        assert failed(product, state, "permanent")["kind"] == "failed"
        assert (product.status(image), product.remaining) == (Status.FAILED, 10)

    def test_an_edit_before_the_first_run_does_not_make_a_broken_file_complete(
        self, product: Product
    ) -> None:
        image = product.upload()
        product.library.edit(USER, image, MetadataEdit(version=0, title="Mine"))
        failed(product, product.claim(image), "permanent", "CORRUPT_IMAGE")
        record = product.record(image)
        assert (record.status, record.version, record.metadata.title) == (Status.FAILED, 1, "Mine")
        assert product.vector(image) is None
        assert product.remaining == 10

    def test_a_failed_image_that_fails_again_is_failed_and_not_complete(self, product: Product) -> None:
        image = product.upload()
        failed(product, product.claim(image), "permanent")
        product.library.edit(USER, image, MetadataEdit(version=0, title="Mine"))
        product.put(asked_again(product, image))
        failed(product, product.claim(image), "permanent")
        assert product.status(image) is Status.FAILED

    def test_text_from_before_the_first_run_is_found_once_the_image_is_described(
        self, product: Product
    ) -> None:
        image = product.upload()
        everything = MetadataEdit.model_validate(
            {"version": 0, **dict.fromkeys(("title", "altText", "caption", "description"), "Mine")}
        )
        product.library.edit(USER, image, everything)
        assert (product.vector(image), product.record(image).embedding) == (None, None)
        product.settlement.finish(product.work(product.claim(image)))
        row = product.vector(image)
        assert row
        assert (row["title"], row.get("vector") is not None) == ("Mine", True)
