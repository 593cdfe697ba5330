"""Who makes the pictures, with whose key, and that every call is metered; what names them in a queue."""

from dataclasses import replace
from typing import Any

import pytest

from gloss import aws
from gloss.describe.model import Permanent, Usage
from gloss.errors import ProviderUnavailable
from gloss.generate.assignment import MakerAssignment, MeteredMaker
from gloss.generate.costs import Quality
from gloss.generate.making import Made, MakeOutcome, Maker, PictureRequest
from gloss.generate.model import Generation
from gloss.generate.queues import UnreadableTarget, target
from gloss.generate.registry import makers
from gloss.metering.spending import CAP_REACHED
from gloss.pipeline.office import Office
from gloss.providers.model import ProviderChoice, Registry
from gloss.providers.stack import StackAccess
from gloss.settings.model import Preferences, StoredKey
from gloss.settings.vault import Vault
from tests.fakes.generation import GenerationKit, ScriptedMaker, picture
from tests.fakes.kms import FakeKms
from tests.fakes.metering import MeteringKit
from tests.fakes.product import USER

ASKED = PictureRequest("", (b"",), (), "studio", "auto", "1:1", 1)


class Kit:
    """``chosen`` holds what the registry was asked for."""

    def __init__(self) -> None:
        self.generations = GenerationKit()
        self.meter = MeteringKit()
        self.settings = self.generations.product.settings
        self.vault = Vault(FakeKms().client, "key-1")
        self.maker = ScriptedMaker()
        self.chosen: list[ProviderChoice] = []
        self.image = self.generations.image()
        office = Office(self.settings, self.vault, self.meter.metering())
        self.assign = MakerAssignment(
            Registry({"openai": self.choose, "bedrock": self.choose}), lambda: office
        )

    def choose(self, choice: ProviderChoice) -> Maker:
        self.chosen.append(choice)
        return self.maker

    def generation(self, model: str = "openai") -> Generation:
        request = self.generations.request(model=model, product_images=[self.image])
        return self.generations.record(self.generations.generations.create(USER, request).generation_id)

    def bring_key(self, **changes: Any) -> None:
        sealed = self.vault.seal(USER, "openai", "sk-own-0123456789")
        known: dict[str, Any] = {"last4": "6789", "created_at": "2026-11-20"}
        self.settings.save_key(USER, StoredKey("openai", sealed, **{**known, **changes}))


def rows_of(outcome: MakeOutcome) -> list[dict[str, Any]]:
    """What the usage log gets once the picture is kept."""
    assert isinstance(outcome, Made)
    return [receipt.to_item() for receipt in outcome.receipts]


@pytest.fixture
def scene() -> Kit:
    return Kit()


def test_a_call_is_metered_for_its_generation_and_priced(scene: Kit) -> None:
    scene.maker.always(Made(picture(), Usage(1000, 4000)))
    generation = scene.generation()
    (row,) = rows_of(scene.assign(generation).make(ASKED))
    assert scene.meter.rows(USER) == []
    assert (row["purpose"], row["generation"], row["payer"]) == ("generate", generation.generation, "stack")
    assert (row["input_tokens"], row["output_tokens"], row["outcome"]) == (1000, 4000, "ok")
    assert row["cost_nano_usd"] == 1000 * 10_000 + 4000 * 40_000
    assert scene.chosen == [ProviderChoice("openai", "gpt-image-1")]


@pytest.mark.parametrize(("quality", "nano"), [("auto", 40_000_000), ("high", 60_000_000)])
def test_a_model_that_counts_no_tokens_is_paid_by_the_picture(
    scene: Kit, quality: Quality, nano: int
) -> None:
    generation = scene.generation("bedrock")
    (row,) = rows_of(scene.assign(generation).make(replace(ASKED, quality=quality)))
    assert (row["pictures"], row["input_tokens"], row["cost_nano_usd"]) == (1, 0, nano)
    scene.maker.always(Permanent("CONTENT_REFUSED", "no"))
    scene.assign(generation).make(ASKED)
    (refused,) = [row for row in scene.meter.rows(USER) if row["outcome"] == "permanent"]
    assert (refused.get("pictures", 0), refused["cost_nano_usd"]) == (0, 0)


@pytest.mark.parametrize(("priority", "called"), [("interactive", "interactive"), ("batch", "bulk")])
def test_batches_leave_a_share_of_each_minute_to_people(scene: Kit, priority: Any, called: str) -> None:
    maker = scene.assign(replace(scene.generation(), priority=priority))
    assert isinstance(maker, MeteredMaker)
    assert maker.call.priority == called


def test_pictures_count_towards_the_cap(scene: Kit) -> None:
    scene.settings.save(USER, Preferences(monthly_cap_usd=0.05), based_on=0, at="2026-11-20")
    generation = scene.generation("bedrock")
    for _ in range(2):
        made = scene.assign(generation).make(ASKED)
        assert isinstance(made, Made)
        scene.meter.books.enter(made.receipts)
    assert getattr(scene.assign(generation).make(ASKED), "code", None) == CAP_REACHED
    assert len(scene.maker.requests) == 2


def test_a_failure_that_was_paid_is_metered_too(scene: Kit) -> None:
    scene.maker.always(Permanent("CONTENT_REFUSED", "no", Usage(1000, 0)))
    scene.assign(scene.generation()).make(ASKED)
    (row,) = scene.meter.rows(USER)
    assert (row["outcome"], row["code"], row["input_tokens"]) == ("permanent", "CONTENT_REFUSED", 1000)


def test_an_own_key_is_used_at_its_own_address_and_pays(scene: Kit) -> None:
    scene.bring_key(base_url="https://example.com/v1")
    (row,) = rows_of(scene.assign(scene.generation()).make(ASKED))
    (choice,) = scene.chosen
    assert (choice.key, choice.base_url, choice.guarded) == (
        "sk-own-0123456789",
        "https://example.com/v1",
        True,
    )
    assert row["payer"] == "user"


@pytest.mark.parametrize(("status", "code"), [("refused", "BAD_KEY"), (None, "KEY_MISSING")])
def test_without_a_good_key_nobody_elses_is_used(scene: Kit, status: Any, code: str) -> None:
    scene.bring_key()
    generation = scene.generation()
    if status is None:
        scene.settings.remove_key(USER, "openai")
    else:
        scene.bring_key(status=status)
    outcome = scene.assign(generation).make(ASKED)
    assert isinstance(outcome, Permanent)
    assert (outcome.code, scene.chosen, scene.meter.rows(USER)) == (code, [], [])


def test_the_compositor_needs_no_office_and_no_meter() -> None:
    def nobody() -> Office:
        raise AssertionError("nobody may look at it")

    kit = GenerationKit()
    assign = MakerAssignment(makers(StackAccess(str)), nobody)
    maker = assign(kit.record(kit.create()))
    assert (maker.name, maker.model) == ("local", "gloss-compositor-1")


def test_a_stack_without_access_says_so(scene: Kit) -> None:
    generation = replace(scene.generation(), order=replace(scene.generation().order, provider="elsewhere"))
    with pytest.raises(ProviderUnavailable):
        scene.assign(generation)


@pytest.mark.parametrize(
    "body", ["?", "[]", "{}", '{"user": "", "generation": "x"}', '{"user": "ann", "generation": "x"}']
)
def test_messages_of_another_form_are_none(body: str) -> None:
    with pytest.raises(UnreadableTarget):
        target(body)


def test_each_provider_has_its_maker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "bedrock", lambda _answer_s: None)
    registry = makers(StackAccess(lambda: "sk-stack", "https://example.com/v1"))
    for provider, name in {"openai": "gpt-image-1", "bedrock": "amazon.nova-canvas-v1:0"}.items():
        maker = registry.get(ProviderChoice(provider, name))
        assert (maker.name, maker.model) == (provider, name)
