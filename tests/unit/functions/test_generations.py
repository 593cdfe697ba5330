"""Every code that the page on generations names, as the API tells it."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, Final

import pytest

from gloss.describe.model import Permanent, RateLimited, Transient
from gloss.errors import ProviderUnavailable
from gloss.generate.model import DEADLINE, LEASE, PENDING_KEPT, Generation
from gloss.generate.pace import PER_MINUTE
from gloss.generate.steps import MakeStep, while_held
from tests.fakes.generation import MODEL, GenerationKit
from tests.fakes.product import DERIVED, ORIGINALS, USER, Product
from tests.unit.functions.conftest import Answer, Invoke
from tests.unit.functions.events import request
from tests.unit.rules.sources import ROOT

SOMEBODY: Final = "019bc1f7-5a00-7000-8000-00000000dead"
SECOND: Final = timedelta(seconds=1)

Kit = GenerationKit


@pytest.fixture
def kit(product: Product) -> GenerationKit:
    return GenerationKit(product=product)


# --- why there are no pictures ----------------------------------------------------------------------------


def cancelled(kit: Kit) -> str:
    generation = kit.create()
    kit.generations.cancel(USER, generation)
    return generation


def expired(kit: Kit) -> str:
    generation = kit.create()
    kit.forward(PENDING_KEPT)
    return generation


def late(kit: Kit) -> str:
    generation = kit.started()
    kit.forward(DEADLINE["interactive"])
    return generation


def dying(kit: Kit) -> str:
    generation = kit.started()
    kit.product.states.work = lambda _: {"status": "TIMED_OUT"}
    for _ in range(2):
        with pytest.raises(Exception, match="settling"):
            kit.deliver()
        kit.forward(LEASE + SECOND)
    return generation


def answered(outcome: Any, kit: Kit) -> str:
    kit.maker.always(outcome)
    return delivered(kit)


def delivered(kit: Kit, **changes: Any) -> str:
    generation = kit.started(**changes)
    kit.deliver_all()
    return generation


def broken(kit: Kit) -> str:
    def step(_: object) -> dict[str, object]:
        raise RuntimeError("the infrastructure broke")

    kit.steps["pictures"] = step
    return delivered(kit)


def without_inputs(kit: Kit) -> str:
    generation = kit.started()
    key = (DERIVED, f"inputs/{USER}/{generation}/0.jpg")
    kit.before["made"] = lambda: kit.product.s3.objects.pop(key)
    kit.deliver_all()
    return generation


def without_original(kit: Kit) -> str:
    image = kit.image()
    generation = kit.started(product_images=[image])
    del kit.product.s3.objects[ORIGINALS, f"{USER}/{image}"]
    kit.deliver_all()
    return generation


def without_tokens(kit: Kit) -> str:
    generation = kit.started()
    reservation = kit.record(generation).reservation
    kit.before["verdict"] = lambda: kit.product.credits.release(reservation)
    kit.deliver()
    return generation


def without_provider(kit: Kit) -> str:
    def nobody(_: Generation) -> Any:
        raise ProviderUnavailable

    kit.steps["made"] = while_held(
        MakeStep(kit.store, kit.pictures, nobody, kit.product.books.enter, kit.product.clock).run
    )
    return delivered(kit)


FAILURES: Final[dict[str, Callable[[Kit], str]]] = {
    "CANCELLED": cancelled,
    "EXPIRED": expired,
    "SOURCE_REFUSED": without_original,
    "INPUT_MISSING": without_inputs,
    "CONTENT_REFUSED": partial(answered, Permanent("CONTENT_REFUSED", "no")),
    "INVALID_ANSWER": partial(answered, Transient("INVALID_ANSWER", "no picture")),
    "RATE_LIMITED": partial(answered, RateLimited(DEADLINE["interactive"].total_seconds())),
    "PROVIDER_UNAVAILABLE": without_provider,
    "TASK_FAILED": broken,
    "WORKER_DIED": dying,
    "DEADLINE_EXCEEDED": late,
    "RESERVATION_RELEASED": without_tokens,
}


@pytest.mark.parametrize("code", FAILURES)
def test_a_generation_says_why_it_has_no_pictures(kit: Kit, invoke: Invoke, code: str) -> None:
    generation = FAILURES[code](kit)
    path = {"generation_id": generation}
    shown = json.loads(
        invoke("generations_api", request("generations_api.show", path=path, user=USER))["body"]
    )
    assert shown["data"]["error"]["code"] == code
    assert shown["data"]["status"] == ("cancelled" if code in {"CANCELLED", "EXPIRED"} else "failed")
    assert kit.left == 10_000


# --- what is refused --------------------------------------------------------------------------------------


Ask = Callable[[Kit, Invoke], Answer]


def creating(kit: Kit, invoke: Invoke, **body: Any) -> Answer:
    wanted = {"productImages": [kit.image()], "model": MODEL, **body}
    return invoke("generations_api", request("generations_api", body=wanted, user=USER))


def starting(kit: Kit, invoke: Invoke, generation: str) -> Answer:
    body = {"generationId": generation}
    return invoke("generations_api", request("generations_api.generate", body=body, user=USER))


def one_too_many(kit: Kit, invoke: Invoke) -> Answer:
    """The minute is full, and the next one too, should it begin meanwhile."""
    minute = int(kit.product.clock().timestamp() // 60)
    for full in (minute, minute + 1):
        assert kit.generations.pace.rates.count(f"generations#{USER}", full, PER_MINUTE, count=PER_MINUTE)
    return creating(kit, invoke)


def no_tokens(kit: Kit, invoke: Invoke) -> Answer:
    kit.tokens(0)
    return creating(kit, invoke)


def keeping(kit: Kit, invoke: Invoke) -> Answer:
    path = {"generation_id": delivered(kit), "number": "4"}
    return invoke("studio_api", request("studio_api.keep", path=path, user=USER))


def applying(kit: Kit, invoke: Invoke) -> Answer:
    body, path = {"productImages": [kit.image()]}, {"name": "none"}
    return invoke("studio_api", request("studio_api.apply", body=body, path=path, user=USER))


REFUSALS: Final[dict[str, tuple[int, Ask]]] = {
    "VALIDATION_FAILED": (400, partial(creating, model="dreams-9")),
    "GENERATION_NOT_FOUND": (404, partial(starting, generation=SOMEBODY)),
    "INVALID_GENERATION_STATUS": (409, lambda kit, invoke: starting(kit, invoke, cancelled(kit))),
    "QUOTA_EXCEEDED": (403, no_tokens),
    "RATE_LIMITED": (429, one_too_many),
    "IMAGE_NOT_FOUND": (404, partial(creating, productImages=[SOMEBODY])),
    "ADDRESS_REFUSED": (400, partial(creating, productImages=["ftp://example.com/a.jpg"])),
    "PICTURE_NOT_FOUND": (404, keeping),
    "TEMPLATE_NOT_FOUND": (404, applying),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_what_cannot_be_done_is_refused_by_name(kit: Kit, invoke: Invoke, code: str) -> None:
    status, ask = REFUSALS[code]
    answer = ask(kit, invoke)
    assert (answer["statusCode"], json.loads(answer["body"])["error"]["code"]) == (status, code)
    if code == "RATE_LIMITED":
        headers = {**answer.get("headers", {}), **answer.get("multiValueHeaders", {})}
        assert any(name.lower() == "retry-after" for name in headers)


def test_the_page_names_no_other_code() -> None:
    (page,) = re.findall(
        r"^## Generation\n(.*?)^## ", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE | re.DOTALL
    )
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+|CANCELLED|EXPIRED)`", page))
    assert named == {*FAILURES, *REFUSALS}
