"""The steps before the settlement: pixels to facts, facts to words, words to a vector."""

from dataclasses import replace
from typing import Any

import pytest

from gloss.describe.memory import ScriptedDescriber
from gloss.describe.model import Permanent, RateLimited, Transient
from gloss.embed.memory import ScriptedEmbedder
from gloss.pipeline.inspection import inspect
from gloss.pipeline.words import facts
from tests.fakes.dynamodb import Fault, client_error, denied
from tests.fakes.product import DERIVED, INSPECTION, ORIGINALS, USER, Product, through_json
from tests.unit.describe.samples import METADATA, answer
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
        assert merged["changed"] == ["caption"]
        assert merged["reasons"]["tags"]["reason"] == "not_requested"
