"""A user's library: listing, editing and deleting in each state."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from pydantic import ValidationError

from gloss.clock import iso
from gloss.describe.model import Metadata, Transient
from gloss.embed.memory import ScriptedEmbedder
from gloss.errors import AlreadyProcessing, ImageNotFound, InvalidCursor, VersionConflict
from gloss.images import library
from gloss.images.model import LEASE, RETRY_DELAY, Image, Status, Version, copy_key
from gloss.images.views import ImagePage, MetadataEdit
from gloss.pipeline.model import failure
from tests.fakes.dynamodb import Crash, Fault, timeout
from tests.fakes.product import ORIGINALS, USER, Product


def pages(product: Product, limit: int, **filters: Any) -> list[ImagePage]:
    found: list[ImagePage] = []
    before = None
    while not found or before:
        page = product.library.page(
            USER, **{"status": None, "missing": None, **filters}, before=before, limit=limit
        )
        found.append(page)
        before = page.next
    return found


def ids(pages: list[ImagePage]) -> list[str]:
    return [image.id for page in pages for image in page.images]


def left_of(product: Product, image: str) -> tuple[list[Version], dict[tuple[str, str], bytes]]:
    """The versions and the objects that there are of an image."""
    return list(product.images.versions(USER, image)), {
        place: data for place, data in product.s3.objects.items() if image in place[1]
    }


_numbers = count()


def stored(product: Product, status: Status = Status.COMPLETE, **changes: Any) -> str:
    """A record as it is, without a history."""
    image = Image(
        user=USER,
        image=f"01a1f8c0-5230-7a45-a504-{next(_numbers):012x}",
        status=status,
        file_name="a.jpg",
        content_type="image/jpeg",
        size=1,
        created_at="2026-11-20T12:00:00.000000Z",
        updated_at="2026-11-20T12:00:00.000000Z",
        **changes,
    )
    product.put(image)
    return image.image


class TestPage:
    @pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 100])
    def test_newest_first_and_each_once(self, product: Product, limit: int) -> None:
        images = sorted((stored(product) for _ in range(6)), reverse=True)
        product.images.apply(product.images.add_version(USER, images[0], _version(product.record(images[0]))))
        found = pages(product, limit)
        assert ids(found) == images
        assert all(len(page.images) <= limit for page in found)

    def test_an_empty_library(self, product: Product) -> None:
        assert pages(product, 5) == [ImagePage(images=[], next=None)]

    def test_somebody_elses_images_are_not_in_it(self, product: Product) -> None:
        product.upload(user="eve")
        assert ids(pages(product, 5)) == []

    @pytest.mark.parametrize("limit", [1, 2, 3, 100])
    def test_by_status(self, product: Product, limit: int) -> None:
        wanted = []
        for _ in range(4):
            wanted.append(stored(product, Status.FAILED))
            stored(product, Status.COMPLETE)
        found = pages(product, limit, status=Status.FAILED)
        assert ids(found) == sorted(wanted, reverse=True)
        assert all(len(page.images) <= limit for page in found)

    @pytest.mark.parametrize("limit", [1, 3, 100])
    def test_by_what_is_missing(self, product: Product, limit: int) -> None:
        wanted = []
        for _ in range(3):
            wanted.append(stored(product, metadata=Metadata(title="T")))
            stored(product, metadata=Metadata(alt_text="A"))
            stored(product, metadata=Metadata(decorative=True))
        found = pages(product, limit, missing="alt_text")
        assert ids(found) == sorted(wanted, reverse=True)
        assert all(len(page.images) <= limit for page in found)

    def test_a_filter_that_hardly_matches_stops_and_goes_on(
        self, product: Product, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(library, "MAX_READ", 4)
        rare = stored(product)
        for _ in range(9):
            stored(product, metadata=Metadata(title="T"))
        found = pages(product, 2, missing="title")
        assert [len(page.images) for page in found] == [0, 0, 1]
        assert ids(found) == [rare]

    @pytest.mark.parametrize("place", ["~", "", "V#", "0", "x" * 200, "\x00"])
    @pytest.mark.parametrize("status", [None, Status.COMPLETE])
    def test_a_place_that_is_no_image_is_no_cursor_of_ours(
        self, product: Product, place: str, status: Status | None
    ) -> None:
        product.complete()
        with pytest.raises(InvalidCursor):
            product.library.page(USER, status=status, missing=None, before=place, limit=5)

    def test_a_cursor_outlives_its_image(self, product: Product) -> None:
        images = sorted((stored(product) for _ in range(3)), reverse=True)
        for status in (None, Status.COMPLETE):
            first = product.library.page(USER, status=status, missing=None, before=_LAST, limit=9)
            assert [image.id for image in first.images] == images


def _version(image: Image) -> Version:
    return Version(1, image.created_at, "run", "pipeline", Metadata(), {})


_LAST = "ffffffff-ffff-7fff-bfff-ffffffffffff"


class TestShow:
    def test_a_described_image(self, product: Product) -> None:
        image = product.complete("old_bridge.jpg")
        view = product.library.show(USER, image)
        assert (view.status, view.version, view.metadata.title) == (Status.COMPLETE, 1, "Old bridge")
        assert view.provenance["altText"].source == "heuristic"
        assert view.facts["width"] == 160
        assert view.facts["hasAlpha"] is False
        assert view.camera == {"make": "Nikon", "model": "Z 6"}
        assert view.palette[0].name == "steel blue"
        assert set(view.links) == {"original", "thumbnail", "preview"}
        assert view.links["thumbnail"].startswith(f"https://derived.s3.invalid/{USER}/{image}/thumbnail.jpg")
        assert (view.failure, view.retry_at) == (None, None)

    def test_before_its_object_has_come_there_is_nothing_to_link_to(self, product: Product) -> None:
        assert product.library.show(USER, product.upload(sent=False)).links == {}

    def test_a_file_is_not_served_before_it_was_found_to_be_a_picture(self, product: Product) -> None:
        image = product.upload()
        state = product.claim(image)
        assert product.library.show(USER, image).links == {}
        product.settlement.fail({**state, **failure("permanent", "FOREIGN_CONTENT", "An archive.")})
        assert product.library.show(USER, image).links == {}

    def test_a_worker_that_has_it_is_told_with_its_lease(self, product: Product) -> None:
        image = product.upload()
        assert product.library.show(USER, image).lease_until is None
        product.claim(image)
        view = product.library.show(USER, image)
        assert (view.attempt, view.lease_until) == (1, iso(product.clock() + LEASE))
        assert view.retry_at is None

    def test_a_retry_is_announced(self, product: Product) -> None:
        image = product.upload()
        product.settlement.fail({**product.claim(image), **failure("transient", "TIMEOUT", "No answer.")})
        view = product.library.show(USER, image)
        assert view.failure is not None
        assert (view.failure.code, view.failure.attempt, view.attempt) == ("TIMEOUT", 1, 1)
        assert view.retry_at == "2026-11-20T12:05:00.000000Z"

    @pytest.mark.parametrize(("user", "image"), [("eve", None), (USER, _LAST), (USER, "V#x"), (USER, "")])
    def test_only_ones_own(self, product: Product, user: str, image: str | None) -> None:
        own = product.complete()
        with pytest.raises(ImageNotFound):
            product.library.show(user, own if image is None else image)


class TestEdit:
    def test_a_new_version_by_a_person(self, product: Product) -> None:
        image = product.complete()
        vector = product.vector(image)
        view = product.library.edit(USER, image, MetadataEdit(version=1, title="Mine", tags=["a", "b"]))
        assert (view.version, view.metadata.title, view.metadata.tags) == (2, "Mine", ["a", "b"])
        sources = {name: origin.source for name, origin in view.provenance.items()}
        assert sources == {
            "title": "human",
            "altText": "heuristic",
            "caption": "heuristic",
            "description": "heuristic",
            "tags": "human",
        }
        newest, first = product.images.versions(USER, image)
        assert (newest.number, newest.cause, newest.actor) == (2, "edit", USER)
        assert newest.changed == ("title", "tags")
        assert first.number == 1
        assert product.vector(image) != vector
        assert product.library.show(USER, image) == view
        assert product.remaining == 9

    def test_a_picture_that_only_decorates(self, product: Product) -> None:
        image = product.complete()
        edit = MetadataEdit(version=1, decorative=True, alt_text="")
        view = product.library.edit(USER, image, edit)
        assert (view.metadata.alt_text, view.metadata.decorative) == ("", True)
        assert view.provenance["altText"].source == "human"
        only = product.library.edit(USER, image, MetadataEdit(version=2, decorative=False))
        assert only.provenance["altText"].source == "human"

    @pytest.mark.parametrize("version", [0, 2])
    def test_of_another_version_is_a_conflict(self, product: Product, version: int) -> None:
        image = product.complete()
        with pytest.raises(VersionConflict):
            product.library.edit(USER, image, MetadataEdit(version=version, title="Mine"))
        assert product.record(image).version == 1

    def test_at_the_same_moment_one_wins(self, product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
        image = product.complete()
        stale = product.record(image)
        product.library.edit(USER, image, MetadataEdit(version=1, title="First"))
        monkeypatch.setattr(product.images, "get", lambda *_: stale)
        with pytest.raises(VersionConflict):
            product.library.edit(USER, image, MetadataEdit(version=1, title="Second"))
        monkeypatch.undo()
        assert product.record(image).metadata.title == "First"
        assert len(list(product.images.versions(USER, image))) == 2

    def test_without_an_embedder_the_old_vector_goes(self) -> None:
        product = Product(embedder=ScriptedEmbedder(dimensions=8))
        image = product.complete()
        product = replace_embedder(product, ScriptedEmbedder(Transient("DOWN", "No."), dimensions=8))
        product.library.edit(USER, image, MetadataEdit(version=1, title="Mine"))
        row = product.vector(image)
        assert row is not None
        assert row["title"] == "Mine"
        assert "vector" not in row
        assert product.record(image).embedding is None

    def test_only_ones_own(self, product: Product) -> None:
        image = product.complete()
        with pytest.raises(ImageNotFound):
            product.library.edit("eve", image, MetadataEdit(version=1, title="Mine"))


def replace_embedder(product: Product, embedder: ScriptedEmbedder) -> Product:
    """The same tables behind services with another embedder."""
    other = Product(clock=product.clock, embedder=embedder)
    other.images._client = other.dynamodb = product.dynamodb  # type: ignore[assignment]
    return other


class TestEditForm:
    @pytest.mark.parametrize(
        "body",
        [
            {"version": 1},
            {"version": -1, "title": "x"},
            {"title": "x"},
            {"version": 1, "title": "x" * 201},
            {"version": 1, "title": "\ud800"},
            {"version": 1, "tags": [""]},
            {"version": 1, "tags": ["  "]},
            {"version": 1, "tags": ["x"] * 51},
            {"version": 1, "language": "not a language"},
            {"version": 1, "unknown": 1},
        ],
    )
    def test_another_form_is_refused(self, body: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            MetadataEdit.model_validate(body)

    def test_tags_are_told_apart_without_their_case_and_keep_their_order(self) -> None:
        edit = MetadataEdit(version=1, tags=["Sea", " fish ", "sea", "boat", "FISH", "sea"])
        assert edit.given() == {"tags": ("Sea", "fish", "boat")}

    def test_emptying_a_field_is_an_edit(self) -> None:
        assert MetadataEdit(version=1, title=" ").given() == {"title": ""}


class TestDelete:
    def test_nothing_of_it_stays(self, product: Product) -> None:
        image = product.complete()
        product.library.edit(USER, image, MetadataEdit(version=1, title="Mine"))
        product.objects.put_derived(USER, image, thumbnail=b"t", preview=b"p")
        other = product.complete("other.jpg")
        product.library.delete(USER, image)
        assert product.images.get(USER, image) is None
        assert list(product.images.versions(USER, image)) == []
        tombstone = product.vector(image)
        assert tombstone is not None
        assert set(tombstone) == {"user", "image", "changed_at", "gone", "expires_at"}
        assert set(product.s3.objects) == {(ORIGINALS, f"{USER}/{other}")}
        assert product.record(other).version == 1
        assert product.remaining == 8

    def test_many_versions_go_in_batches(self, product: Product) -> None:
        image = stored(product)
        for number in range(1, 61):
            version = replace(_version(product.record(image)), number=number)
            product.images.apply(product.images.add_version(USER, image, version))
        product.library.delete(USER, image)
        assert list(product.images.versions(USER, image)) == []
        assert product.dynamodb.calls["batch_write_item"] == 3

    @pytest.mark.parametrize("kind", ["pending", "rate_limited", "transient"])
    def test_a_credit_that_is_held_goes_back(self, product: Product, kind: str) -> None:
        image = product.upload()
        if kind != "pending":
            product.settlement.fail({**product.claim(image), **failure(kind, "LATER", "Later.")})
        product.library.delete(USER, image)
        assert product.images.get(USER, image) is None
        assert product.credits.standing(f"upload-{image}").status == "released"
        assert product.remaining == 10

    def test_a_failed_image_holds_nothing_any_more(self, product: Product) -> None:
        image = product.upload()
        product.settlement.fail({**product.claim(image), **failure("permanent", "NO", "No.")})
        product.library.delete(USER, image)
        assert (product.images.get(USER, image), product.remaining) == (None, 10)

    def test_a_hold_that_expired_is_no_obstacle(self, product: Product) -> None:
        image = product.upload()
        product.clock.forward(timedelta(hours=24, seconds=1))
        product.ledger.expire_due(limit=5)
        product.library.delete(USER, image)
        assert (product.images.get(USER, image), product.remaining) == (None, 10)

    def test_not_while_a_worker_holds_it(self, product: Product) -> None:
        image = product.upload()
        product.claim(image)
        with pytest.raises(AlreadyProcessing):
            product.library.delete(USER, image)
        assert (ORIGINALS, f"{USER}/{image}") in product.s3.objects
        product.clock.forward(timedelta(seconds=151))
        product.library.delete(USER, image)
        assert (product.images.get(USER, image), product.remaining) == (None, 10)

    def test_not_when_a_worker_takes_it_at_this_moment(
        self, product: Product, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        image = product.upload()
        stale = product.record(image)
        product.claim(image)
        monkeypatch.setattr(product.images, "get", lambda *_: stale)
        with pytest.raises(AlreadyProcessing):
            product.library.delete(USER, image)
        monkeypatch.undo()
        assert (product.status(image), product.remaining) == (Status.PROCESSING, 9)

    @pytest.mark.parametrize("done", [True, False])
    def test_of_two_at_once_both_succeed(
        self, product: Product, monkeypatch: pytest.MonkeyPatch, done: bool
    ) -> None:
        image = product.complete() if done else product.upload()
        read = product.images.existing(USER, image)
        product.library.delete(USER, image)
        monkeypatch.setattr(product.images, "existing", lambda *_: read)
        product.library.delete(USER, image)
        assert (product.images.get(USER, image), product.remaining) == (None, 9 if done else 10)

    @pytest.mark.parametrize("calls", range(1, 9))
    def test_a_deletion_that_broke_off_is_finished_by_the_sweep(self, product: Product, calls: int) -> None:
        """Whichever call it dies behind: the image is there whole, or the sweep clears it away."""
        image = product.upload()
        product.settlement.fail({**product.claim(image), **failure("transient", "LATER", "Later.")})
        version = _version(product.record(image))
        product.images.apply(product.images.add_version(USER, image, version))
        product.dynamodb.crash_after(calls)
        with suppress(Crash):
            product.library.delete(USER, image)
        product.dynamodb.faults.clear()
        if product.images.get(USER, image):
            assert list(product.images.versions(USER, image)) == [version]
            assert (ORIGINALS, f"{USER}/{image}") in product.s3.objects
            product.library.delete(USER, image)
        product.clock.forward(RETRY_DELAY)
        product.sweep.run()
        assert left_of(product, image) == ([], {})
        assert product.remaining == 10

    @pytest.mark.parametrize("operation", ["delete_object", "delete_objects"])
    def test_files_that_cannot_be_deleted_are_left_to_the_sweep(
        self, product: Product, operation: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        image = product.complete()
        product.objects.put_copy(copy_key(USER, image, 1), b"with metadata", "image/jpeg")
        product.s3.inject(Fault(operation, timeout()), Fault(operation, timeout()))
        product.library.delete(USER, image)
        assert product.images.get(USER, image) is None
        assert left_of(product, image)[1]
        assert "left to the sweep" in caplog.text

        assert product.sweep.run() == {}
        product.clock.forward(LEASE)
        assert product.sweep.run() == {"faulted": 1}
        assert product.sweep.run() == {"cleared": 1}

        assert left_of(product, image) == ([], {})
        assert product.sweep.run() == {}

    def test_a_copy_that_was_being_made_meanwhile_is_cleared_away_too(self, product: Product) -> None:
        image = product.complete()
        product.library.delete(USER, image)
        product.objects.put_copy(copy_key(USER, image, 1), b"with metadata", "image/jpeg")
        product.clock.forward(LEASE)
        assert product.sweep.run() == {"cleared": 1}
        assert left_of(product, image) == ([], {})

    def test_the_mark_of_a_deletion_outlives_the_clearing(self, product: Product) -> None:
        image = product.complete()
        product.library.delete(USER, image)
        before = product.library.changes(USER, since=product.clock(), after=None, limit=10).removed
        product.clock.forward(LEASE)
        product.sweep.run()
        after = product.library.changes(USER, since=product.clock() - LEASE, after=None, limit=10).removed
        assert before == after == [image]

    def test_a_refused_deletion_has_changed_nothing(
        self, product: Product, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        image = product.complete()
        product.objects.put_copy(copy_key(USER, image, 1), b"with metadata", "image/jpeg")
        before = left_of(product, image)
        stale = replace(product.record(image), updated_at="2026-01-01T00:00:00Z")
        monkeypatch.setattr(product.images, "get", lambda *_: stale)
        with pytest.raises(AlreadyProcessing):
            product.library.delete(USER, image)
        monkeypatch.undo()
        assert left_of(product, image) == before
        assert product.record(image).version == 1

    def test_an_edit_at_the_same_moment_does_not_hold_it_up(
        self, product: Product, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        image = product.complete()
        read = product.images.existing(USER, image)
        product.clock.forward(timedelta(seconds=1))
        product.library.edit(USER, image, MetadataEdit(version=1, title="Mine"))
        monkeypatch.setattr(product.images, "existing", lambda *_: read)
        product.library.delete(USER, image)
        assert product.images.get(USER, image) is None
        assert left_of(product, image) == ([], {})

    def test_only_ones_own(self, product: Product) -> None:
        image = product.complete()
        with pytest.raises(ImageNotFound):
            product.library.delete("eve", image)
        assert product.record(image).version == 1
