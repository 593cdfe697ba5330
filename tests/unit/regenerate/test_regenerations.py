"""A regeneration whose message may or may not have reached the queue."""

import pytest

from gloss.errors import ProviderUnavailable
from gloss.images.model import Status
from gloss.regenerate.model import RegenerateRequest
from gloss.regenerate.service import Regenerations
from gloss.settings.model import Offer
from gloss.settings.service import WorkTerms
from tests.fakes.dynamodb import Fault, timeout
from tests.fakes.product import USER, Product


@pytest.fixture
def regenerations(product: Product) -> Regenerations:
    terms = WorkTerms(product.settings, Offer("heuristic"))
    return Regenerations(product.images, product.ledger, product.queues, terms, product.clock)


def lost_answer(product: Product, monkeypatch: pytest.MonkeyPatch, *, finished: bool) -> None:
    """The queue takes the message, a worker is quicker than the answer, and the answer is lost."""

    def send(_queue: str, _user: str, image: str) -> None:
        state = product.claim(image)
        if finished:
            product.settlement.finish(product.work(state))
        raise timeout()

    monkeypatch.setattr(product.queues, "send", send)


@pytest.mark.parametrize("finished", [False, True])
def test_work_that_a_worker_took_is_accepted_though_the_queue_did_not_answer(
    product: Product, regenerations: Regenerations, monkeypatch: pytest.MonkeyPatch, finished: bool
) -> None:
    image = product.complete()
    lost_answer(product, monkeypatch, finished=finished)

    started = regenerations.start(USER, image, RegenerateRequest())

    assert (started.cost, started.remaining, product.remaining) == (1, 8, 8)
    standing = product.credits.standing(started.reservation_id).status
    assert standing == ("committed" if finished else "held")
    assert product.status(image) is (Status.COMPLETE if finished else Status.PROCESSING)


def test_work_that_the_queue_did_not_take_costs_nothing(
    product: Product, regenerations: Regenerations
) -> None:
    image = product.complete()
    product.sqs.inject(Fault("send_message", timeout()))

    with pytest.raises(ProviderUnavailable):
        regenerations.start(USER, image, RegenerateRequest())

    record = product.record(image)
    assert (record.status, record.version, record.work, product.remaining) == (Status.COMPLETE, 1, None, 9)
