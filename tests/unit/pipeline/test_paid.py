"""What is paid for is paid for once, whatever breaks afterwards."""

from dataclasses import replace
from typing import Any

import pytest

from gloss.describe.memory import ScriptedDescriber
from gloss.describe.model import Fallback, Ok, RateLimited, Transient, Usage
from gloss.embed.local import LocalEmbedder
from gloss.embed.memory import ScriptedEmbedder
from gloss.images.model import Status, derived_key
from gloss.pipeline.model import initial_state
from tests.fakes.dynamodb import Fault, client_error
from tests.fakes.product import DERIVED, INSPECTION, USER, Product, through_json
from tests.unit.describe.samples import METADATA, answer

PREVIEW = b"\xff\xd8\xff preview"


USED = Usage(900, 120)


def paid(used: Usage | None = USED) -> Ok:
    return Ok(replace(answer().description, usage=used))


def model(*outcomes: Any, name: str = "scripted") -> ScriptedDescriber:
    return ScriptedDescriber(*(outcomes or (paid(),)), name=name, sees_pixels=True)


def claimed(product: Product, **request: Any) -> dict[str, Any]:
    """The state of an attempt at an inspected image that asks for this."""
    image = product.upload()
    product.s3.put_object(Bucket=DERIVED, Key=derived_key(USER, image, "preview"), Body=PREVIEW)
    record = product.record(image)
    assert record.work
    product.put(replace(record, work=replace(record.work, request=request)))
    return {**product.claim(image), "inspection": INSPECTION}


class TestDescribe:
    def test_the_model_sees_the_preview_and_the_answer_is_kept(self, product: Product) -> None:
        state, describer = claimed(product, detail="high"), model()

        found = product.describe(state, describer)

        (asked,) = describer.requests
        assert (asked.preview, asked.detail) == (PREVIEW, "high")
        assert product.record(state["image"]).checkpoint == found["description"]

    def test_a_step_that_runs_twice_pays_once(self, product: Product) -> None:
        state, describer = claimed(product), model()

        first, second = (product.describe(state, describer) for _ in range(2))

        assert first == second
        assert len(describer.requests) == 1

    def test_the_next_attempt_begins_with_what_was_paid(self, product: Product) -> None:
        state = claimed(product)
        product.describe(state, model())
        failed = {**state, "failure": {"kind": "transient", "code": "TASK_FAILED", "message": ""}}
        product.settlement.fail(failed)

        assert product.take_up(state["image"])["description"]["metadata"]["title"] == METADATA.title

    def test_another_request_is_answered_anew(self, product: Product) -> None:
        state, describer = claimed(product), model()
        product.describe(state, describer)
        record = product.record(state["image"])
        assert record.work
        other = replace(record, work=replace(record.work, request={"context": {"language": "de"}}))
        product.put(other)

        assert "description" not in initial_state(other)
        product.describe({**state, "record": through_json(other.to_item())}, describer)

        assert len(describer.requests) == 2

    def test_how_the_text_is_merged_is_no_other_request(self, product: Product) -> None:
        state = claimed(product)
        product.describe(state, model())
        record = product.record(state["image"])
        assert record.work
        other = replace(record, work=replace(record.work, request={"policy": "always", "force": True}))

        assert "description" in initial_state(other)

    def test_who_lost_the_lease_pays_nothing(self, product: Product) -> None:
        state, describer = claimed(product), model()
        product.put(replace(product.record(state["image"]), lease="another"))

        failure = product.describe(state, describer)["failure"]

        assert (failure["kind"], failure["code"]) == ("transient", "LEASE_LOST")
        assert describer.requests == []

    def test_an_image_that_is_gone_costs_nothing(self, product: Product) -> None:
        state, describer = claimed(product), model()
        product.dynamodb.delete_item(
            TableName="ImagesTable", Key={"user": {"S": USER}, "image": {"S": state["image"]}}
        )

        assert product.describe(state, describer)["failure"]["code"] == "LEASE_LOST"
        assert describer.requests == []

    def test_without_its_preview_an_image_fails(self, product: Product) -> None:
        state, describer = claimed(product), model()
        product.s3.objects.clear()

        failure = product.describe(state, describer)["failure"]

        assert (failure["kind"], failure["code"]) == ("permanent", "PREVIEW_MISSING")
        assert describer.requests == []

    def test_what_cost_nothing_is_not_kept(self, product: Product) -> None:
        state = claimed(product)

        product.describe(state, model(paid(None)))

        assert product.record(state["image"]).checkpoint is None

    @pytest.mark.parametrize(
        "error", [client_error("ProvisionedThroughputExceededException"), client_error("Boom")]
    )
    def test_an_answer_that_cannot_be_kept_is_used(
        self, product: Product, error: Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        state = claimed(product)
        product.dynamodb.inject(Fault("update_item", error, times=100))

        assert "description" in product.describe(state, model())
        assert "checkpoint not kept" in caplog.text

    def test_an_answer_after_the_lease_was_lost_is_not_written(self, product: Product) -> None:
        state, describer = claimed(product), model()

        class Slow(ScriptedDescriber):
            def describe(self, request: Any) -> Any:
                product.put(replace(product.record(state["image"]), lease="another"))
                return describer.describe(request)

        product.describe(state, Slow(paid(), sees_pixels=True))

        assert product.record(state["image"]).checkpoint is None

    def test_an_unknown_provider_is_a_permanent_failure(self, product: Product) -> None:
        failure = product.describe(claimed(product, provider="oracle"), model())["failure"]

        assert (failure["kind"], failure["code"]) == ("permanent", "PROVIDER_UNAVAILABLE")


class TestEmbed:
    def test_a_vector_that_was_paid_is_kept_and_found_again(self, product: Product) -> None:
        state, embedder = claimed(product), ScriptedEmbedder(dimensions=8, costs=True)
        state |= product.describe(state, model())

        first, second = (product.embed(state, embedder) for _ in range(2))

        assert first["merged"] == second["merged"]
        assert len(embedder.requests) == 1
        checkpoint = product.record(state["image"]).checkpoint
        assert checkpoint
        assert checkpoint["embedding"] == first["merged"]["embedding"]
        assert checkpoint["metadata"]["title"] == METADATA.title

    def test_the_next_attempt_does_not_pay_for_it_again(self, product: Product) -> None:
        state, embedder = claimed(product), ScriptedEmbedder(dimensions=8, costs=True)
        state |= product.describe(state, model())
        state |= product.embed(state, embedder)
        product.settlement.fail({**state, "failure": {"kind": "transient", "code": "X", "message": ""}})

        product.embed(product.take_up(state["image"]), embedder)

        assert len(embedder.requests) == 1

    def test_another_text_or_another_model_is_embedded(self, product: Product) -> None:
        state, embedder = claimed(product), ScriptedEmbedder(dimensions=8, costs=True)
        state |= product.describe(state, model())
        product.embed(state, embedder)
        longer = ScriptedEmbedder(dimensions=16, costs=True)

        assert product.embed(state, longer)["merged"]["embedding"]["dimensions"] == 16

    def test_a_free_vector_writes_nothing(self, product: Product) -> None:
        state = claimed(product)
        state |= product.describe(state, model(paid(None)))

        product.embed(state, ScriptedEmbedder(dimensions=8))

        assert product.record(state["image"]).checkpoint is None

    def test_who_lost_the_lease_pays_nothing(self, product: Product) -> None:
        state, embedder = claimed(product), ScriptedEmbedder(dimensions=8, costs=True)
        state |= product.describe(state, model())
        product.put(replace(product.record(state["image"]), lease="another"))

        assert product.embed(state, embedder)["failure"]["code"] == "LEASE_LOST"
        assert embedder.requests == []


class TestStandIns:
    DOWN = Transient("PROVIDER_UNAVAILABLE", "Down.")

    def embedded(self, product: Product, failure: Any, fallback: Fallback | None) -> dict[str, Any]:
        state = claimed(product)
        told = Ok(replace(answer().description, fallback=fallback))
        state |= product.describe(state, ScriptedDescriber(told))
        return product.embed(state, ScriptedEmbedder(failure, dimensions=8, costs=True))

    def test_words_of_a_stand_in_do_not_wait_for_the_service_that_is_down(self, product: Product) -> None:
        found = self.embedded(product, self.DOWN, Fallback("openai", "PROVIDER_UNAVAILABLE"))

        assert found["merged"]["embedding"]["model"] == LocalEmbedder().model

    @pytest.mark.parametrize(
        ("failure", "fallback"),
        [
            (DOWN, None),
            (RateLimited(30), Fallback("openai", "PROVIDER_UNAVAILABLE")),
            (Transient("INVALID_ANSWER", "Garbage."), Fallback("openai", "PROVIDER_UNAVAILABLE")),
        ],
        ids=["nobody stood in", "a limit passes", "garbage passes"],
    )
    def test_anything_else_waits_for_its_vector(
        self, product: Product, failure: Any, fallback: Fallback | None
    ) -> None:
        assert self.embedded(product, failure, fallback)["failure"]["kind"] == failure.kind


def test_a_published_image_keeps_no_checkpoint(product: Product) -> None:
    state = claimed(product)
    state |= product.describe(state, model())
    embedder = ScriptedEmbedder(dimensions=8, costs=True)
    product.settlement.finish(through_json({**state, **product.embed(state, embedder)}))

    record = product.record(state["image"])

    assert record.status is Status.COMPLETE
    assert record.checkpoint is None
    assert (record.embedding or {})["dimensions"] == 8


def test_a_paid_failure_costs_an_attempt_and_not_more(product: Product) -> None:
    state, describer = claimed(product), model(Transient("INVALID_ANSWER", "No.", Usage(900, 4)), paid())

    failed = {**state, **product.describe(state, describer)}
    assert product.settlement.fail(failed)["verdict"]["kind"] == "retrying"
    again = {**product.take_up(state["image"]), "inspection": INSPECTION}

    assert "description" in product.describe(again, describer)
    assert len(describer.requests) == 2
