"""Regeneration goes by the user's settings: an own key pays, preferences fill what the request leaves out."""

import pytest

from gloss.describe.model import Metadata
from gloss.errors import ValidationFailed
from gloss.images.model import Status
from gloss.pipeline.queues import WorkQueues
from gloss.regenerate.model import RegenerateRequest
from gloss.regenerate.service import Regenerations
from gloss.settings.model import Offer, Preferences, StoredKey
from gloss.settings.service import WorkTerms
from tests.fakes.product import USER, Product

KEY = StoredKey("openai", b"sealed", "WXYZ", "2026-11-20T12:00:00Z")


def regenerations(product: Product, default: str = "heuristic") -> Regenerations:
    terms = WorkTerms(product.settings, Offer(default))
    queues: WorkQueues = product.queues
    return Regenerations(product.images, product.ledger, queues, terms, product.clock)


def test_an_own_key_takes_no_credit(product: Product) -> None:
    image = product.complete()
    product.settings.save_key(USER, KEY)
    started = regenerations(product).start(USER, image, RegenerateRequest())
    work = product.record(image).work
    assert work
    assert (started.cost, work.credits, work.request) == (0, 0, {"provider": "openai"})
    assert product.record(image).metadata != Metadata()


def test_the_preferences_fill_what_the_request_leaves_out(product: Product) -> None:
    image = product.complete()
    preferences = Preferences.model_validate(
        {"context": {"brand": "Gloss", "language": "de"}, "policy": "always"}
    )
    product.settings.save(USER, preferences, based_on=0, at="now")
    request = RegenerateRequest.model_validate({"language": "fr", "policy": "only_empty"})
    started = regenerations(product, "bedrock").start(USER, image, request)
    work = product.record(image).work
    assert work
    assert started.cost == work.credits == 1
    assert work.request == {"context": {"brand": "Gloss", "language": "fr"}, "policy": "only_empty"}


def test_what_the_provider_cannot_do_changes_nothing(product: Product) -> None:
    image = product.complete()
    before = product.remaining
    with pytest.raises(ValidationFailed):
        regenerations(product).start(USER, image, RegenerateRequest.model_validate({"language": "fr"}))
    assert product.remaining == before
    assert product.status(image) is Status.COMPLETE


def test_a_provider_that_nobody_has_a_key_for_changes_nothing(product: Product) -> None:
    image = product.complete()
    before = product.remaining
    with pytest.raises(ValidationFailed, match="no access to bedrock"):
        regenerations(product).start(USER, image, RegenerateRequest.model_validate({"provider": "bedrock"}))
    assert product.remaining == before
    assert product.status(image) is Status.COMPLETE
