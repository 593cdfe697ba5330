"""Uploads: all or none, and every state that one can be cancelled in."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from pydantic import ValidationError

from gloss.errors import (
    AlreadyProcessing,
    Conflict,
    PayloadTooLarge,
    QuotaExceeded,
    UnsupportedMediaType,
    UploadNotFound,
)
from gloss.ids import new_id
from gloss.images.model import UPLOAD_GRACE, UPLOAD_WINDOW, Status, Work, epoch
from gloss.images.uploads import MAX_BYTES, MAX_FILES, File, UploadRequest
from gloss.images.views import MetadataEdit
from gloss.imaging.formats import ACCEPTED
from gloss.pipeline.model import failure
from tests.fakes.dynamodb import Fault, denied, timeout
from tests.fakes.product import ORIGINALS, USER, Product


def files(count: int = 1, **changes: Any) -> list[File]:
    return [
        File(**{"name": f"{number}.jpg", "content_type": "image/jpeg", "size": 100, **changes})
        for number in range(count)
    ]


class TestCreate:
    def test_each_file_gets_a_form_for_exactly_itself(self, product: Product) -> None:
        created = product.uploads.create(USER, files(2, content_type="image/png", size=321))
        assert [upload.name for upload in created.uploads] == ["0.jpg", "1.jpg"]
        assert created.remaining == product.remaining == 8
        upload = created.uploads[0]
        assert upload.fields["key"] == f"{USER}/{upload.id}"
        assert upload.fields["Content-Type"] == "image/png"
        policy = json.loads(upload.fields["policy"])
        assert ["content-length-range", 1, 321] in policy["conditions"]
        assert {"Content-Type": "image/png"} in policy["conditions"]
        assert policy["expires_in"] == 900
        assert upload.expires_at == "2026-11-20T12:15:00.000000Z"

    def test_the_record_waits_for_its_object(self, product: Product) -> None:
        image = product.upload(sent=False)
        record = product.record(image)
        assert (record.status, record.file_name, record.version) == (Status.PENDING, "beach.jpg", 0)
        assert record.work is not None
        assert record.work.reservation == f"upload-{image}"
        assert record.due_at == epoch(product.clock() + timedelta(minutes=20))

    def test_as_many_as_allowed_are_one_transaction(self, product: Product) -> None:
        product.credits.change_plan("pro")
        product.dynamodb.calls.clear()
        product.uploads.create(USER, files(MAX_FILES))
        assert product.dynamodb.calls["transact_write_items"] == 1
        assert product.remaining == 50 - MAX_FILES

    def test_without_credits_for_all_nobody_gets_any(self, product: Product) -> None:
        product.credits.reserve("most", amount=8)
        with pytest.raises(QuotaExceeded) as refused:
            product.uploads.create(USER, files(3))
        assert refused.value.details["remaining"] == 2
        assert product.images.page(USER, status=None, before=None, limit=10) == ([], None)
        assert product.remaining == 2

    @pytest.mark.parametrize("type_", ["image/svg+xml", "application/pdf", "text/html", "IMAGE/JPEG", ""])
    def test_other_types_are_refused_with_the_list_of_what_is_accepted(
        self, product: Product, type_: str
    ) -> None:
        with pytest.raises(UnsupportedMediaType) as refused:
            product.uploads.create(USER, [*files(1), *files(1, content_type=type_)])
        assert refused.value.details["field"] == "files.1.contentType"
        assert refused.value.details["accepted"] == sorted(ACCEPTED)
        assert product.remaining == 10

    def test_files_up_to_the_limit(self, product: Product) -> None:
        product.uploads.create(USER, files(1, size=MAX_BYTES))
        with pytest.raises(PayloadTooLarge) as refused:
            product.uploads.create(USER, files(1, size=MAX_BYTES + 1))
        assert refused.value.details["limit"] == 25 * 2**20

    def test_a_form_that_cannot_be_made_costs_nothing(self, product: Product) -> None:
        product.s3.inject(Fault("generate_presigned_post", denied(), skip=1))
        with pytest.raises(Exception, match="AccessDenied"):
            product.uploads.create(USER, files(3))
        images, _ = product.images.page(USER, status=None, before=None, limit=10)
        assert [image.status for image in images] == [Status.CANCELLED] * 3
        assert [image.work for image in images] == [None] * 3
        assert product.remaining == 10

    def test_credits_of_a_request_that_died_come_back_with_the_sweep(self, product: Product) -> None:
        product.dynamodb.inject(Fault("transact_write_items", timeout(), after=True))
        with pytest.raises(ReadTimeoutError):
            product.uploads.create(USER, files(3))
        assert product.remaining == 7
        product.clock.forward(timedelta(minutes=20))
        assert product.sweep.run() == {"cancelled": 3}
        assert product.remaining == 10


class TestForm:
    @pytest.mark.parametrize(
        "changes",
        [
            {"name": ""},
            {"name": "a" * 256},
            {"name": "a/b.jpg"},
            {"name": "a\\b.jpg"},
            {"name": "a\nb.jpg"},
            {"name": "a\ud800.jpg"},
            {"size": 0},
            {"size": -1},
            {"size": 1.5},
            {"size": "100"},
            {"size": True},
            {"contentType": "x" * 101},
            {"contentType": None},
            {"extra": 1},
        ],
    )
    def test_a_file_of_another_form_is_refused(self, changes: dict[str, Any]) -> None:
        file = {"name": "a.jpg", "contentType": "image/jpeg", "size": 1}
        UploadRequest.model_validate({"files": [file]})
        with pytest.raises(ValidationError):
            UploadRequest.model_validate({"files": [file | changes]})

    @pytest.mark.parametrize("count", [0, MAX_FILES + 1])
    def test_one_to_twenty_five_files(self, count: int) -> None:
        file = {"name": "a.jpg", "contentType": "image/jpeg", "size": 1}
        with pytest.raises(ValidationError):
            UploadRequest.model_validate({"files": [file] * count})


class TestCancel:
    def test_a_pending_upload(self, product: Product) -> None:
        image = product.upload()
        assert product.uploads.cancel(USER, image).status is Status.CANCELLED
        record = product.record(image)
        assert (record.status, record.work) == (Status.CANCELLED, None)
        assert product.s3.objects == {}
        assert product.remaining == 10

    def test_what_its_form_left_after_all_is_discarded_once_the_form_is_over(self, product: Product) -> None:
        image = product.upload()
        product.s3.inject(Fault("delete_object", timeout()))
        with pytest.raises(ReadTimeoutError):
            product.uploads.cancel(USER, image)
        product.clock.forward(UPLOAD_WINDOW)
        assert product.sweep.run() == {}
        product.clock.forward(UPLOAD_GRACE)
        assert product.sweep.run() == {"discarded": 1}
        assert product.s3.objects == {}
        record = product.record(image)
        assert (record.status, record.due_at, product.remaining) == (Status.CANCELLED, None, 10)
        assert product.sweep.run() == {}

    def test_twice_gives_back_once(self, product: Product) -> None:
        image = product.upload()
        first = product.uploads.cancel(USER, image)
        assert product.uploads.cancel(USER, image) == first
        assert product.remaining == 10

    def test_a_repeat_removes_the_object_that_the_first_call_could_not(self, product: Product) -> None:
        image = product.upload()
        product.s3.inject(Fault("delete_object", timeout()))
        with pytest.raises(ReadTimeoutError):
            product.uploads.cancel(USER, image)
        assert product.uploads.cancel(USER, image).status is Status.CANCELLED
        assert product.s3.objects == {}

    @pytest.mark.parametrize("kind", ["rate_limited", "transient"])
    def test_while_it_waits_for_another_attempt(self, product: Product, kind: str) -> None:
        image = product.upload()
        product.settlement.fail({**product.claim(image), **failure(kind, "LATER", "Later.")})
        product.uploads.cancel(USER, image)
        assert (product.status(image), product.remaining) == (Status.CANCELLED, 10)

    def test_not_while_it_is_processed(self, product: Product) -> None:
        image = product.upload()
        product.claim(image)
        with pytest.raises(AlreadyProcessing):
            product.uploads.cancel(USER, image)
        assert (product.status(image), product.remaining) == (Status.PROCESSING, 9)

    def test_not_when_a_worker_takes_it_at_this_moment(
        self, product: Product, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        image = product.upload()
        stale = product.record(image)
        product.claim(image)
        monkeypatch.setattr(product.images, "get", lambda *_: stale)
        with pytest.raises(AlreadyProcessing):
            product.uploads.cancel(USER, image)
        monkeypatch.undo()
        assert (product.status(image), product.remaining) == (Status.PROCESSING, 9)
        assert (ORIGINALS, f"{USER}/{image}") in product.s3.objects

    def test_not_when_it_is_done(self, product: Product) -> None:
        image = product.complete()
        with pytest.raises(Conflict) as refused:
            product.uploads.cancel(USER, image)
        assert refused.value.details == {"status": "complete"}
        assert product.remaining == 9

    def test_not_when_it_failed(self, product: Product) -> None:
        image = product.upload()
        product.settlement.fail({**product.claim(image), **failure("permanent", "NO", "No.")})
        with pytest.raises(Conflict):
            product.uploads.cancel(USER, image)
        assert (product.status(image), product.remaining) == (Status.FAILED, 10)

    @pytest.mark.parametrize("waits", ["pending", "retrying"])
    def test_also_where_its_text_was_edited_before(self, product: Product, waits: str) -> None:
        image = product.upload()
        product.library.edit(USER, image, MetadataEdit(version=0, title="Mine"))
        if waits == "retrying":
            product.settlement.fail({**product.claim(image), **failure("transient", "LATER", "Later.")})
        assert product.uploads.cancel(USER, image).status is Status.CANCELLED
        assert (product.status(image), product.remaining) == (Status.CANCELLED, 10)
        assert product.s3.objects == {}

    def test_not_when_it_is_described_anew(self, product: Product) -> None:
        image = product.complete()
        work = Work("again", kind="regenerate")
        product.put(replace(product.record(image), status=Status.QUEUED, work=work))
        with pytest.raises(Conflict) as refused:
            product.uploads.cancel(USER, image)
        assert refused.value.details == {"status": "queued"}
        assert (ORIGINALS, f"{USER}/{image}") in product.s3.objects

    def test_what_is_cancelled_is_not_searched_even_where_it_is_edited(self, product: Product) -> None:
        image = product.upload()
        product.uploads.cancel(USER, image)
        product.library.edit(USER, image, MetadataEdit(version=0, title="Mine"))
        assert product.vector(image) is None

    def test_when_the_hold_expired_before(self, product: Product) -> None:
        image = product.upload()
        product.put(replace(product.record(image), due_at=epoch(product.clock() + timedelta(days=9))))
        product.clock.forward(timedelta(hours=24, seconds=1))
        product.sweep.run()
        product.uploads.cancel(USER, image)
        assert (product.status(image), product.remaining) == (Status.CANCELLED, 10)

    def test_only_ones_own(self, product: Product) -> None:
        image = product.upload()
        for user, upload in [("eve", image), (USER, new_id()), (USER, "no id"), (USER, "")]:
            with pytest.raises(UploadNotFound):
                product.uploads.cancel(user, upload)
        assert product.status(image) is Status.PENDING
