"""Folders on in-memory services: page by page, each file once, whatever dies or is asked for again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from gloss.errors import (
    ImportNotFound,
    InvalidCursor,
    SourceDisconnected,
    SourceRefused,
    SourceUnavailable,
)
from gloss.ids import new_id
from gloss.settings.model import Connection, Terms
from gloss.sources.fetching import Fetching, Sources
from gloss.sources.guard import AddressGuard
from gloss.sources.imports import BATCH, FETCH_PATIENCE, FETCH_RETRY, MAX_FETCHES
from gloss.sources.intake import Intake
from gloss.sources.listing import Listing
from gloss.sources.memory import MemorySource
from gloss.sources.model import MAX_FILE_BYTES, Entry, Folder, Page
from gloss.sources.queue import Order, order
from gloss.sources.service import Imports
from gloss.sources.store import ImportStore
from gloss.sources.sweep import ImportSweep
from gloss.sources.views import ImportedFile, ImportRequest, ImportView
from tests.fakes.dynamodb import Crash, Fault, denied
from tests.fakes.product import IMPORT_QUEUE, USER, Product

JPEG = b"\xff\xd8\xff pixels "


@dataclass
class Box(MemorySource):
    """``fault`` is what every listing meets, ``only`` all that it finds."""

    fault: Exception | None = None
    only: Sequence[Entry] = ()
    asked: list[str | None] = field(default_factory=list)

    def page(self, folder: Folder, cursor: str | None) -> Page:
        self.asked.append(cursor)
        if self.fault:
            raise self.fault
        return Page(self.only) if self.only else super().page(folder, cursor)


def files(count: int, *, start: int = 0) -> dict[str, bytes]:
    return {f"/in/{number:03}.jpg": JPEG + str(number).encode() for number in range(start, start + count)}


class Bench:
    def __init__(self, product: Product) -> None:
        self.product = product
        self.box = Box(files(5))
        self.store = ImportStore(product.dynamodb.client, "ImportsTable")
        self.intake = Intake(
            product.images,
            self.store,
            product.ledger,
            product.import_queue,
            lambda _user: Terms({}),
            product.clock,
        )
        self.imports = Imports(self.intake, AddressGuard(), product.settings.connection, product.clock)
        sources: Sources = {"dropbox": lambda _user: self.box}
        self.listing = Listing(
            product.images, self.store, self.intake, product.import_queue, sources, product.clock
        )
        self.fetching = Fetching(
            product.images, product.objects, product.ledger, self.store, sources, product.clock
        )
        self.sweep = ImportSweep(self.store, product.import_queue, product.clock)
        self.done = 0
        connection = Connection("dropbox", b"sealed", "Ann Example", "2026-11-20T12:00:00Z")
        product.settings.save_connection(USER, connection)

    def start(self, path: str = "/in", *, recursive: bool = True) -> str:
        asked = ImportRequest(source="dropbox", path=path, recursive=recursive)
        return self.imports.start(USER, asked).id

    def orders(self) -> list[Order]:
        """Those that were sent since one last looked."""
        sent = [message for message in self.product.sqs.messages if message["QueueUrl"] == IMPORT_QUEUE]
        new = [order(message["MessageBody"]) for message in sent[self.done :]]
        self.done = len(sent)
        return new

    def work(self) -> list[str]:
        """What became of each page, all orders carried out until none is left."""
        pages = []
        while orders := self.orders():
            for one in orders:
                if one.import_id:
                    pages.append(self.listing.turn_page(one.user, one.import_id))
                else:
                    self.fetching.take(one.user, one.image)
        return pages

    def view(self, import_id: str) -> ImportView:
        return ImportView.model_validate(
            self.imports.show(USER, import_id, after=None).model_dump(exclude={"files", "next"})
        )

    def files(self, import_id: str) -> list[ImportedFile]:
        found: list[ImportedFile] = []
        after = None
        while True:
            part = self.imports.show(USER, import_id, after=after)
            found += part.files
            if (after := part.next) is None:
                return found

    def outcomes(self, import_id: str) -> dict[str, str]:
        return {file.name: file.reason or file.outcome for file in self.files(import_id)}


@pytest.fixture
def product() -> Product:
    return Product()


@pytest.fixture
def bench(product: Product) -> Bench:
    return Bench(product)


class TestStart:
    def test_nothing_is_listed_while_the_user_waits(self, bench: Bench, product: Product) -> None:
        found = bench.start()
        assert bench.orders() == [Order(USER, import_id=found)]
        assert bench.box.asked == []
        assert product.remaining == 10
        view = bench.view(found)
        assert (view.status, view.path, view.recursive, view.images) == ("listing", "/in", True, 0)

    def test_a_source_that_is_not_connected(self, bench: Bench, product: Product) -> None:
        product.settings.remove_connection(USER, "dropbox")
        with pytest.raises(SourceDisconnected):
            bench.start()

    def test_a_source_that_refuses_its_connection(self, bench: Bench, product: Product) -> None:
        connection = product.settings.connection(USER, "dropbox")
        assert connection
        product.settings.mark_disconnected(USER, connection)
        with pytest.raises(SourceDisconnected):
            bench.start()
        assert bench.imports.recent(USER).imports == []

    def test_an_order_that_cannot_be_sent_is_left_to_the_sweep(self, bench: Bench, product: Product) -> None:
        product.sqs.inject(Fault("send_message", denied()))
        found = bench.start()
        assert bench.orders() == []
        product.clock.forward(FETCH_PATIENCE)
        assert bench.sweep.run() == {"import listed again": 1}
        assert bench.orders() == [Order(USER, import_id=found)]


class TestPages:
    def test_page_by_page_each_file_becomes_an_image(self, bench: Bench, product: Product) -> None:
        found = bench.start()
        assert bench.work() == ["listing", "listing", "listed"]
        assert bench.box.asked == [None, "2", "4"]
        view = bench.view(found)
        assert (view.status, view.images, view.skipped) == ("listed", 5, 0)
        assert product.remaining == 5
        names = [file.path for file in bench.files(found)]
        assert names == sorted(bench.box.files)
        record = product.record(str(bench.files(found)[0].image_id))
        assert record.source == {
            "provider": "dropbox",
            "external_id": "/in/000.jpg",
            "path": "/in/000.jpg",
            "import": found,
            "tries": 1,
        }

    def test_what_is_no_image_is_passed_over(self, bench: Bench, product: Product) -> None:
        bench.box.files = {"/in/notes.txt": b"x", "/in/b.png": JPEG}
        found = bench.start()
        assert bench.work() == ["listed"]
        assert list(bench.outcomes(found)) == ["b.png"]
        assert product.remaining == 9

    def test_only_new_and_changed_files_are_imported_again(self, bench: Bench, product: Product) -> None:
        bench.start()
        bench.work()
        bench.box.files = {**bench.box.files, "/in/001.jpg": JPEG + b"changed", "/in/new.jpg": JPEG + b"n"}
        again = bench.start()
        bench.work()
        assert bench.outcomes(again) == {
            **dict.fromkeys(("000.jpg", "002.jpg", "003.jpg", "004.jpg"), "ALREADY_IMPORTED"),
            "001.jpg": "waiting",
            "new.jpg": "waiting",
        }
        view = bench.view(again)
        assert (view.images, view.skipped) == (2, 4)
        assert product.remaining == 3

    def test_a_file_whose_image_is_gone_is_imported_again(self, bench: Bench, product: Product) -> None:
        first = bench.start()
        bench.work()
        product.library.delete(USER, str(bench.files(first)[0].image_id))
        again = bench.start()
        bench.work()
        assert bench.view(again).images == 1

    def test_a_file_over_the_limit_is_reported(self, bench: Bench, product: Product) -> None:
        big = Entry("id", "big.jpg", MAX_FILE_BYTES + 1, "f", "/in/big.jpg")
        bench.box.only = [big]
        found = bench.start()
        assert bench.work() == ["listed"]
        assert bench.outcomes(found) == {"big.jpg": "FILE_TOO_LARGE"}
        assert product.remaining == 10

    def test_a_file_that_is_named_twice_is_taken_once(self, bench: Bench, product: Product) -> None:
        entry = Entry("id", "a.jpg", 3, "f")
        bench.box.only = [entry, entry]
        found = bench.start()
        bench.work()
        assert bench.view(found).images == 1

    def test_large_imports_are_shown_in_parts(self, bench: Bench, product: Product) -> None:
        product.credits.grant("gift", 1_000)
        bench.box.files = files(7 * BATCH)
        bench.box.per_page = 3 * BATCH
        found = bench.start()
        assert bench.work() == ["listing", "listing", "listed"]
        assert len(bench.imports.show(USER, found, after=None).files) == 5 * BATCH
        assert [file.path for file in bench.files(found)] == sorted(bench.box.files)
        with pytest.raises(InvalidCursor):
            bench.imports.show(USER, found, after="x")
        with pytest.raises(ImportNotFound):
            bench.imports.show("eve", found, after=None)


class TestQuota:
    def test_without_credits_the_rest_is_reported_and_listing_ends(
        self, bench: Bench, product: Product
    ) -> None:
        bench.box.files = files(60)
        bench.box.per_page = 50
        found = bench.start()
        assert bench.work() == ["stopped"]
        view = bench.view(found)
        assert (view.status, view.reason, view.images, view.skipped) == ("stopped", "QUOTA_EXCEEDED", 10, 40)
        outcomes = list(bench.outcomes(found).values())
        assert outcomes == ["waiting"] * 10 + ["QUOTA_EXCEEDED"] * 40
        assert product.remaining == 0
        assert bench.box.asked == [None]

    def test_with_credits_a_later_import_goes_on(self, bench: Bench, product: Product) -> None:
        bench.box.files = files(12)
        bench.box.per_page = 12
        bench.start()
        bench.work()
        product.credits.grant("gift", 5)
        again = bench.start()
        bench.work()
        view = bench.view(again)
        assert (view.status, view.images, view.skipped) == ("listed", 2, 10)
        assert product.remaining == 3


class TestFaults:
    @pytest.mark.parametrize("refusal", [SourceRefused("No such folder."), SourceDisconnected()])
    def test_a_refusal_ends_the_listing_with_its_reason(
        self, bench: Bench, refusal: SourceRefused | SourceDisconnected
    ) -> None:
        bench.box.fault = refusal
        found = bench.start()
        assert bench.work() == ["stopped"]
        view = bench.view(found)
        assert (view.status, view.reason, view.message) == ("stopped", refusal.code, refusal.message)

    def test_a_source_that_does_not_answer_is_asked_three_times(self, bench: Bench, product: Product) -> None:
        bench.box.fault = SourceUnavailable()
        found = bench.start()
        done = bench.work()
        while len(done) < MAX_FETCHES:
            assert bench.sweep.run() == {}
            product.clock.forward(FETCH_RETRY)
            assert bench.sweep.run() == {"import listed again": 1}
            done += bench.work()
        assert done == ["put off", "put off", "stopped"]
        assert bench.view(found).reason == "SOURCE_UNAVAILABLE"
        product.clock.forward(FETCH_PATIENCE)
        assert bench.sweep.run() == {}

    def test_a_source_that_asks_for_patience_has_it_and_uses_no_try(
        self, bench: Bench, product: Product
    ) -> None:
        bench.box.fault = SourceUnavailable("Later.", retry_after=1800)
        found = bench.start()
        assert bench.work() == ["put off"]
        for _ in range(2 * MAX_FETCHES):
            product.clock.forward(timedelta(seconds=1790))
            assert bench.sweep.run() == {}
            product.clock.forward(timedelta(seconds=10))
            assert bench.sweep.run() == {"import listed again": 1}
            assert bench.work() == ["put off"]
        assert bench.view(found).status == "listing"

    def test_a_source_that_comes_back_has_all_its_tries_for_the_next_page(
        self, bench: Bench, product: Product
    ) -> None:
        found = bench.start()
        for _ in range(3):
            bench.box.fault = SourceUnavailable()
            bench.work()
            product.clock.forward(FETCH_RETRY)
            bench.box.fault = None
            bench.sweep.run()
            (one,) = [one for one in bench.orders() if one.import_id]
            bench.listing.turn_page(USER, one.import_id)
        assert bench.view(found).status == "listed"
        assert bench.view(found).images == 5

    def test_a_worker_that_always_dies_ends_the_listing(self, bench: Bench, product: Product) -> None:
        found = bench.start()
        for _ in range(MAX_FETCHES):
            product.clock.forward(FETCH_PATIENCE)
            done = bench.sweep.run()
        assert done == {"import stopped": 1}
        assert bench.view(found).reason == "LISTING_BROKE_OFF"

    def test_one_import_that_faults_does_not_keep_others_waiting(
        self, bench: Bench, product: Product
    ) -> None:
        bench.start()
        bench.start("/in", recursive=False)
        bench.orders()
        product.clock.forward(FETCH_PATIENCE)
        product.sqs.inject(Fault("send_message", denied()))
        assert bench.sweep.run() == {"import faulted": 1, "import listed again": 1}

    def test_orders_twice_and_for_nothing(self, bench: Bench, product: Product) -> None:
        found = bench.start()
        assert bench.listing.turn_page(USER, new_id()) == "superseded"
        assert [bench.listing.turn_page(USER, found) for _ in range(4)] == [
            "listing",
            "listing",
            "listed",
            "superseded",
        ]
        bench.work()
        assert bench.view(found).images == 5
        assert product.remaining == 5

    def test_of_two_workers_on_one_page_one_goes_on(self, bench: Bench, product: Product) -> None:
        found = bench.start()
        read = bench.box.page

        def overtaken(folder: Folder, cursor: str | None) -> Page:
            page = read(folder, cursor)
            bench.box.page = read  # type: ignore[method-assign]
            assert bench.listing.turn_page(USER, found) == "listing"
            return page

        bench.box.page = overtaken  # type: ignore[method-assign]
        assert bench.listing.turn_page(USER, found) == "superseded"
        bench.work()
        assert bench.view(found).images == 5
        assert product.remaining == 5

    def test_of_two_imports_of_one_folder_each_file_is_taken_by_one(
        self, bench: Bench, product: Product
    ) -> None:
        first, second = bench.start(), bench.start()
        told = bench.store.seen
        overtaken = False

        def seen(*what: object) -> object:
            nonlocal overtaken
            found = told(*what)  # type: ignore[arg-type]
            if not overtaken:
                overtaken = True
                bench.listing.turn_page(USER, second)
            return found

        bench.store.seen = seen  # type: ignore[method-assign, assignment]
        assert bench.listing.turn_page(USER, first) == "listing"
        bench.work()
        assert bench.view(first).images + bench.view(second).images == 5
        assert product.remaining == 5

    @pytest.mark.parametrize("calls", range(1, 14))
    def test_death_behind_any_call_ends_well(self, bench: Bench, product: Product, calls: int) -> None:
        """The message comes again, or the sweep sends another one."""
        found = bench.start()
        product.dynamodb.crash_after(calls)
        try:
            bench.work()
        except Crash:
            product.dynamodb.faults.clear()
            bench.listing.turn_page(USER, found)
            bench.work()
            product.clock.forward(FETCH_PATIENCE)
            product.sweep.run()
            bench.sweep.run()
            bench.work()
        view = bench.view(found)
        assert (view.status, view.images, view.skipped) == ("listed", 5, 0)
        assert [file.path for file in bench.files(found)] == sorted(bench.box.files)
        assert product.remaining == 5


@pytest.mark.parametrize(
    "asked",
    [
        {"source": "dropbox", "urls": ["https://a.example/"]},
        {"source": "url", "path": "/x", "urls": ["https://a.example/"]},
        {"source": "url"},
        {"source": "dropbox", "path": "no slash"},
        {"source": "dropbox", "path": "/a\x00"},
        {"source": "ftp"},
    ],
)
def test_requests_of_another_form(asked: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        ImportRequest.model_validate(asked)


def test_a_trailing_slash_means_the_same_folder() -> None:
    assert ImportRequest(source="dropbox", path="/").folder == Folder("")
    assert ImportRequest(source="dropbox", path="/in/").folder == Folder("/in")
