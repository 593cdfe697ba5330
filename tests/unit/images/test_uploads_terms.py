"""What the settings of a user mean for an upload: the request that goes with it, and the credit it takes."""

import pytest

from gloss.errors import QuotaExceeded
from gloss.images.uploads import File
from gloss.settings.model import Preferences, StoredKey
from tests.fakes.product import USER, Product

KEY = StoredKey("openai", b"sealed", "WXYZ", "2026-11-20T12:00:00Z")
FILE = File(name="beach.jpg", content_type="image/jpeg", size=100)


def remaining(product: Product) -> int:
    return product.ledger.quota(USER).meters["images"].remaining


def test_an_upload_without_settings_takes_a_credit_and_asks_for_nothing(product: Product) -> None:
    before = remaining(product)
    work = product.record(product.upload()).work
    assert work
    assert (work.credits, work.request) == (1, {})
    assert remaining(product) == before - 1


def test_an_upload_with_an_own_key_takes_none_and_is_settled_like_any_other(product: Product) -> None:
    product.settings.save_key(USER, KEY)
    before = remaining(product)
    image = product.upload()
    work = product.record(image).work
    assert work
    assert (work.credits, work.request) == (0, {"provider": "openai"})
    verdict = product.settlement.fail(
        {**product.claim(image), "failure": {"kind": "permanent", "code": "NO", "message": "No."}}
    )
    assert verdict["verdict"]["kind"] == "failed"
    assert remaining(product) == before
    assert product.ledger.audit().drifts == ()


def test_preferences_of_the_moment_go_with_the_upload(product: Product) -> None:
    preferences = Preferences.model_validate({"context": {"language": "de"}, "policy": "always"})
    product.settings.save(USER, preferences, based_on=0, at="now")
    image = product.upload()
    product.settings.save(USER, Preferences(), based_on=1, at="later")
    work = product.record(image).work
    assert work
    assert work.request == {"context": {"language": "de"}, "policy": "always"}


def test_an_own_key_uploads_beyond_the_quota(product: Product) -> None:
    files = [FILE] * remaining(product)
    product.uploads.create(USER, files)
    with pytest.raises(QuotaExceeded):
        product.uploads.create(USER, [FILE])
    product.settings.save_key(USER, KEY)
    assert len(product.uploads.create(USER, [FILE]).uploads) == 1
