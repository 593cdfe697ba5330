"""The sweep: what it does to a record in each state, and that one fault stops nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from gloss.due import DueRecords
from gloss.images.model import HOLD, MAX_ATTEMPTS, UPLOAD_GRACE, UPLOAD_WINDOW, Status, Work, epoch
from gloss.pipeline.model import Target, failure, targets
from tests.fakes.dynamodb import Crash, Fault, denied, throttled, timeout
from tests.fakes.product import QUEUES, USER, Product

UPLOAD_OVER = UPLOAD_WINDOW + UPLOAD_GRACE
LEASE_OVER = timedelta(seconds=151)


def sent(product: Product) -> list[tuple[str, Target]]:
    return [
        (message["QueueUrl"], target)
        for message in product.sqs.messages
        for target in targets(message["MessageBody"])
    ]


def test_nothing_is_due_at_first(product: Product) -> None:
    product.upload()
    assert product.sweep.run() == {}


def test_an_upload_that_never_came_is_cancelled_and_costs_nothing(product: Product) -> None:
    image = product.upload(sent=False)
    product.clock.forward(UPLOAD_OVER)
    assert product.sweep.run() == {"cancelled": 1}
    record = product.record(image)
    assert (record.status, record.work, record.due_at) == (Status.CANCELLED, None, None)
    assert record.failure
    assert record.failure.code == "UPLOAD_NOT_SENT"
    assert product.remaining == 10
    assert product.sweep.run() == {}


def test_an_upload_whose_announcement_got_lost_is_enqueued(product: Product) -> None:
    image = product.upload()
    product.clock.forward(UPLOAD_OVER)
    assert product.sweep.run() == {"queued": 1}
    assert product.status(image) is Status.QUEUED
    assert sent(product) == [(QUEUES["interactive"], Target(USER, image))]
    assert product.sqs.messages[0]["MessageGroupId"] == USER


def test_a_message_that_got_lost_is_sent_again_once_its_patience_is_over(product: Product) -> None:
    image = product.upload()
    product.clock.forward(UPLOAD_OVER)
    product.sweep.run()
    due_at = product.record(image).due_at
    assert due_at
    assert due_at > epoch(product.clock())
    product.clock.forward(timedelta(seconds=due_at - epoch(product.clock()) - 1))
    assert product.sweep.run() == {}
    product.clock.forward(timedelta(seconds=1))
    assert product.sweep.run() == {"queued": 1}
    assert len(sent(product)) == 2


def test_a_retry_goes_back_into_the_queue_that_it_came_from(product: Product) -> None:
    image = product.upload()
    record = product.record(image)
    assert record.work
    product.put(replace(record, work=replace(record.work, queue="bulk")))
    state = product.claim(image)
    product.settlement.fail({**state, **failure("transient", "BROKEN", "It broke.")})
    product.clock.forward(timedelta(minutes=5))
    assert product.sweep.run() == {"queued": 1}
    assert sent(product) == [(QUEUES["bulk"], Target(USER, image))]
    assert (product.record(image).attempt, product.remaining) == (1, 9)


def test_the_image_of_a_dead_worker_is_taken_up_again(product: Product) -> None:
    image = product.upload()
    state = product.claim(image)
    assert product.sweep.run() == {}
    product.clock.forward(LEASE_OVER)
    assert product.sweep.run() == {"queued": 1}
    record = product.record(image)
    assert (record.status, record.lease) == (Status.QUEUED, None)
    assert product.settlement.finish(product.work(state))["verdict"]["kind"] == "superseded"


def test_an_image_that_kills_its_workers_fails_in_the_end(product: Product) -> None:
    image = product.upload()
    for _ in range(MAX_ATTEMPTS):
        product.claim(image)
        product.clock.forward(LEASE_OVER)
        done = product.sweep.run()
    assert done == {"failed": 1}
    record = product.record(image)
    assert (record.status, record.attempt, record.work, record.lease) == (Status.FAILED, 0, None, None)
    assert record.failure
    assert (record.failure.code, record.failure.attempt) == ("WORKER_DIED", 3)
    assert product.remaining == 10


def test_a_regeneration_that_kills_its_workers_leaves_the_image_as_it_was(product: Product) -> None:
    image = product.complete()
    before = product.record(image)
    work = Work(f"again-{image}", kind="regenerate")
    product.ledger.reserve(
        USER, "images", [work.reservation], ttl=HOLD, actor=USER, reason="regenerate", byok=False
    )
    product.put(replace(before, status=Status.QUEUED, work=work))
    for _ in range(MAX_ATTEMPTS):
        assert product.remaining == 8
        product.claim(image)
        product.clock.forward(LEASE_OVER)
        done = product.sweep.run()
    assert done == {"failed": 1}
    record = product.record(image)
    assert (record.status, record.version, record.work, record.lease) == (Status.COMPLETE, 1, None, None)
    assert (record.metadata, record.provenance) == (before.metadata, before.provenance)
    assert record.failure
    assert (record.failure.code, record.failure.attempt) == ("WORKER_DIED", 3)
    assert product.credits.standing(work.reservation).status == "released"
    assert product.remaining == 9


def test_reservations_that_nobody_settled_expire(product: Product) -> None:
    product.credits.reserve("forgotten", amount=3)
    product.clock.forward(timedelta(hours=1, seconds=1))
    assert product.sweep.run() == {"expired": 1}
    assert product.remaining == 10


@pytest.mark.parametrize("fault", [denied(), throttled(), timeout(), ValueError("a record of no known form")])
def test_an_image_that_faults_does_not_stop_the_others(product: Product, fault: Exception) -> None:
    images = [product.upload(f"{number}.jpg") for number in range(4)]
    product.credits.reserve("forgotten", ttl=UPLOAD_OVER)
    product.clock.forward(UPLOAD_OVER)
    product.dynamodb.inject(Fault("get_item", fault, skip=1))
    assert product.sweep.run() == {"faulted": 1, "queued": 3, "expired": 1}
    assert product.sweep.run() == {"queued": 1}
    assert {product.status(image) for image in images} == {Status.QUEUED}


def test_a_record_without_open_work_is_reported_and_left(product: Product) -> None:
    broken = product.upload(sent=False)
    product.put(replace(product.record(broken), work=None))
    product.upload(sent=False)
    product.clock.forward(UPLOAD_OVER)
    assert product.sweep.run() == {"faulted": 1, "cancelled": 1}


def test_a_message_that_cannot_be_sent_is_sent_later(product: Product) -> None:
    image = product.upload()
    product.clock.forward(UPLOAD_OVER)
    product.sqs.inject(Fault("send_message", timeout()))
    assert product.sweep.run() == {"faulted": 1}
    assert product.status(image) is Status.QUEUED
    product.clock.forward(timedelta(minutes=6))
    assert product.sweep.run() == {"queued": 1}
    assert len(sent(product)) == 1


def test_a_store_of_objects_that_does_not_answer_cancels_nothing(product: Product) -> None:
    image = product.upload(sent=False)
    product.clock.forward(UPLOAD_OVER)
    product.s3.inject(Fault("head_object", denied()))
    assert product.sweep.run() == {"faulted": 1}
    assert product.status(image) is Status.PENDING


def test_what_the_index_still_shows_but_is_settled_is_left_alone(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, deleted = product.upload(), product.upload()
    product.clock.forward(UPLOAD_OVER)
    product.claim(taken)
    product.library.delete(USER, deleted)
    shown = {"0": [(USER, taken), (USER, deleted)]}
    monkeypatch.setattr(DueRecords, "of", lambda _self, shard, *_: shown.get(shard, []))
    assert product.sweep.run() == {"settled meanwhile": 2}
    assert product.status(taken) is Status.PROCESSING


def test_a_condition_that_fails_is_no_fault(product: Product) -> None:
    product.upload()
    product.clock.forward(UPLOAD_OVER)
    refused = ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}, "UpdateItem")
    product.dynamodb.inject(Fault("update_item", refused))
    assert product.sweep.run() == {"settled meanwhile": 1}


@pytest.mark.parametrize("calls", range(1, 15))
def test_a_sweep_that_dies_anywhere_is_finished_by_the_next(product: Product, calls: int) -> None:
    kept, lost = product.upload(), product.upload(sent=False)
    product.clock.forward(UPLOAD_OVER)
    product.dynamodb.crash_after(calls)
    with pytest.raises(Crash):
        product.sweep.run()
    product.dynamodb.faults.clear()
    product.clock.forward(timedelta(minutes=6))
    product.sweep.run()
    assert (product.status(kept), product.status(lost)) == (Status.QUEUED, Status.CANCELLED)
    assert product.remaining == 9
