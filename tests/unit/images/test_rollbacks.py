"""Taking work back by the reservation that pays for it: this work and no other, and nothing is left over."""

from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from gloss.errors import AlreadyCommitted, AlreadyProcessing, ProviderUnavailable, ReservationNotFound
from gloss.images.model import Status
from gloss.images.views import MetadataEdit
from gloss.pipeline.model import failure
from gloss.regenerate.model import RegenerateRequest
from tests.fakes.dynamodb import Fault, timeout
from tests.fakes.product import USER, Product


def regenerate(product: Product, image: str) -> str:
    """The reservation of a regeneration that waits."""
    return product.regenerations.start(USER, image, RegenerateRequest()).reservation_id


def fail(product: Product, image: str) -> None:
    product.settlement.fail({**product.claim(image), **failure("permanent", "NO", "No.")})


@pytest.mark.parametrize("edited", [False, True])
def test_an_upload_leaves_neither_hold_nor_file(product: Product, edited: bool) -> None:
    image = product.upload()
    if edited:
        product.library.edit(USER, image, MetadataEdit(version=0, title="Mine"))
    product.rollbacks.roll_back(USER, f"upload-{image}")
    assert (product.status(image), product.record(image).work) == (Status.CANCELLED, None)
    assert product.s3.objects == {}
    assert product.remaining == 10


def test_a_repeat_removes_the_file_that_the_first_call_could_not(product: Product) -> None:
    image = product.upload()
    product.s3.inject(Fault("delete_object", timeout()))
    with pytest.raises(ReadTimeoutError):
        product.rollbacks.roll_back(USER, f"upload-{image}")
    assert product.s3.objects != {}
    product.rollbacks.roll_back(USER, f"upload-{image}")
    assert product.s3.objects == {}
    assert product.remaining == 10


def test_a_regeneration_leaves_the_image_as_it_was(product: Product) -> None:
    image = product.complete()
    before = product.record(image)
    product.rollbacks.roll_back(USER, regenerate(product, image))
    record = product.record(image)
    assert (record.status, record.metadata) == (Status.COMPLETE, before.metadata)
    assert product.s3.objects != {}
    assert product.remaining == 9


def test_a_regeneration_of_what_had_failed_leaves_it_failed_so_that_it_can_be_tried_again(
    product: Product,
) -> None:
    image = product.upload()
    fail(product, image)
    product.rollbacks.roll_back(USER, regenerate(product, image))
    assert product.status(image) is Status.FAILED
    assert product.s3.objects != {}
    regenerate(product, image)
    assert product.status(image) is Status.QUEUED
    assert product.remaining == 9


def test_a_regeneration_that_cannot_be_enqueued_leaves_what_had_failed_failed(product: Product) -> None:
    image = product.upload()
    fail(product, image)
    product.sqs.inject(Fault("send_message", timeout()))
    with pytest.raises(ProviderUnavailable):
        regenerate(product, image)
    assert (product.status(image), product.remaining) == (Status.FAILED, 10)


def test_a_message_that_got_through_without_an_answer_is_a_success(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = product.complete()

    def taken_but_not_answered(*_: Any, **__: Any) -> None:
        product.claim(image, lease="worker")
        raise timeout()

    monkeypatch.setattr(product.queues, "send", taken_but_not_answered)
    reservation = regenerate(product, image)
    assert product.status(image) is Status.PROCESSING
    assert product.credits.standing(reservation).status == "held"


def test_done_work_stays_paid(product: Product) -> None:
    image = product.complete()
    with pytest.raises(AlreadyCommitted):
        product.rollbacks.roll_back(USER, f"upload-{image}")
    assert product.s3.objects != {}
    assert product.remaining == 9


@pytest.mark.parametrize(
    "reservation", ["nonsense", "upload-", "upload-x", "upload-019bc1f7-5a00-7000-8000-000000000009"]
)
def test_what_there_is_not(product: Product, reservation: str) -> None:
    with pytest.raises(ReservationNotFound):
        product.rollbacks.roll_back(USER, reservation)


def test_somebody_elses(product: Product) -> None:
    image = product.upload()
    with pytest.raises(ReservationNotFound):
        product.rollbacks.roll_back("eve", f"upload-{image}")
    assert product.status(image) is Status.PENDING
    assert product.s3.objects != {}


@dataclass(frozen=True)
class Overtaken:
    """A regeneration that was read while it waited, and has failed since; now another one waits."""

    product: Product
    image: str
    first: str
    second: str


@pytest.fixture
def overtaken(product: Product, monkeypatch: pytest.MonkeyPatch) -> Overtaken:
    image = product.complete()
    first = regenerate(product, image)
    stale = product.record(image)
    fail(product, image)
    second = regenerate(product, image)
    assert product.record(image).status is stale.status
    get, answers = product.images.get, [stale, stale]
    monkeypatch.setattr(product.images, "get", lambda *key: answers.pop(0) if answers else get(*key))
    return Overtaken(product, image, first, second)


def test_a_rollback_leaves_work_that_came_meanwhile_its_credit(overtaken: Overtaken) -> None:
    """The status is the one that was read; only the reservation tells the two apart."""
    product, image = overtaken.product, overtaken.image
    with pytest.raises(AlreadyProcessing):
        product.rollbacks.roll_back(USER, overtaken.first)
    assert product.images.get(USER, image)  # the other stale reading

    record = product.record(image)
    assert (record.status, record.work and record.work.reservation) == (Status.QUEUED, overtaken.second)
    assert product.credits.standing(overtaken.first).status == "released"
    assert product.credits.standing(overtaken.second).status == "held"
    assert product.settlement.finish(product.work(product.claim(image)))["verdict"]["kind"] == "complete"
    assert product.remaining == 8


def test_a_deletion_gives_back_the_credit_of_work_that_came_meanwhile(overtaken: Overtaken) -> None:
    overtaken.product.library.delete(USER, overtaken.image)
    assert overtaken.product.credits.standing(overtaken.second).status == "released"
    assert overtaken.product.remaining == 9
