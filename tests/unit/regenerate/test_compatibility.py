"""The calls of older clients."""

import json
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from gloss.errors import Busy, ImageNotFound, QuotaExceeded
from gloss.ids import new_id
from gloss.images.model import Status
from gloss.pipeline.model import failure
from gloss.pipeline.sweep_now import sweep_now
from gloss.regenerate.compatibility import Processing
from gloss.regenerate.service import Regenerations
from gloss.settings.model import Offer
from gloss.settings.service import WorkTerms
from tests.fakes.aws import FakeLambda
from tests.fakes.dynamodb import Fault, client_error, denied
from tests.fakes.product import USER, Product


@pytest.fixture
def product() -> Product:
    return Product()


@pytest.fixture
def processing(product: Product) -> Processing:
    terms = WorkTerms(product.settings, Offer("heuristic"))
    regenerations = Regenerations(product.images, product.ledger, product.queues, terms, product.clock)
    return Processing(product.images, product.objects, regenerations, product.queues)


def failed(product: Product) -> str:
    image = product.upload()
    product.settlement.fail({**product.claim(image), **failure("permanent", "CORRUPT_IMAGE", "Broken.")})
    return image


def test_a_described_image_is_shown_as_it_is(processing: Processing, product: Product) -> None:
    image = product.complete()
    sent = len(product.sqs.messages)
    done = processing.process(USER, image)
    assert (done.image_id, done.status) == (image, Status.COMPLETE)
    assert done.thumbnail
    assert "thumbnail" in done.thumbnail
    assert [swatch.name for swatch in done.palette] == ["steel blue"]
    assert (product.remaining, len(product.sqs.messages)) == (9, sent)


def test_work_begins_once_where_none_was_done(processing: Processing, product: Product) -> None:
    image = failed(product)
    assert product.remaining == 10
    answers = [processing.process(USER, image) for _ in range(2)]
    assert [done.status for done in answers] == [Status.QUEUED] * 2
    assert answers[0].thumbnail is None
    assert product.remaining == 9
    assert len(product.sqs.messages) == 1


def test_without_a_credit_no_work_begins(processing: Processing, product: Product) -> None:
    image = failed(product)
    product.credits.reserve("all", amount=10, account=USER)
    with pytest.raises(QuotaExceeded):
        processing.process(USER, image)


@pytest.mark.parametrize(("sent", "messages"), [(True, 1), (False, 0)])
def test_an_upload_whose_announcement_is_late_is_asked_for(
    processing: Processing, product: Product, sent: bool, messages: int
) -> None:
    image = product.upload(sent=sent)
    assert processing.process(USER, image).status is Status.PENDING
    assert len(product.sqs.messages) == messages


def test_somebody_elses_image_is_not_found(processing: Processing, product: Product) -> None:
    for image in (product.upload(user="ben"), new_id(), "x"):
        with pytest.raises(ImageNotFound):
            processing.process(USER, image)


class TestSweepNow:
    def test_the_counts_of_the_scheduled_function(self) -> None:
        functions = FakeLambda()
        functions.answer = {"queued": 2}
        assert sweep_now(functions.client, "sweep") == {"queued": 2}
        assert functions.invoked == ["sweep"]

    @pytest.mark.parametrize(
        "fault", [ReadTimeoutError(endpoint_url=""), client_error("TooManyRequestsException")]
    )
    def test_one_that_is_under_way_is_busy(self, fault: Exception) -> None:
        functions = FakeLambda()
        functions.inject(Fault("invoke", fault))
        with pytest.raises(Busy):
            sweep_now(functions.client, "sweep")

    def test_other_faults_are_ours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        functions = FakeLambda()
        functions.inject(Fault("invoke", denied()))
        with pytest.raises(type(denied())):
            sweep_now(functions.client, "sweep")

        def broken(**_: Any) -> dict[str, Any]:
            return {"FunctionError": "Unhandled", "Payload": BytesIO(json.dumps({}).encode())}

        monkeypatch.setattr(functions, "invoke", broken)
        with pytest.raises(RuntimeError):
            sweep_now(functions.client, "sweep")
