"""A paid result is kept before its call is entered: whoever dies in between loses neither."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from gloss.describe.memory import ScriptedDescriber
from gloss.describe.model import Describer, Transient
from gloss.embed.memory import ScriptedEmbedder
from gloss.embed.model import Embedder
from gloss.images.model import MAX_ATTEMPTS, Image, Status
from gloss.metering.metered import MeteredDescriber, MeteredEmbedder
from gloss.metering.model import Call, Purpose, Receipts
from gloss.pipeline.model import BROKE_OFF, initial_state
from gloss.pipeline.words import DescribeStep, EmbedStep
from tests.fakes.dynamodb import Crash, Fault, conflict, throttled
from tests.fakes.metering import MeteringKit
from tests.fakes.product import INSPECTION, USER, Product, through_json
from tests.unit.pipeline.test_paid import claimed, model

Resume = Callable[["Paying", dict[str, Any]], dict[str, Any]]

BROKEN = {"failure": {"kind": "transient", "code": BROKE_OFF, "message": "It broke off."}}


@dataclass
class Paying:
    """The steps as they are deployed on a stack that pays for words and vectors."""

    product: Product
    inner: ScriptedDescriber = field(default_factory=model)
    embedder: ScriptedEmbedder = field(default_factory=lambda: ScriptedEmbedder(dimensions=8, costs=True))

    def __post_init__(self) -> None:
        self.meter = MeteringKit(database=self.product.dynamodb, limits="{}")
        paid = lambda: self.product.paid  # noqa: E731
        self.describing = DescribeStep(self._describer, paid)
        self.embedding = EmbedStep(self._embedder, paid)

    def _call(self, image: Image, purpose: Purpose) -> Call:
        return Call(user=USER, purpose=purpose, provider="openai", model="gpt-4.1-mini", image=image.image)

    def _describer(self, image: Image, receipts: Receipts) -> Describer:
        metering = replace(self.meter.metering(), receipts=receipts)
        return MeteredDescriber(self.inner, metering, self._call(image, "describe"))

    def _embedder(self, image: Image, receipts: Receipts) -> Embedder:
        metering = replace(self.meter.metering(), receipts=receipts)
        return MeteredEmbedder(self.embedder, metering, self._call(image, "embed"))

    def run(self, state: dict[str, Any]) -> dict[str, Any]:
        """The machine from the first step that is not known; ``state`` grows as far as it comes."""
        state.setdefault("inspection", INSPECTION)
        if "description" not in state:
            state |= through_json(self.describing.run(state))
        state |= through_json(self.embedding.run(state))
        verdict: dict[str, Any] = self.product.settlement.finish(state)["verdict"]
        return verdict

    def rows(self) -> Counter[str]:
        return Counter(row["purpose"] for row in self.product.usage.rows(USER, before=None, limit=99)[0])

    def check(self) -> None:
        """Each call was made once, and is in the log once."""
        assert (len(self.inner.requests), len(self.embedder.requests)) == (1, 1)
        assert self.rows() == {"describe": 1, "embed": 1}
        assert self.product.lost == []


@pytest.fixture
def paying(product: Product) -> Paying:
    return Paying(product)


def by_the_machine(_paying: Paying, reached: dict[str, Any]) -> dict[str, Any]:
    """It calls the step once more that broke off."""
    return reached


def by_the_next_attempt(paying: Paying, reached: dict[str, Any]) -> dict[str, Any]:
    """The machine has given up, and FailImage has put the image off."""
    paying.product.settlement.fail({**reached, **BROKEN})
    return paying.product.take_up(reached["image"])


def by_the_sweep(paying: Paying, reached: dict[str, Any]) -> dict[str, Any]:
    """The whole worker has died; its lease runs out."""
    return paying.product.take_up(reached["image"])


@pytest.mark.parametrize("resume", [by_the_machine, by_the_next_attempt, by_the_sweep])
@pytest.mark.parametrize("calls", range(1, 11))
def test_wherever_a_step_dies_a_call_is_made_once_and_entered_once(
    paying: Paying, calls: int, resume: Resume
) -> None:
    state = claimed(paying.product)
    paying.product.dynamodb.crash_after(calls)
    try:
        paying.run(state)
    except Crash:
        paying.product.dynamodb.faults.clear()
        assert paying.run(resume(paying, state))["kind"] == "complete"
    paying.product.dynamodb.faults.clear()
    paying.check()
    assert paying.product.status(state["image"]) is Status.COMPLETE


def die_before_the_row(paying: Paying, state: dict[str, Any]) -> None:
    """The result is kept, its row is not written."""
    paying.product.dynamodb.inject(Fault("transact_write_items", Crash()))
    with pytest.raises(Crash):
        paying.run(state)
    paying.product.dynamodb.faults.clear()
    assert paying.rows() == {}


def test_rows_ride_with_what_was_paid_and_leave_with_it(paying: Paying) -> None:
    state = claimed(paying.product)
    die_before_the_row(paying, state)
    kept = paying.product.record(state["image"]).checkpoint or {}
    assert [row["purpose"] for row in kept["owed"]] == ["describe"]

    paying.run(state)

    assert "owed" not in repr(state)
    assert paying.product.record(state["image"]).checkpoint is None
    paying.check()


def test_a_step_that_fails_leaves_nothing_owed(paying: Paying) -> None:
    """Words are in the log when the next step is asked: while the image waits, nobody looks again."""
    paying.embedder = ScriptedEmbedder(Transient("PROVIDER_ERROR", "It broke."), dimensions=8, costs=True)
    state = claimed(paying.product)
    state |= through_json(paying.describing.run(state))
    failed = {**state, **paying.embedding.run(state)}
    paying.product.settlement.fail(failed)
    record = paying.product.record(state["image"])
    assert "owed" not in (record.checkpoint or {})
    assert "description" in initial_state(record)


def test_what_was_paid_counts_though_nobody_may_be_asked_any_more(paying: Paying) -> None:
    state = claimed(paying.product)
    die_before_the_row(paying, state)
    again = by_the_sweep(paying, state)

    def nobody(*_: object) -> Describer:
        raise AssertionError

    step = DescribeStep(nobody, lambda: paying.product.paid)
    assert step.run({**again, "inspection": INSPECTION})["description"]["metadata"]
    assert paying.rows() == {"describe": 1}


def test_an_image_that_ends_owing_is_settled_by_the_sweep(paying: Paying) -> None:
    state = claimed(paying.product)
    die_before_the_row(paying, state)
    record = paying.product.record(state["image"])
    paying.product.put(replace(record, attempt=MAX_ATTEMPTS))
    with pytest.raises(AssertionError):
        by_the_sweep(paying, state)
    assert paying.product.status(state["image"]) is Status.FAILED
    assert paying.rows() == {"describe": 1}


def test_another_work_settles_before_it_overwrites(paying: Paying) -> None:
    state = claimed(paying.product)
    die_before_the_row(paying, state)
    record = paying.product.record(state["image"])
    assert record.work
    other = replace(record, work=replace(record.work, request={"detail": "high"}))
    paying.product.put(other)

    paying.run({**state, "record": through_json(other.to_item())})

    assert paying.rows() == {"describe": 2, "embed": 1}
    assert len(paying.inner.requests) == 2


@pytest.mark.parametrize("fault", [conflict(), throttled()])
def test_a_log_that_is_busy_gets_the_rows_from_the_sweep(paying: Paying, fault: Exception) -> None:
    state = claimed(paying.product)
    paying.product.dynamodb.inject(Fault("transact_write_items", fault, times=-1))
    for step in (paying.describing.run, paying.embedding.run):
        state |= through_json(step(state))
    paying.product.dynamodb.faults.clear()
    assert paying.rows() == {}

    assert paying.product.settlement.finish(state)["verdict"]["kind"] == "complete"
    done: Mapping[str, int] = paying.product.sweep.run()

    assert done["usage made up"] == 2
    paying.check()
