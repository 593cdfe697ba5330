"""The steps before the settlement: pixels to facts, facts to words, words to a vector."""

from dataclasses import replace
from typing import Any

import pytest

from gloss.describe.fallback import FallbackDescriber, UnusableDescriber
from gloss.describe.heuristic import HeuristicDescriber
from gloss.describe.memory import ScriptedDescriber
from gloss.describe.model import (
    Fallback,
    Metadata,
    Ok,
    Permanent,
    Provenance,
    RateLimited,
    Transient,
    Usage,
)
from gloss.embed.memory import ScriptedEmbedder
from gloss.images.model import Status, Work
from gloss.pipeline.inspection import inspect
from gloss.pipeline.words import facts
from gloss.regenerate.model import RegenerateRequest
from gloss.regenerate.service import Regenerations
from gloss.settings.model import Offer
from gloss.settings.service import WorkTerms
from tests.fakes.dynamodb import Fault, client_error, denied
from tests.fakes.product import DERIVED, INSPECTION, ORIGINALS, USER, Product, through_json
from tests.unit.describe.samples import AI, METADATA, answer, every
from tools.pictures import draw


class TestInspect:
    def test_facts_are_plain_and_derivatives_lie_in_the_bucket(self, product: Product) -> None:
        image = product.upload()
        data = draw("mountains", size=(320, 240), title="Old bridge", keywords=("river",))
        product.s3.objects[ORIGINALS, f"{USER}/{image}"] = data
        found = through_json(inspect(product.claim(image), product.objects))["inspection"]
        assert (found["format"], found["width"], found["height"]) == ("JPEG", 320, 240)
        assert found["embedded"]["title"] == "Old bridge"
        assert "data" not in found["thumbnail"]
        assert "taken_at" not in found
        for kind in ("thumbnail", "preview"):
            place = (DERIVED, f"{USER}/{image}/{kind}.jpg")
            assert product.s3.objects[place].startswith(b"\xff\xd8\xff")
            assert product.s3.headers[place]["ContentType"] == "image/jpeg"

    def test_what_is_no_image_is_a_permanent_failure(self, product: Product) -> None:
        state = product.claim(product.upload())
        failure = inspect(state, product.objects)["failure"]
        assert (failure["kind"], failure["code"]) == ("permanent", "UNSUPPORTED_FORMAT")
        assert product.s3.calls["put_object"] == 1

    def test_an_original_that_is_gone_is_a_permanent_failure(self, product: Product) -> None:
        state = product.claim(product.upload(sent=False))
        failure = inspect(state, product.objects)["failure"]
        assert (failure["kind"], failure["code"]) == ("permanent", "ORIGINAL_MISSING")

    @pytest.mark.parametrize("error", [denied(), client_error("SlowDown")])
    def test_a_store_that_does_not_answer_is_a_fault(self, product: Product, error: Exception) -> None:
        state = product.claim(product.upload())
        product.s3.inject(Fault("get_object", error))
        with pytest.raises(type(error)):
            inspect(state, product.objects)


class TestFacts:
    def test_what_a_describer_may_know(self) -> None:
        inspection = {
            **INSPECTION,
            "taken_at": "2024-06-12T10:00:00",
            "embedded": {"title": "T", "extended_description": "D", "keywords": ["a", "b"]},
        }
        known = facts(inspection)
        assert (known.width, known.height, known.camera) == (160, 120, "Nikon Z 6")
        assert known.taken_at == "2024-06-12T10:00:00"
        assert known.palette[0].name == "steel blue"
        assert (known.embedded.title, known.embedded.description) == ("T", "D")
        assert known.embedded.keywords == ("a", "b")

    @pytest.mark.parametrize("camera", [{}, {"iso": 100}])
    def test_a_camera_without_a_name_is_none(self, camera: dict[str, Any]) -> None:
        assert facts({**INSPECTION, "camera": camera}).camera is None


class TestDescribe:
    def state(self, product: Product, **request: Any) -> dict[str, Any]:
        image = product.upload("harbour.jpg")
        record = product.record(image)
        assert record.work
        product.put(replace(record, work=replace(record.work, request=request)))
        return {**product.claim(image), "inspection": INSPECTION}

    def test_the_default_provider_answers(self, product: Product) -> None:
        scripted = ScriptedDescriber(answer())
        found = product.describe(self.state(product), scripted)
        assert found["description"]["metadata"]["title"] == METADATA.title
        (asked,) = scripted.requests
        assert (asked.file_name, asked.facts.width) == ("harbour.jpg", 160)

    def test_the_work_names_provider_and_context(self, product: Product) -> None:
        chosen, other = (ScriptedDescriber(answer(), name=name) for name in ("chosen", "other"))
        state = self.state(product, provider="chosen", context={"language": "de", "avoid": ["sea"]})
        product.describe(state, other, chosen)
        assert other.requests == []
        assert (chosen.requests[0].context.language, chosen.requests[0].context.avoid) == ("de", ("sea",))

    @pytest.mark.parametrize(
        ("outcome", "expected"),
        [
            (RateLimited(12.5), {"kind": "rate_limited", "code": "RATE_LIMITED", "retry_after_s": 12.5}),
            (Transient("TIMEOUT", "No answer."), {"kind": "transient", "code": "TIMEOUT"}),
            (Permanent("REFUSED", "Not this."), {"kind": "permanent", "code": "REFUSED"}),
        ],
    )
    def test_a_refusal_is_data(self, product: Product, outcome: Any, expected: dict[str, Any]) -> None:
        found = product.describe(self.state(product), ScriptedDescriber(outcome))
        assert expected.items() <= found["failure"].items()
        assert "description" not in found


class TestEmbed:
    @pytest.mark.parametrize(
        ("outcome", "kind"), [(RateLimited(1), "rate_limited"), (Transient("TIMEOUT", "No."), "transient")]
    )
    def test_a_refusal_is_data(self, product: Product, outcome: Any, kind: str) -> None:
        state = product.work(product.claim(product.upload()))
        found = product.embed(state, ScriptedEmbedder(outcome))
        assert found["failure"]["kind"] == kind
        assert "merged" not in found

    def test_the_policy_of_the_work_decides_what_is_overwritten(self, product: Product) -> None:
        image = product.upload()
        record = product.record(image)
        assert record.work
        kept = replace(record.work, request={"policy": "only_empty", "fields": ["title", "caption"]})
        product.put(replace(record, metadata=replace(record.metadata, title="Kept"), work=kept))
        merged = product.work(product.claim(image))["merged"]
        assert merged["metadata"]["title"] == "Kept"
        assert {name: reason["reason"] for name, reason in merged["reasons"].items()} == {
            "title": "not_empty",
            "caption": "was_empty",
            **dict.fromkeys(("alt_text", "description", "tags"), "not_requested"),
        }


GERMAN = Metadata(
    title="Der alte Fischmarkt in Valletta",
    alt_text="Zwei Frauen verkaufen den Fisch an einem Stand aus Holz",
    caption="Zwei Frauen verkaufen den Fisch auf dem alten Markt.",
    description="Zwei Frauen stehen hinter einem Stand aus Holz mit dem Fang des Morgens, vor der Kirche.",
    tags=("Malta", "Markt", "Fisch", "Frauen", "Stand"),
    language="de",
)


def again(product: Product, text: Metadata, origin: Provenance, **request: Any) -> dict[str, Any]:
    """The state of a regeneration of an image with this text, as it begins."""
    image = product.complete()
    work = Work(f"again-{image}", kind="regenerate", request=request)
    record = product.record(image)
    product.put(replace(record, status=Status.QUEUED, metadata=text, provenance=every(origin), work=work))
    return {**product.claim(image), "inspection": INSPECTION}


def decided(product: Product, state: dict[str, Any], proposed: Ok) -> dict[str, tuple[bool, str, str]]:
    """What becomes of each field when the provider answers so."""
    answered = {**state, **product.describe(state, ScriptedDescriber(proposed))}
    reasons = product.merge(answered)["merged"]["reasons"]
    return {name: (one["replaced"], one["reason"], one["detail"]) for name, one in reasons.items()}


class TestIfBetter:
    """What text is judged by comes from the work and from the answer."""

    def test_text_in_the_language_asked_for_is_kept_where_the_answer_is_in_another(
        self, product: Product
    ) -> None:
        state = again(product, GERMAN, AI, policy="if_better", context={"language": "de"})
        for replaced, reason, detail in decided(product, state, answer()).values():
            assert (replaced, reason) == (False, "not_better")
            assert detail.startswith("score 100 -> ")

    def test_text_in_another_language_gives_way_to_the_one_asked_for(self, product: Product) -> None:
        state = again(product, METADATA, AI, policy="if_better", context={"language": "de"})
        made = decided(product, state, answer(GERMAN))
        assert made["description"] == (True, "better", "score 60 -> 100 (wrong_language)")

    @pytest.mark.parametrize(
        ("today", "detail"),
        [
            (replace(AI, model="m2"), "score 90 -> 100 (older_model)"),
            (replace(AI, prompt_version=4), "score 90 -> 100 (older_prompt)"),
            (replace(AI, model="m2", prompt_version=4), "score 80 -> 100 (older_model, older_prompt)"),
        ],
    )
    def test_an_older_model_or_prompt_loses_to_the_one_of_today(
        self, product: Product, today: Provenance, detail: str
    ) -> None:
        state = again(product, METADATA, AI, policy="if_better")
        made = decided(product, state, answer(replace(METADATA, title="Fish and women"), today))
        assert made["title"] == (True, "better", detail)

    def test_another_provider_says_nothing_about_age(self, product: Product) -> None:
        state = again(product, METADATA, AI, policy="if_better")
        other = replace(AI, provider="bedrock", model="m2", prompt_version=9)
        made = decided(product, state, answer(replace(METADATA, title="Fish and women"), other))
        assert made["title"] == (False, "not_better", "score 100 -> 100")

    def test_fields_have_policies_of_their_own(self, product: Product) -> None:
        state = again(product, METADATA, AI, policy="only_empty", policies={"title": "always"})
        made = decided(product, state, answer(GERMAN))
        assert made["title"][:2] == (True, "priority")
        assert made["caption"][:2] == (False, "not_empty")


class TestStandIns:
    """The provider that was asked for could not be used, and the heuristic answered."""

    def described(self, product: Product, state: dict[str, Any]) -> dict[str, Any]:
        unusable = UnusableDescriber("openai", Permanent("BAD_KEY", "No."))
        found = product.describe(state, FallbackDescriber(unusable, HeuristicDescriber()))
        return {**state, **found}

    def test_one_that_improves_nothing_is_a_failure(self, product: Product) -> None:
        state = self.described(product, again(product, METADATA, AI, provider="openai"))
        failure = product.merge(state)["failure"]
        assert (failure["kind"], failure["code"]) == ("permanent", "BAD_KEY")
        assert "openai" in failure["message"]

    def test_the_failed_regeneration_costs_nothing_and_the_next_one_asks_anew(self, product: Product) -> None:
        image = product.complete()
        regenerations = Regenerations(
            product.images,
            product.ledger,
            product.queues,
            WorkTerms(product.settings, Offer("openai")),
            product.clock,
        )
        product.put(replace(product.record(image), metadata=METADATA, provenance=every(AI)))
        regenerations.start(USER, image, RegenerateRequest())
        assert product.remaining == 8
        state = product.merge(self.described(product, {**product.claim(image), "inspection": INSPECTION}))
        assert product.settlement.fail(state)["verdict"]["code"] == "BAD_KEY"
        record = product.record(image)
        assert (record.status, record.version, record.metadata) == (Status.COMPLETE, 1, METADATA)
        assert record.failure
        assert record.failure.code == "BAD_KEY"
        assert product.remaining == 9
        regenerations.start(USER, image, RegenerateRequest())
        assert "description" not in product.claim(image)

    def test_one_that_fills_what_was_empty_is_published(self, product: Product) -> None:
        text = replace(METADATA, caption="")
        state = self.described(product, again(product, text, AI, provider="openai"))
        merged = product.merge(state)["merged"]
        assert merged["metadata"]["caption"]
        assert merged["reasons"]["title"]["reason"] == "lower_priority"

    def test_the_first_text_of_an_image_is_published_whoever_wrote_it(self, product: Product) -> None:
        state = {**product.claim(product.upload()), "inspection": INSPECTION}
        assert product.merge(self.described(product, state))["merged"]["metadata"]["title"]

    def test_a_stand_in_that_was_paid_is_judged_as_any_other(self, product: Product) -> None:
        state = again(product, METADATA, AI, provider="openai")
        paid = replace(answer().description, usage=Usage(10, 10), fallback=Fallback("openai", "BAD_KEY"))
        described = {**state, "description": paid.to_dict()}
        assert "failure" not in product.merge(through_json(described))
