"""The history of an image as it is shown, page by page, and going back in it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from gloss.describe.model import Metadata
from gloss.dynamodb import to_attributes
from gloss.errors import ImageNotFound, InvalidCursor, VersionConflict, VersionNotFound
from gloss.ids import new_id
from gloss.images.model import Status, Work, version_key
from gloss.images.revisions import Revisions
from gloss.images.views import MetadataEdit
from gloss.regenerate.model import History
from gloss.regenerate.service import PAGE_BYTES, Histories
from tests.fakes.product import USER, Product


@pytest.fixture
def histories(product: Product) -> Histories:
    return Histories(
        product.images, Revisions(product.images, product.vectors, product.embedder, product.clock)
    )


def edit(product: Product, image: str, **changes: Any) -> None:
    version = product.record(image).version
    product.library.edit(USER, image, MetadataEdit(version=version, **changes))


def numbers(history: History) -> list[int]:
    return [version.number for version in history.versions]


class TestShow:
    def test_a_run_says_why_each_field_was_written(self, product: Product, histories: Histories) -> None:
        image = product.complete()
        (version,) = histories.show(USER, image).versions
        assert {name: reason["reason"] for name, reason in version.reasons.items()} == dict.fromkeys(
            ("title", "altText", "caption", "description", "tags"), "was_empty"
        )
        assert (version.cause, version.actor, version.current) == ("run", "pipeline", True)
        assert version.provenance["altText"].source == "heuristic"
        spent = {name: version.details[name] for name in ("kind", "credits", "costUsd")}
        assert spent == {"kind": "upload", "credits": 1, "costUsd": 0}
        assert set(version.differences) == {
            *("title", "altText", "caption", "description", "tags", "language")
        }

    @pytest.mark.parametrize(
        ("changes", "field", "change"),
        [
            ({"decorative": True}, "decorative", {"before": False, "after": True}),
            ({"language": "de"}, "language", {"before": "en", "after": "de"}),
            ({"tags": ["one"]}, "tags", {"before": ["steel blue"], "after": ["one"]}),
            ({"title": "By hand"}, "title", {"before": "Beach", "after": "By hand"}),
        ],
    )
    def test_whatever_a_person_changes_is_a_difference(
        self, product: Product, histories: Histories, changes: dict[str, Any], field: str, change: object
    ) -> None:
        image = product.complete()
        edit(product, image, tags=["steel blue"])
        edit(product, image, **changes)
        newest, *_ = histories.show(USER, image).versions
        assert newest.model_dump()["differences"] == {field: change}
        version = product.images.version(USER, image, 3)
        assert version
        assert version.changed == tuple(changes)

    def test_what_the_oldest_version_kept_differs_from_is_not_known(
        self, product: Product, histories: Histories
    ) -> None:
        image = product.complete()
        edit(product, image, title="Two")
        edit(product, image, title="Three")
        forget(product, image, 1)
        three, two = histories.show(USER, image).versions
        assert three.differences["title"].before == "Two"
        assert two.differences == {}

    def test_pages_show_each_version_once_with_its_differences(
        self, product: Product, histories: Histories
    ) -> None:
        image = product.complete()
        for number in range(2, 8):
            edit(product, image, title=str(number))
        seen: list[int] = []
        place: str | None = None
        while True:
            page = histories.show(USER, image, before=place, limit=3)
            for version in page.versions:
                expected = {"before": str(version.number - 1), "after": str(version.number)}
                if version.number > 2:
                    assert version.differences["title"].model_dump() == expected
                assert version.current == (version.number == 7)
            seen += numbers(page)
            place = page.next
            if place is None:
                break
        assert seen == [7, 6, 5, 4, 3, 2, 1]

    @pytest.mark.parametrize(("limit", "following"), [(2, "2"), (3, None), (4, None)])
    def test_a_page_that_ends_the_history_has_no_next(
        self, product: Product, histories: Histories, limit: int, following: str | None
    ) -> None:
        image = product.complete()
        edit(product, image, title="Two")
        edit(product, image, title="Three")
        assert histories.show(USER, image, limit=limit).next == following

    def test_a_page_of_large_versions_ends_early(self, product: Product, histories: Histories) -> None:
        image = product.complete()
        for number in range(2, 30):
            letter = chr(0x1F600 + number)
            edit(product, image, caption=letter * 5_000, description=letter * 5_000)
        first = histories.show(USER, image, limit=100)
        size = len(json.dumps(first.model_dump(mode="json")))
        assert PAGE_BYTES / 2 < size < PAGE_BYTES + 1000
        seen = numbers(first)
        place = first.next
        while place:
            page = histories.show(USER, image, before=place, limit=100)
            seen += numbers(page)
            place = page.next
        assert seen == list(range(29, 0, -1))

    @pytest.mark.parametrize("place", ["x", "-1", "", "1.5", "\u0663"])
    def test_a_place_that_is_none_is_refused(
        self, product: Product, histories: Histories, place: str
    ) -> None:
        with pytest.raises(InvalidCursor):
            histories.show(USER, product.complete(), before=place)

    def test_others_images_have_no_history(self, product: Product, histories: Histories) -> None:
        image = product.complete()
        for user, name in (("ben", image), (USER, new_id())):
            with pytest.raises(ImageNotFound):
                histories.show(user, name)


class TestRestore:
    def test_an_old_text_becomes_a_new_version(self, product: Product, histories: Histories) -> None:
        image = product.complete()
        before = product.record(image)
        edit(product, image, title="By hand", decorative=True)
        restored = histories.restore(USER, image, 1)
        record = product.record(image)
        assert (record.metadata, record.provenance) == (before.metadata, before.provenance)
        assert (restored.version, restored.status) == (3, Status.COMPLETE)
        newest = histories.show(USER, image).versions[0]
        assert (newest.cause, newest.actor, newest.details) == ("restore", "you", {"restored": 1})
        assert {"title", "decorative"} <= set(newest.differences)
        assert product.remaining == 9

    def test_of_two_changes_at_once_one_is_refused(
        self, product: Product, histories: Histories, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        image = product.complete()
        version = product.images.version

        def meanwhile(*arguments: Any) -> Any:
            edit(product, image, title="Quicker")
            return version(*arguments)

        monkeypatch.setattr(product.images, "version", meanwhile)
        with pytest.raises(VersionConflict):
            histories.restore(USER, image, 1)
        record = product.record(image)
        assert (record.metadata.title, record.version) == ("Quicker", 2)
        assert len(list(product.images.versions(USER, image))) == 2

    def test_work_under_way_is_merged_with_what_was_restored(
        self, product: Product, histories: Histories
    ) -> None:
        image = product.complete()
        edit(product, image, title="By hand")
        work = Work(f"again-{image}", credits=0, kind="regenerate", request={"policy": "always"})
        product.credits.reserve(work.reservation, byok=True)
        product.put(replace(product.record(image), status=Status.QUEUED, work=work))
        state = product.work(product.claim(image))
        histories.restore(USER, image, 1)
        assert product.status(image) is Status.PROCESSING
        stale = product.settlement.finish(state)
        assert stale["verdict"]["kind"] == "stale"
        done = product.settlement.finish(product.merge({**state, **stale}))
        assert done["verdict"] == {"kind": "complete", "version": 4}
        assert product.record(image).metadata.title != "By hand"

    def test_a_version_that_is_kept_no_more_is_not_found(
        self, product: Product, histories: Histories
    ) -> None:
        image = product.complete()
        edit(product, image, title="Two")
        forget(product, image, 1)
        for number in (1, 3):
            with pytest.raises(VersionNotFound):
                histories.restore(USER, image, number)
        assert product.record(image).version == 2

    def test_others_restore_nothing(self, product: Product, histories: Histories) -> None:
        image = product.complete()
        with pytest.raises(ImageNotFound):
            histories.restore("ben", image, 1)
        assert product.record(image).metadata != Metadata()


def forget(product: Product, image: str, number: int) -> None:
    """Let the table's time to live have removed a version."""
    key = to_attributes({"user": USER, "image": version_key(image, number)})
    product.dynamodb.delete_item(TableName="ImagesTable", Key=key)
