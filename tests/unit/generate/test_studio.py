"""Templates, and pictures that become images of the library."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from gloss.errors import (
    Busy,
    GenerationNotFound,
    PictureNotFound,
    QuotaExceeded,
    TemplateNotFound,
    ValidationFailed,
)
from gloss.generate.library import PictureLibrary
from gloss.generate.requests import ApplyRequest, Configuration
from gloss.generate.store import MAX_TEMPLATES
from gloss.generate.templates import Templates
from gloss.images.model import Status
from gloss.settings.model import Offer
from gloss.settings.service import WorkTerms
from tests.fakes.dynamodb import Crash
from tests.fakes.generation import MODEL, GenerationKit, picture
from tests.fakes.product import DERIVED, ORIGINALS, USER


def configuration(**changes: Any) -> Configuration:
    return Configuration.model_validate({"model": MODEL, "style": "studio", "count": 2, **changes})


@pytest.fixture
def templates(kit: GenerationKit) -> Templates:
    return Templates(kit.store, kit.generations)


@pytest.fixture
def library(kit: GenerationKit) -> PictureLibrary:
    it = kit.product
    terms = WorkTerms(it.settings, Offer("heuristic"))
    return PictureLibrary(kit.store, kit.pictures, it.images, it.objects, it.ledger, terms, it.clock)


@pytest.fixture
def made(kit: GenerationKit) -> str:
    """A generation of two pictures."""
    generation = kit.started(count=2)
    assert kit.deliver() == "completed"
    return generation


class TestTemplates:
    def test_what_is_saved_is_listed_by_name_and_replaced(self, templates: Templates) -> None:
        templates.save(USER, "wood", configuration(style="vintage"))
        templates.save(USER, "marble", configuration())
        templates.save(USER, "wood", configuration(style="minimal"))
        assert [(it.name, it.style) for it in templates.list(USER).templates] == [
            ("marble", "studio"),
            ("wood", "minimal"),
        ]
        assert templates.list("ben").templates == []

    def test_a_template_is_applied_to_pictures(self, templates: Templates, kit: GenerationKit) -> None:
        templates.save(USER, "marble", configuration(custom_prompt="on marble", parameters={"seed": 3}))
        images = [kit.image()]
        created = templates.apply(USER, "marble", ApplyRequest(product_images=images))
        record = kit.record(created.generation_id)
        assert (record.order.style, record.order.count, record.order.seed) == ("studio", 2, 3)
        assert record.order.product_images == tuple(images)
        assert "on marble" in record.prompt
        other = templates.apply(USER, "marble", ApplyRequest(product_images=images, custom_prompt="on wood"))
        assert "on wood" in other.prompt
        assert kit.left == 10_000 - 2 * 220

    def test_generations_and_templates_do_not_meet(self, templates: Templates, kit: GenerationKit) -> None:
        templates.save(USER, "marble", configuration())
        generation = kit.create()
        page = kit.generations.page(USER, status=None, before=None, limit=10)
        assert [it.generation_id for it in page.generations] == [generation]

    def test_what_is_removed_is_gone(self, templates: Templates, kit: GenerationKit) -> None:
        templates.save(USER, "marble", configuration())
        assert not templates.remove("ben", "marble").removed
        assert [templates.remove(USER, "marble").removed for _ in range(2)] == [True, False]
        with pytest.raises(TemplateNotFound):
            templates.apply(USER, "marble", ApplyRequest(product_images=[kit.image()]))

    def test_a_template_of_a_provider_that_is_gone_is_not_applied(self) -> None:
        kit = GenerationKit(access=frozenset())
        templates = Templates(kit.store, kit.generations)
        templates.save(USER, "marble", configuration(model="openai"))
        with pytest.raises(ValidationFailed, match="no access to openai"):
            templates.apply(USER, "marble", ApplyRequest(product_images=[kit.image()]))
        assert kit.left == 10_000

    def test_models_that_do_not_exist_and_too_many_templates_are_refused(self, templates: Templates) -> None:
        with pytest.raises(ValidationFailed):
            templates.save(USER, "marble", configuration(model="dreams-9"))
        for number in range(MAX_TEMPLATES):
            templates.save(USER, f"t{number}", configuration())
        templates.save(USER, "t0", configuration(style="minimal"))
        with pytest.raises(ValidationFailed):
            templates.save(USER, "one-more", configuration())
        templates.save("ben", "one-more", configuration())
        templates.remove(USER, "t7")
        templates.save(USER, "one-more", configuration())

    def test_many_at_once_are_no_more_than_may_be(self, templates: Templates) -> None:
        for number in range(MAX_TEMPLATES - 3):
            templates.save(USER, f"t{number}", configuration())

        def save(number: int) -> bool:
            try:
                templates.save(USER, f"new{number // 2}", configuration())
            except ValidationFailed:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            saved = list(pool.map(save, range(16)))
        assert sum(saved) == 6  # each of the three by both who asked for it
        assert len(templates.list(USER).templates) == MAX_TEMPLATES

    def test_one_that_comes_and_goes_all_the_while_is_given_up(
        self, templates: Templates, kit: GenerationKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        templates.save(USER, "wood", configuration())
        monkeypatch.setattr(kit.store, "replace_template", lambda *_: False)
        with pytest.raises(Busy):
            templates.save(USER, "wood", configuration(style="minimal"))


class TestLibrary:
    def test_a_picture_goes_the_way_of_an_upload(
        self, library: PictureLibrary, kit: GenerationKit, made: str
    ) -> None:
        before = kit.product.credits.quota().remaining
        added = library.add(USER, made, 2)
        image = kit.product.record(added.image_id)
        assert (image.status, image.content_type) == (Status.PENDING, "image/jpeg")
        assert image.source["provider"] == "generation"
        assert image.source["maker"] == "local"
        assert kit.product.s3.objects[ORIGINALS, f"{USER}/{added.image_id}"] == picture("forest", (96, 96))
        assert kit.product.credits.quota().remaining == before - 1
        shown = kit.generations.show(USER, made)
        assert [it.image_id for it in shown.pictures] == [None, added.image_id]
        kit.product.settlement.finish(kit.product.work(kit.product.claim(added.image_id)))
        assert kit.product.status(added.image_id) is Status.COMPLETE
        assert kit.left == 10_000 - 220

    def test_a_repeat_names_the_same_image_and_costs_nothing(
        self, library: PictureLibrary, kit: GenerationKit, made: str
    ) -> None:
        first = library.add(USER, made, 1)
        before = kit.product.credits.quota().remaining
        assert library.add(USER, made, 1) == first
        assert kit.product.credits.quota().remaining == before

    @pytest.mark.parametrize("calls", range(1, 8))
    def test_wherever_it_crashes_the_repeat_does_the_rest(
        self, library: PictureLibrary, kit: GenerationKit, made: str, calls: int
    ) -> None:
        before = kit.product.credits.quota().remaining
        kit.product.dynamodb.crash_after(calls)
        with suppress(Crash):
            library.add(USER, made, 1)
        kit.product.dynamodb.faults.clear()
        added = library.add(USER, made, 1)
        assert self.originals(kit)[-1] == (USER, added.image_id)
        assert kit.product.credits.quota().remaining == before - 1

    def originals(self, kit: GenerationKit) -> list[tuple[str, str]]:
        keys = [key.split("/") for bucket, key in kit.product.s3.objects if bucket == ORIGINALS]
        return [(user, image) for user, image in keys]

    def test_one_that_was_called_off_can_be_added_again(
        self, library: PictureLibrary, kit: GenerationKit, made: str
    ) -> None:
        first = library.add(USER, made, 1)
        kit.product.uploads.cancel(USER, first.image_id)
        second = library.add(USER, made, 1)
        assert second.image_id != first.image_id

    def test_pictures_of_others_and_pictures_that_are_not_there(
        self, library: PictureLibrary, kit: GenerationKit, made: str
    ) -> None:
        with pytest.raises(GenerationNotFound):
            library.add("ben", made, 1)
        with pytest.raises(PictureNotFound):
            library.add(USER, made, 3)
        with pytest.raises(PictureNotFound):
            library.add(USER, kit.create(), 1)

    def test_without_an_image_credit_nothing_is_added(
        self, library: PictureLibrary, kit: GenerationKit, made: str
    ) -> None:
        kit.product.credits.change_plan("custom", limits={"images": 1, "tokens": 1000})
        with pytest.raises(QuotaExceeded):
            library.add(USER, made, 1)
        assert kit.record(made).pictures[0].image is None

    def test_of_two_at_once_both_name_the_same_image(
        self, library: PictureLibrary, kit: GenerationKit, made: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen, whole = kit.record(made), kit.store.existing
        first = library.add(USER, made, 1)
        readings = iter([seen])
        monkeypatch.setattr(kit.store, "existing", lambda *key: next(readings, None) or whole(*key))
        assert library.add(USER, made, 1) == first
        monkeypatch.setattr(kit.store, "existing", lambda *_: seen)
        with pytest.raises(Busy):
            library.add(USER, made, 1)

    def test_a_picture_that_lies_nowhere_is_not_found(
        self, library: PictureLibrary, kit: GenerationKit, made: str
    ) -> None:
        del kit.product.s3.objects[DERIVED, f"generations/{USER}/{made}/1"]
        with pytest.raises(PictureNotFound):
            library.add(USER, made, 1)
