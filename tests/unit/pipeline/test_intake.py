"""From a message to a verdict; duplicates, latecomers and faults."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gloss.delays import MAX_DELAY_S
from gloss.ids import new_id
from gloss.images.model import Status
from gloss.log_scope import ScopeFilter, scope
from gloss.pipeline.machine import IMAGE_FAILED, MachineFault
from gloss.pipeline.model import Target, UnreadableMessage, message, targets
from tests.fakes.dynamodb import Fault, throttled, timeout
from tests.fakes.product import ORIGINALS, QUEUES, USER, Product

IMAGE = "01a1f8c0-5230-7a45-a504-65f7d57ee068"
NAMES = st.sampled_from(["Records", "s3", "object", "key", "Event", "user", "image"])
JSON = st.recursive(
    st.none() | st.integers() | st.text() | st.builds(new_id),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def arrival(*keys: str) -> str:
    return json.dumps({"Records": [{"s3": {"object": {"key": key}}} for key in keys]})


class TestTargets:
    def test_an_object_that_arrived(self) -> None:
        first, second = new_id(), new_id()
        assert targets(arrival(f"us-east-1%3Aann/{first}", f"ann+b/{second}")) == [
            Target("us-east-1:ann", first, arrived=True),
            Target("ann b", second, arrived=True),
        ]

    def test_a_request_of_our_own(self) -> None:
        image = new_id()
        assert targets(message("ann", image)) == [Target("ann", image)]

    def test_the_test_event_of_a_new_notification(self) -> None:
        assert targets('{"Service": "Amazon S3", "Event": "s3:TestEvent"}') == []

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "null",
            "7",
            '"Records"',
            '["Records"]',
            '{"Records": 7}',
            '{"Records": [{}]}',
            "{}",
            "[" * 100_000,
            arrival("ann"),
            arrival("ann/01/02"),
            arrival("ann/no-id"),
            arrival(f"/{IMAGE}"),
            json.dumps({"user": 7, "image": IMAGE}),
            json.dumps({"user": "", "image": IMAGE}),
            json.dumps({"user": "a\ud800", "image": IMAGE}),
            json.dumps({"user": "ann", "image": [1]}),
        ],
    )
    def test_whatever_else_is_unreadable(self, body: str) -> None:
        with pytest.raises(UnreadableMessage):
            targets(body)

    def test_what_is_unreadable_is_not_quoted(self) -> None:
        with pytest.raises(UnreadableMessage) as refused:
            targets('{"secret": "hunter2"}')
        assert "hunter2" not in repr(refused.value)
        assert refused.value.__cause__ is None

    @given(st.text() | JSON.map(json.dumps))
    def test_no_text_makes_it_break(self, body: str) -> None:
        try:
            found = targets(body)
        except UnreadableMessage:
            return
        assert all(isinstance(target, Target) for target in found)


class TestTaking:
    def test_the_machine_gets_the_claimed_record(self, product: Product) -> None:
        image = product.upload()
        assert product.intake.take(arrival(f"{USER}/{image}")) == ["complete"]
        ((name, state),) = product.states.runs.items()
        record = product.record(image)
        assert name.startswith(f"{image}-1-")
        assert len(name) <= 80
        assert (state["user"], state["image"], state["record"]["lease"]) == (USER, image, record.lease)
        assert "inspection" not in state
        assert record.status is Status.PROCESSING

    def test_what_earlier_attempts_found_out_goes_along(self, product: Product) -> None:
        image = product.upload()
        state = product.work(product.claim(image))
        fault = {"failure": {"kind": "transient", "code": "BROKEN", "message": "It broke."}}
        product.settlement.fail({**state, **fault})
        assert product.intake.take(message(USER, image)) == ["duplicate"]
        product.clock.forward(timedelta(minutes=5))
        product.sweep.run()
        product.intake.take(product.sqs.messages[0]["MessageBody"])
        (run,) = product.states.runs.values()
        assert run["inspection"] == state["inspection"]
        assert run["description"] == state["description"]

    def test_a_message_about_several_images(self, product: Product) -> None:
        images = [product.upload(), product.upload()]
        assert product.intake.take(arrival(*(f"{USER}/{image}" for image in images))) == ["complete"] * 2

    def test_a_duplicate_changes_nothing(self, product: Product) -> None:
        image = product.upload()
        product.intake.take(arrival(f"{USER}/{image}"))
        before = product.record(image)
        assert product.intake.take(arrival(f"{USER}/{image}")) == ["duplicate"]
        assert product.intake.take(message(USER, image)) == ["duplicate"]
        assert product.record(image) == before
        assert (ORIGINALS, f"{USER}/{image}") in product.s3.objects

    def test_an_object_that_comes_after_its_upload_was_cancelled_is_removed(self, product: Product) -> None:
        image = product.upload(sent=False)
        product.uploads.cancel(USER, image)
        product.s3.put_object(Bucket=ORIGINALS, Key=f"{USER}/{image}", Body=b"late")
        assert product.intake.take(arrival(f"{USER}/{image}")) == ["discarded"]
        assert product.s3.objects == {}
        assert product.remaining == 10

    def test_an_object_of_a_deleted_image_is_removed(self, product: Product) -> None:
        key = f"{USER}/{new_id()}"
        product.s3.put_object(Bucket=ORIGINALS, Key=key, Body=b"late")
        assert product.intake.take(arrival(key)) == ["discarded"]
        assert product.s3.objects == {}

    def test_a_request_for_an_image_that_is_gone_removes_nothing(self, product: Product) -> None:
        assert product.intake.take(message(USER, new_id())) == ["duplicate"]
        assert product.s3.calls["delete_object"] == 0

    def test_a_rate_limit_brings_the_message_back_later(self, product: Product) -> None:
        image = product.upload()
        product.states.work = lambda _: {"kind": "rate_limited", "delay_s": 40}
        assert product.intake.take(message(USER, image)) == ["rate_limited"]
        (sent,) = product.sqs.messages
        assert sent["QueueUrl"] == QUEUES["interactive"]
        assert sent["DelaySeconds"] == 40
        assert targets(sent["MessageBody"]) == [Target(USER, image)]

    def test_a_delay_is_no_longer_than_the_queue_allows(self, product: Product) -> None:
        product.states.work = lambda _: {"kind": "rate_limited", "delay_s": 5000}
        product.intake.take(message(USER, product.upload()))
        assert product.sqs.messages[0]["DelaySeconds"] == MAX_DELAY_S

    def test_an_image_that_failed_is_done_with(self, product: Product) -> None:
        product.states.work = lambda _: {"status": "FAILED", "error": IMAGE_FAILED, "cause": "X: y"}
        assert product.intake.take(message(USER, product.upload())) == ["failed"]

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            ({"status": "TIMED_OUT"}, "TIMED_OUT"),
            ({"status": "FAILED", "error": "SettlementFailed"}, "SettlementFailed"),
        ],
    )
    def test_a_machine_that_broke_is_left_to_the_sweep(
        self, product: Product, answer: dict[str, Any], error: str
    ) -> None:
        image = product.upload()
        product.states.work = lambda _: answer
        with pytest.raises(MachineFault) as fault:
            product.intake.take(message(USER, image))
        assert fault.value.details["error"] == error
        record = product.record(image)
        assert record.status is Status.PROCESSING
        assert record.due_at

    def test_a_machine_without_an_answer_is_never_asked_twice(self, product: Product) -> None:
        product.states.inject(Fault("start_sync_execution", timeout(), after=True))
        with pytest.raises(Exception, match="timeout"):
            product.intake.take(message(USER, product.upload()))
        assert product.states.calls == {"start_sync_execution": 1}

    def test_a_claim_that_is_throttled_brings_the_message_back(self, product: Product) -> None:
        image = product.upload()
        product.dynamodb.inject(Fault("update_item", throttled()))
        with pytest.raises(Exception, match="Throughput"):
            product.intake.take(message(USER, image))
        assert product.intake.take(message(USER, image)) == ["complete"]

    def test_a_claim_whose_answer_is_lost_waits_for_the_sweep(self, product: Product) -> None:
        image = product.upload()
        product.dynamodb.inject(Fault("update_item", timeout(), after=True))
        with pytest.raises(Exception, match="timeout"):
            product.intake.take(message(USER, image))
        assert product.intake.take(message(USER, image)) == ["duplicate"]
        record = product.record(image)
        assert (record.status, record.due_at is not None) == (Status.PROCESSING, True)

    def test_the_log_says_what_became_of_whom(
        self, product: Product, caplog: pytest.LogCaptureFixture
    ) -> None:
        image = product.upload()
        caplog.handler.addFilter(told := ScopeFilter())
        with caplog.at_level(logging.INFO, logger="gloss.pipeline.intake"), scope():
            product.intake.take(message(USER, image))
        caplog.handler.removeFilter(told)
        (line,) = [entry.__dict__ for entry in caplog.records if entry.name == "gloss.pipeline.intake"]
        assert (line["user"], line["image"], line["attempt"], line["verdict"]) == (USER, image, 1, "complete")
