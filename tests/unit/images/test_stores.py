"""The adapters: what the table and the buckets say, translated once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from gloss.dynamodb import ConditionFailed
from gloss.ids import new_id
from gloss.images.model import LEASE, Retention, Status, copy_key, epoch
from gloss.images.objects import ObjectsLeft
from gloss.images.store import Changes, ImageStore
from gloss.images.views import MetadataEdit
from tests.fakes.dynamodb import Fault, client_error, denied, throttled, timeout
from tests.fakes.product import DERIVED, ORIGINALS, USER, Product

Call = Callable[[Product], object]


class TestClaim:
    def test_one_of_many_gets_it(self, product: Product) -> None:
        image = product.upload()
        now = product.clock()
        claims = [product.images.claim(USER, image, lease=f"lease-{number}", now=now) for number in range(3)]
        assert [claim and claim.lease for claim in claims] == ["lease-0", None, None]
        record = product.record(image)
        assert (record.status, record.attempt, record.due_at) == (Status.PROCESSING, 1, epoch(now + LEASE))

    def test_what_waits_for_the_sweep_is_not_taken(self, product: Product) -> None:
        image = product.upload()
        product.images.claim(USER, image, lease="dead", now=product.clock())
        product.clock.forward(LEASE)
        assert product.images.claim(USER, image, lease="next", now=product.clock()) is None
        product.take_up(image, lease="next")
        taken = product.record(image)
        assert (taken.lease, taken.attempt) == ("next", 2)

    def test_what_has_ended_is_not_taken(self, product: Product) -> None:
        done, cancelled = product.complete(), product.upload()
        product.uploads.cancel(USER, cancelled)
        for image in (done, cancelled, new_id()):
            assert product.images.claim(USER, image, lease="x", now=product.clock()) is None
        assert product.images.get(USER, "none") is None

    @pytest.mark.parametrize("error", [denied(), throttled()])
    def test_other_errors_are_no_answer(self, product: Product, error: ClientError) -> None:
        product.dynamodb.inject(Fault("update_item", error))
        with pytest.raises(ClientError):
            product.claim(product.upload())


class TestDue:
    def test_the_longest_overdue_come_first_up_to_the_limit(self, product: Product) -> None:
        for _ in range(10):
            product.upload()
            product.clock.forward(timedelta(seconds=1))
        until = epoch(product.clock() + timedelta(days=1))
        found = [entry for shard in map(str, range(8)) for entry in product.images.due.of(shard, until, 100)]
        assert len(found) == 10
        for shard in map(str, range(8)):
            times = [product.record(image).due_at for _, image in product.images.due.of(shard, until, 100)]
            assert times == sorted(times, key=lambda time: time or 0)
            assert product.images.due.of(shard, until, 1) == product.images.due.of(shard, until, 100)[:1]


class TestChanges:
    def test_a_settled_status_takes_the_record_out_of_the_index(self, product: Product) -> None:
        changes = Changes.to_status(Status.FAILED, "i", product.clock(), removes=("lease",))
        text, names, values = changes.expression()
        assert text.endswith("REMOVE #lease, #due_at, #due_shard")
        assert values[":status_image"] == "failed#i"
        assert set(names.values()) >= {"status", "lease", "due_at", "due_shard"}

    def test_nothing_to_remove(self) -> None:
        assert Changes({"size": 1}).expression() == ("SET #size = :size", {"#size": "size"}, {":size": 1})


class TestRetention:
    def test_old_versions_expire_once_enough_newer_ones_exist(self, product: Product) -> None:
        images = ImageStore(product.dynamodb.client, "ImagesTable", Retention(2, 90))
        product.images._retention = images._retention
        image = product.complete()
        for version in (1, 2, 3):
            product.library.edit(USER, image, MetadataEdit(version=version, title=str(version)))
        items = product.dynamodb.scan(TableName="ImagesTable")["Items"]
        expiring = {item["number"]["N"] for item in items if "expires_at" in item}
        assert expiring == {"1", "2"}
        (first,) = [item for item in items if item.get("number") == {"N": "1"}]
        assert int(first["expires_at"]["N"]) == epoch(product.clock() + timedelta(days=90))

    def expiring(self, product: Product) -> set[str]:
        items = product.dynamodb.scan(TableName="ImagesTable")["Items"]
        return {item["number"]["N"] for item in items if "expires_at" in item}

    def edited(self, product: Product, image: str, times: int) -> None:
        for _ in range(times):
            version = product.record(image).version
            product.library.edit(USER, image, MetadataEdit(version=version, title=str(version)))

    def test_where_fewer_are_kept_than_before_all_older_ones_expire(self, product: Product) -> None:
        image = product.complete()
        self.edited(product, image, 5)
        assert self.expiring(product) == set()
        product.images._retention = Retention(2, 90)
        self.edited(product, image, 1)
        assert self.expiring(product) == {"1", "2", "3", "4", "5"}

    @pytest.mark.parametrize("broken_off_after", range(1, 5))
    def test_what_a_crash_left_is_made_up_for_by_the_next_version(
        self, product: Product, broken_off_after: int
    ) -> None:
        image = product.complete()
        self.edited(product, image, 5)
        product.images._retention = Retention(2, 90)
        product.dynamodb.inject(Fault("update_item", denied(), skip=broken_off_after))
        with pytest.raises(ClientError):
            product.images.retire_version(USER, image, 7)
        assert self.expiring(product) == {str(number) for number in range(1, broken_off_after + 1)}
        self.edited(product, image, 2)
        assert self.expiring(product) == {"1", "2", "3", "4", "5", "6"}

    def test_where_nothing_was_missed_one_look_and_one_write_do(self, product: Product) -> None:
        image = product.complete()
        product.images._retention = Retention(2, 90)
        self.edited(product, image, 5)
        before = product.dynamodb.calls.copy()
        product.images.retire_version(USER, image, 7)
        assert product.dynamodb.calls - before == {"query": 1, "update_item": 1}

    def test_a_version_that_is_gone_cannot_expire(self, product: Product) -> None:
        product.images.retire_version(USER, new_id(), 50)
        assert product.dynamodb.scan(TableName="ImagesTable")["Items"] == []


class TestVersions:
    def test_one_of_them(self, product: Product) -> None:
        image = product.complete()
        found = product.images.version(USER, image, 1)
        assert found is not None
        assert found.number == 1
        assert product.images.version(USER, image, 2) is None

    def test_deletes_that_were_not_done_are_repeated(
        self, product: Product, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        image = product.complete()
        write = product.dynamodb.batch_write_item
        refusals = [True]

        def partly(**request: dict[str, list[object]]) -> dict[str, object]:
            if refusals:
                refusals.pop()
                return {"UnprocessedItems": request["RequestItems"]}
            return write(**request)

        monkeypatch.setattr(product.dynamodb, "batch_write_item", partly)
        product.images.remove_versions(USER, image)
        assert list(product.images.versions(USER, image)) == []

    def test_creating_twice_is_refused(self, product: Product) -> None:
        image = product.upload()
        with pytest.raises(ConditionFailed):
            product.images.apply(product.images.create(product.record(image)))


class TestObjects:
    def test_absent_is_an_answer(self, product: Product) -> None:
        assert product.objects.original(USER, "i") is None
        assert product.objects.has_original(USER, "i") is False

    @pytest.mark.parametrize("code", ["404", "NoSuchKey", "NotFound"])
    def test_whatever_the_service_calls_it(self, product: Product, code: str) -> None:
        product.s3.inject(Fault("get_object", client_error(code)), Fault("head_object", client_error(code)))
        assert product.objects.original(USER, "i") is None
        assert product.objects.has_original(USER, "i") is False

    @pytest.mark.parametrize("error", [denied(), client_error("503"), timeout()])
    @pytest.mark.parametrize(
        "call", [lambda it: it.objects.original(USER, "i"), lambda it: it.objects.has_original(USER, "i")]
    )
    def test_forbidden_or_silent_is_not_absent(self, product: Product, error: Exception, call: Call) -> None:
        product.s3.inject(Fault("*", error))
        with pytest.raises((ClientError, ReadTimeoutError)):
            call(product)

    def test_present(self, product: Product) -> None:
        product.s3.objects[ORIGINALS, f"{USER}/i"] = b"pixels"
        assert product.objects.original(USER, "i") == b"pixels"
        assert product.objects.has_original(USER, "i") is True

    def test_deleting_takes_everything(self, product: Product) -> None:
        product.s3.objects[ORIGINALS, f"{USER}/i"] = b"pixels"
        product.objects.put_derived(USER, "i", thumbnail=b"t", preview=b"p")
        assert product.s3.objects[DERIVED, f"{USER}/i/preview.jpg"] == b"p"
        assert product.s3.headers[DERIVED, f"{USER}/i/thumbnail.jpg"]["CacheControl"].startswith("private")
        for version in (1, 3, 1200):
            product.objects.put_copy(copy_key(USER, "i", version), b"copy", "image/jpeg")
        product.objects.put_copy(copy_key(USER, "ii", 1), b"another's", "image/jpeg")
        for _ in range(2):
            product.objects.delete_all(USER, "i", versions=1200)
        assert list(product.s3.objects) == [(DERIVED, copy_key(USER, "ii", 1))]

    def test_what_the_service_could_not_delete_is_said(
        self, product: Product, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refusal = {"Errors": [{"Key": "k", "Code": "InternalError"}]}
        monkeypatch.setattr(product.s3, "delete_objects", lambda **_: refusal)
        with pytest.raises(ObjectsLeft) as left:
            product.objects.delete_all(USER, "i", versions=1)
        assert left.value.details == {"count": 1, "first": "InternalError"}
