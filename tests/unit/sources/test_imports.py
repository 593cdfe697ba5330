"""Imports on in-memory services: what is reserved, fetched, skipped, given back, and found by the sweep."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from gloss.errors import (
    AddressRefused,
    ImportNotFound,
    QuotaExceeded,
    SourceUnavailable,
)
from gloss.ids import new_id
from gloss.images.model import Status
from gloss.settings.model import Terms
from gloss.sources.fetching import Fetching
from gloss.sources.guard import AddressGuard
from gloss.sources.imports import ASKED_PATIENCE, FETCH_LEASE, FETCH_PATIENCE, FETCH_RETRY, MAX_FETCHES
from gloss.sources.intake import Intake
from gloss.sources.memory import MemorySource
from gloss.sources.model import Fetched, SourceName
from gloss.sources.queue import Order, UnreadableOrder, order
from gloss.sources.service import Imports
from gloss.sources.store import ImportStore
from gloss.sources.views import ImportDetails, ImportRequest
from tests.fakes.dynamodb import Crash, Fault, denied
from tests.fakes.product import IMPORT_QUEUE, ORIGINALS, USER, Product

JPEG = b"\xff\xd8\xff pixels"
A, B = "https://a.example/a.jpg", "https://a.example/b%20c.png?size=1"


@dataclass
class Web(MemorySource):
    """Files by address; ``down`` while nothing answers, ``fault`` is what it says instead of a file."""

    name: SourceName = "url"
    down: bool = False
    fault: SourceUnavailable | None = None
    fetched: list[str] = field(default_factory=list)

    def fetch(self, external_id: str, limit: int) -> Fetched:
        self.fetched.append(external_id)
        if self.down:
            raise SourceUnavailable
        if self.fault:
            raise self.fault
        return super().fetch(external_id, limit)


class Bench:
    def __init__(self, product: Product) -> None:
        self.product = product
        self.web = Web({A: JPEG, B: JPEG + b"2"})
        self.store = ImportStore(product.dynamodb.client, "ImportsTable")
        self.byok = False
        intake = Intake(
            product.images, self.store, product.ledger, product.import_queue, self._terms, product.clock
        )
        self.imports = Imports(intake, AddressGuard(), product.settings.connection, product.clock)
        self.fetching = Fetching(
            product.images,
            product.objects,
            product.ledger,
            self.store,
            {"url": lambda _user: self.web},
            product.clock,
        )

    def _terms(self, _user: str) -> Terms:
        return Terms({"detail": "high"}, self.byok)

    def start(self, *urls: str) -> str:
        return self.imports.start(USER, ImportRequest(source="url", urls=list(urls))).id

    def show(self, import_id: str) -> ImportDetails:
        return self.imports.show(USER, import_id, after=None)

    def images(self, import_id: str) -> list[str]:
        return [file.image_id for file in self.show(import_id).files if file.image_id]

    def orders(self) -> list[Order]:
        sent = [message for message in self.product.sqs.messages if message["QueueUrl"] == IMPORT_QUEUE]
        return [order(message["MessageBody"]) for message in sent]


@pytest.fixture
def bench(product: Product) -> Bench:
    return Bench(product)


@pytest.fixture
def product() -> Product:
    return Product()


class TestStart:
    def test_a_record_a_credit_and_an_order_for_each_address(self, bench: Bench, product: Product) -> None:
        found = bench.start(A, B, A)
        first, second = bench.images(found)
        assert product.remaining == 8
        assert bench.orders() == [Order(USER, first), Order(USER, second)]
        record = product.record(second)
        assert (record.status, record.file_name, record.content_type) == (
            Status.PENDING,
            "b c.png",
            "image/png",
        )
        assert record.source == {"provider": "url", "external_id": B, "import": found}
        assert record.work
        assert record.work.request == {"detail": "high"}
        assert [file.outcome for file in bench.show(found).files] == ["waiting"] * 2

    def test_all_or_nothing(self, bench: Bench, product: Product) -> None:
        with pytest.raises(QuotaExceeded):
            bench.start(*(f"https://a.example/{number}.jpg" for number in range(11)))
        assert product.remaining == 10
        assert bench.imports.recent(USER).imports == []

    def test_an_own_key_takes_no_credit(self, bench: Bench, product: Product) -> None:
        bench.byok = True
        bench.start(A)
        assert product.remaining == 10

    def test_an_address_of_another_form_is_named(self, bench: Bench) -> None:
        with pytest.raises(AddressRefused) as refused:
            bench.start(A, "http://a.example/")
        assert refused.value.details["field"] == "urls.1"

    def test_orders_that_cannot_be_sent_are_left_to_the_sweep(self, bench: Bench, product: Product) -> None:
        product.sqs.inject(Fault("send_message", denied()))
        (image,) = bench.images(bench.start(A))
        assert bench.orders() == []
        product.clock.forward(FETCH_PATIENCE)
        assert product.sweep.run() == {"fetched again": 1}
        assert bench.orders() == [Order(USER, image)]


class TestFetch:
    def test_the_file_lies_where_an_upload_would(self, bench: Bench, product: Product) -> None:
        (image,) = bench.images(bench.start(A))
        assert bench.fetching.take(USER, image) == "fetched"
        assert product.s3.objects[ORIGINALS, f"{USER}/{image}"] == JPEG
        record = product.record(image)
        assert (record.status, record.size, record.content_type) == (
            Status.PENDING,
            len(JPEG),
            "image/jpeg",
        )
        assert product.claim(image)["record"]["attempt"] == 1

    def test_one_order_twice_fetches_once(self, bench: Bench, product: Product) -> None:
        (image,) = bench.images(bench.start(A))
        assert [bench.fetching.take(USER, image) for _ in range(2)] == ["fetched", "superseded"]
        assert bench.web.fetched == [A]

    @pytest.mark.parametrize("data", [b"", b"<html>", b"\xff\xd8\xff" + bytes(25 * 2**20)])
    def test_a_file_that_is_none_of_ours_fails_with_its_reason(
        self, bench: Bench, product: Product, data: bytes
    ) -> None:
        bench.web.files = {A: data}
        found = bench.start(A)
        assert bench.fetching.take(USER, *bench.images(found)) == "failed"
        (file,) = bench.show(found).files
        assert (file.outcome, file.status) == ("failed", Status.FAILED)
        assert file.reason in {"EMPTY_FILE", "UNSUPPORTED_FORMAT", "FILE_TOO_LARGE"}
        assert product.remaining == 10
        assert product.s3.objects == {}

    def test_an_unchanged_file_is_skipped_and_costs_nothing(self, bench: Bench, product: Product) -> None:
        bench.fetching.take(USER, *bench.images(bench.start(A)))
        again = bench.start(A)
        assert bench.fetching.take(USER, *bench.images(again)) == "cancelled"
        (file,) = bench.show(again).files
        assert (file.outcome, file.reason) == ("skipped", "ALREADY_IMPORTED")
        assert product.remaining == 9

    def test_a_changed_file_is_imported_again(self, bench: Bench, product: Product) -> None:
        bench.fetching.take(USER, *bench.images(bench.start(A)))
        bench.web.files = {A: JPEG + b"new"}
        assert bench.fetching.take(USER, *bench.images(bench.start(A))) == "fetched"
        assert product.remaining == 8

    def test_a_file_whose_image_is_gone_is_imported_again(self, bench: Bench, product: Product) -> None:
        (image,) = bench.images(bench.start(A))
        bench.fetching.take(USER, image)
        product.library.delete(USER, image)
        assert bench.fetching.take(USER, *bench.images(bench.start(A))) == "fetched"

    def test_what_was_called_off_is_not_fetched(self, bench: Bench, product: Product) -> None:
        (image,) = bench.images(bench.start(A))
        product.uploads.cancel(USER, image)
        assert bench.fetching.take(USER, image) == "superseded"
        assert bench.fetching.take(USER, new_id()) == "superseded"
        assert bench.fetching.take(USER, product.upload(sent=False)) == "superseded"
        assert bench.web.fetched == []

    def test_called_off_while_it_is_read(self, bench: Bench, product: Product) -> None:
        (image,) = bench.images(bench.start(A))
        read = bench.web.fetch

        def slow(external_id: str, limit: int) -> Fetched:
            product.uploads.cancel(USER, image)
            return read(external_id, limit)

        bench.web.fetch = slow  # type: ignore[method-assign]
        assert bench.fetching.take(USER, image) == "superseded"
        assert product.s3.objects == {}
        assert product.remaining == 10


class TestRetries:
    def test_a_source_that_does_not_answer_is_asked_three_times(self, bench: Bench, product: Product) -> None:
        bench.web.down = True
        found = bench.start(A)
        (image,) = bench.images(found)
        done = [bench.fetching.take(USER, image)]
        while len(done) < MAX_FETCHES:
            assert bench.fetching.take(USER, image) == "superseded"
            product.clock.forward(FETCH_RETRY)
            assert product.sweep.run() == {"fetched again": 1}
            done.append(bench.fetching.take(USER, image))
        assert done == ["put off", "put off", "failed"]
        assert bench.web.fetched == [A] * MAX_FETCHES
        assert bench.show(found).files[0].reason == "SOURCE_UNAVAILABLE"
        assert product.remaining == 10

    def test_a_source_that_asks_for_patience_has_it_and_uses_no_try(
        self, bench: Bench, product: Product
    ) -> None:
        bench.web.fault = SourceUnavailable("Later.", retry_after=1800)
        (image,) = bench.images(bench.start(A))
        for _ in range(2 * MAX_FETCHES):
            assert bench.fetching.take(USER, image) == "put off"
            product.clock.forward(timedelta(seconds=1790))
            assert product.sweep.run() == {}
            product.clock.forward(timedelta(seconds=10))
            assert product.sweep.run() == {"fetched again": 1}
        bench.web.fault = None
        assert bench.fetching.take(USER, image) == "fetched"

    def test_patience_has_an_end(self, bench: Bench, product: Product) -> None:
        bench.web.fault = SourceUnavailable("Later.", retry_after=10)
        (image,) = bench.images(bench.start(A))
        product.clock.forward(ASKED_PATIENCE + timedelta(seconds=1))
        done = []
        for _ in range(MAX_FETCHES):
            product.sweep.run()
            done.append(bench.fetching.take(USER, image))
            product.clock.forward(FETCH_RETRY)
        assert done == ["put off", "put off", "failed"]

    def test_a_source_that_comes_back_costs_no_attempt_of_the_pipeline(
        self, bench: Bench, product: Product
    ) -> None:
        bench.web.down = True
        (image,) = bench.images(bench.start(A))
        bench.fetching.take(USER, image)
        bench.web.down = False
        product.clock.forward(FETCH_RETRY)
        product.sweep.run()
        assert bench.fetching.take(USER, image) == "fetched"
        assert product.claim(image)["record"]["attempt"] == 1

    def test_a_worker_that_dies_every_time_gives_the_credit_back(
        self, bench: Bench, product: Product
    ) -> None:
        (image,) = bench.images(bench.start(A))
        for _ in range(MAX_FETCHES):
            product.s3.inject(Fault("put_object", Crash()))
            with pytest.raises(Crash):
                bench.fetching.take(USER, image)
            product.clock.forward(FETCH_LEASE)
            done = product.sweep.run()
        assert done == {"failed": 1}
        assert product.record(image).failure.code == "FETCH_BROKE_OFF"  # type: ignore[union-attr]
        assert product.remaining == 10

    @pytest.mark.parametrize("calls", range(1, 8))
    def test_death_behind_any_call_ends_well(self, bench: Bench, product: Product, calls: int) -> None:
        (image,) = bench.images(bench.start(A))
        product.dynamodb.crash_after(calls)
        try:
            bench.fetching.take(USER, image)
        except Crash:
            product.clock.forward(FETCH_LEASE if product.record(image).lease else FETCH_PATIENCE)
            product.sweep.run()
            bench.fetching.take(USER, image)
        product.dynamodb.faults.clear()
        assert product.s3.objects[ORIGINALS, f"{USER}/{image}"] == JPEG
        assert product.remaining == 9

    def test_an_object_whose_announcement_got_lost_is_enqueued(self, bench: Bench, product: Product) -> None:
        (image,) = bench.images(bench.start(A))
        bench.fetching.take(USER, image)
        product.clock.forward(FETCH_LEASE)
        assert product.sweep.run() == {"queued": 1}
        assert product.status(image) is Status.QUEUED


class TestShow:
    def test_newest_first(self, bench: Bench) -> None:
        made = [bench.start(A), bench.start(B)]
        assert [one.id for one in bench.imports.recent(USER).imports] == made[::-1]

    def test_an_image_that_was_deleted(self, bench: Bench, product: Product) -> None:
        found = bench.start(A)
        product.library.delete(USER, *bench.images(found))
        assert bench.show(found).files[0].outcome == "removed"

    def test_an_image_that_is_described(self, bench: Bench, product: Product) -> None:
        found = bench.start(A)
        (image,) = bench.images(found)
        product.put(replace(product.record(image), status=Status.COMPLETE))
        file = bench.show(found).files[0]
        assert (file.outcome, file.status) == ("imported", Status.COMPLETE)

    @pytest.mark.parametrize("import_id", ["x", "", "019bc1f7-5a00-7000-8000-000000000001"])
    def test_none_of_ones_own(self, bench: Bench, import_id: str) -> None:
        with pytest.raises(ImportNotFound):
            bench.show(import_id)
        with pytest.raises(ImportNotFound):
            bench.imports.show("eve", bench.start(A), after=None)


@pytest.mark.parametrize(
    "body",
    ["?", "[]", "{}", '{"user": "a"}', '{"user": "", "image": "x"}', "null", '{"user": "a", "import": "x"}'],
)
def test_a_message_of_another_form(body: str) -> None:
    with pytest.raises(UnreadableOrder):
        order(body)


def test_time_between_tries() -> None:
    limits: Mapping[str, timedelta] = {"lease": FETCH_LEASE, "retry": FETCH_RETRY, "patience": FETCH_PATIENCE}
    assert limits["lease"] < limits["retry"] < limits["patience"]
