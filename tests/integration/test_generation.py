"""Generations on the deployed stack, IAM enforced: with the compositor, and with a scripted service."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from gloss.dynamodb import to_attributes
from gloss.generate.making import MAX_PICTURE_BYTES
from gloss.quota.accounts import Accounts
from gloss.quota.plans import Plans
from tests.integration.backstage import Backstage
from tests.integration.listener import listening
from tests.integration.person import Person, Picture, data, error
from tests.integration.rights import Rights
from tests.servers import openai_script as script
from tests.servers.openai_script import EDITS, Reply
from tests.servers.openai_server import OpenAiServer
from tools.local_engine import wait_for
from tools.local_stack import LocalStack

pytestmark = pytest.mark.xdist_group("sweep")
"""Two sweeps at a time would take work from each other."""

COST = 110
ENDED = {"completed", "failed", "cancelled"}
OWN_KEY = "sk-own-6f1d9c7b2a"


@pytest.fixture
def server() -> Iterator[OpenAiServer]:
    with OpenAiServer() as server:
        yield server


def an_image(person: Person) -> str:
    (image,) = person.upload(Picture.drawn(seed=1))
    person.settled([image])
    return image


def create(person: Person, image: str, **changes: Any) -> str:
    body = {"productImages": [image], "model": "local", **changes}
    created: str = data(person.http.post("/generation/create", json=body), 201)["generationId"]
    return created


def start(person: Person, generation: str) -> httpx.Response:
    return person.http.post("/generate", json={"generationId": generation})


def shown(person: Person, generation: str) -> dict[str, Any]:
    found: dict[str, Any] = data(person.http.get(f"/generations/{generation}"))
    return found


def ended(person: Person, generation: str) -> dict[str, Any]:
    assert wait_for(lambda: shown(person, generation)["status"] in ENDED, 90), shown(person, generation)
    return shown(person, generation)


def tokens(person: Person) -> tuple[int, int]:
    """Used and held."""
    meter = data(person.http.get("/quota"))["meters"]["tokens"]
    return meter["used"], meter["held"]


def allow(stack: LocalStack, person: Person, amount: int) -> None:
    accounts = Accounts(stack.access.client("dynamodb"), stack.outputs["LedgerTable"], Plans.load())
    limits: Any = {"images": 20, "tokens": amount}
    accounts.change_plan(person.id, "custom", limits=limits, actor="tests", reason="tests")


def test_pictures_are_made_once_charged_and_kept(
    stack: LocalStack, ann: Person, ben: Person, backstage: Backstage
) -> None:
    image = an_image(ann)
    body = {"productImages": [image], "model": "local", "aspectRatio": "16:9", "count": 2}
    headers = {"Idempotency-Key": "once"}
    first, again = (ann.http.post("/generation/create", json=body, headers=headers) for _ in range(2))
    generation = data(first, 201)["generationId"]
    assert again.json() == first.json()
    assert tokens(ann) == (0, 2 * COST)
    assert error(start(ben, generation), 404)["code"] == "GENERATION_NOT_FOUND"

    with listening(stack.outputs["SocketUrl"], ann.token) as listener:
        listener.hello()
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: start(ann, generation), range(20)))
        assert {data(answer, 202)["status"] for answer in answers} <= {"processing", "completed"}
        done = ended(ann, generation)
        assert wait_for(lambda: len(listener.of(generation)) > 1, 60)
        statuses = [told.event["status"] for told in listener.of(generation)]
    assert statuses == ["processing", "completed"]
    assert (done["status"], done["tokensCharged"], done["retryCount"]) == ("completed", 2 * COST, 0)
    assert [(it["width"], it["height"]) for it in done["pictures"]] == [(1280, 720)] * 2
    for link in (link for picture in done["pictures"] for link in picture["links"].values()):
        assert httpx.get(link).content.startswith(b"\xff\xd8\xff")
    assert tokens(ann) == (2 * COST, 0)
    assert error(start(ann, generation), 409)["code"] == "INVALID_GENERATION_STATUS"
    cancelled = data(ann.http.post(f"/generations/{generation}/cancel", json={}))
    assert (cancelled["outcome"], cancelled["charged"]) == ("already_done", True)

    added = data(ann.http.post(f"/generations/{generation}/pictures/2/library", json={}), 202)
    (kept,) = ann.settled([added["imageId"]])
    assert (kept["status"], kept["contentType"]) == ("complete", "image/jpeg")


def test_as_many_are_created_as_there_are_tokens(
    stack: LocalStack, ann: Person, backstage: Backstage
) -> None:
    image = an_image(ann)
    allow(stack, ann, 10 * COST)
    body = {"productImages": [image], "model": "local"}
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: ann.http.post("/generation/create", json=body), range(50)))
    assert Counter(answer.status_code for answer in answers) == {201: 10, 403: 40}
    refusals = [error(answer, 403) for answer in answers if answer.status_code == 403]
    assert {refusal["code"] for refusal in refusals} == {"QUOTA_EXCEEDED"}
    assert tokens(ann) == (0, 10 * COST)

    first = data(ann.http.get("/generations", params={"status": "pending", "limit": 6}))
    second = data(ann.http.get("/generations", params={"status": "pending", "cursor": first["next"]}))
    found = [it["generationId"] for it in (*first["generations"], *second["generations"])]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 10
    backstage.dynamodb.update_item(
        TableName=stack.outputs["GenerationsTable"],
        Key=to_attributes({"user": ann.id, "generation": found[0]}),
        UpdateExpression="SET due_at = :past",
        ExpressionAttributeValues=to_attributes({":past": 1}),
    )
    assert backstage.sweep()["generation expired"] >= 1
    assert shown(ann, found[0])["error"]["code"] == "EXPIRED"
    outcome = data(ann.http.post(f"/generations/{found[1]}/cancel", json={}))
    assert (outcome["outcome"], outcome["charged"]) == ("cancelled", False)
    assert tokens(ann) == (0, 8 * COST)


def test_templates_batches_and_the_limit_of_a_minute(ann: Person, ben: Person) -> None:
    image = an_image(ann)
    saved = {"model": "local", "style": "minimal", "quality": "high"}
    data(ann.http.put("/generation/templates/clean", json=saved))
    created = ann.http.post("/generation/templates/clean/apply", json={"productImages": [image]})
    assert data(created, 201)["estimatedCost"] == 210
    names = [it["name"] for it in data(ann.http.get("/generation/templates"))["templates"]]
    assert names == ["clean"]
    assert data(ben.http.get("/generation/templates"))["templates"] == []
    assert data(ann.http.delete("/generation/templates/clean"))["removed"]
    missing = ann.http.post("/generation/templates/clean/apply", json={"productImages": [image]})
    assert error(missing, 404)["code"] == "TEMPLATE_NOT_FOUND"

    batch = {"generations": [{"productImages": [image], "model": "local"}] * 20}
    answers = [ann.http.post("/generation/batch", json=batch) for _ in range(5)]
    made = [data(answer, 201) for answer in answers if answer.status_code == 201]
    # Where a minute ends in between, its successor takes some more.
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert error(refused, 429)["code"] == "RATE_LIMITED"
    assert int(refused.headers["retry-after"]) > 0
    assert tokens(ann) == (0, 210 + len(made) * 20 * COST)
    generation = made[0]["generations"][0]["generationId"]
    data(start(ann, generation), 202)
    done = ended(ann, generation)
    assert (done["status"], done["priority"]) == ("completed", "batch")


def test_what_is_wrong_is_refused_in_our_words(ann: Person) -> None:
    assert error(start(ann, "no-id"), 404)["code"] == "GENERATION_NOT_FOUND"
    unknown = {"productImages": ["019bc1f7-5a00-7000-8000-00000000dead"], "model": "local"}
    assert error(ann.http.post("/generation/create", json=unknown), 404)["code"] == "IMAGE_NOT_FOUND"
    plain = {"productImages": ["http://example.com:22/a.jpg"], "model": "dreams-9"}
    assert error(ann.http.post("/generation/create", json=plain), 400)["code"] == "VALIDATION_FAILED"
    gone = ann.http.post("/generations/019bc1f7-5a00-7000-8000-00000000dead/pictures/1/library", json={})
    assert error(gone, 404)["code"] == "GENERATION_NOT_FOUND"


def bring_key(person: Person, server: OpenAiServer) -> None:
    data(person.http.put("/settings/provider-key", json={"key": OWN_KEY, "baseUrl": server.base_url}))


def test_a_service_that_is_slow_and_breaks_off_half_way(ann: Person, server: OpenAiServer) -> None:
    image = an_image(ann)
    bring_key(ann, server)
    slow = Reply(delay_s=2, **_parts(script.edited(Picture.drawn(seed=2).data)))
    broken = Reply(drop_after=200, **_parts(script.edited(Picture.drawn(seed=3).data)))
    replies = {0: slow, 1: broken}
    server.script = lambda call: replies.get(call.number) if call.path == EDITS else None
    generation = create(ann, image, model="openai", count=2)
    data(start(ann, generation), 202)
    done = ended(ann, generation)
    assert (done["status"], done["retryCount"], done["tokensCharged"]) == ("completed", 1, 0)
    assert len(done["pictures"]) == 2
    assert server.count(EDITS) == server.count(EDITS, OWN_KEY) == 3
    report = data(ann.http.get("/usage", params={"by": "purpose"}))
    (made,) = [group for group in report["groups"] if group["purpose"] == "generate"]
    assert (made["totals"]["calls"], made["totals"]["failures"]) == (3, 1)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("reply", "code", "calls"),
    [
        (script.error(400, "moderation_blocked"), "CONTENT_REFUSED", 1),
        (script.edited(b"no picture"), "INVALID_ANSWER", 2),
        (script.edited(b"\xff\xd8\xff" + bytes(MAX_PICTURE_BYTES)), "INVALID_ANSWER", 2),
        (script.ok({"created": 0}), "INVALID_ANSWER", 2),
    ],
    ids=["refuses", "garbage", "oversized", "empty"],
)
def test_a_service_that_gives_no_picture(
    ann: Person, server: OpenAiServer, reply: Reply, code: str, calls: int
) -> None:
    image = an_image(ann)
    bring_key(ann, server)
    server.script = lambda call: reply if call.path == EDITS else None
    generation = create(ann, image, model="openai")
    data(start(ann, generation), 202)
    done = ended(ann, generation)
    assert (done["status"], done["error"]["code"]) == ("failed", code)
    assert server.count(EDITS) == calls


def _parts(reply: Reply) -> dict[str, Any]:
    return {"status": reply.status, "body": reply.body, "headers": reply.headers}


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("function", "action"),
    [
        ("FetchInputs", "s3:PutObject"),
        ("GeneratePictures", "s3:PutObject"),
        ("StoreResults", "s3:PutObject"),
    ],
)
def test_whichever_step_breaks_the_tokens_come_back_once(
    stack: LocalStack, ann: Person, backstage: Backstage, function: str, action: str
) -> None:
    image = an_image(ann)
    generation = create(ann, image)
    with Rights(stack, function).denied(action):
        data(start(ann, generation), 202)
        done = ended(ann, generation)
    assert (done["status"], done["error"]["code"]) == ("failed", "TASK_FAILED")
    assert tokens(ann) == (0, 0)
    assert backstage.journal(ann.id, f"generation-{generation}-1") == ["reserve", "release"]
    data(start(ann, generation), 202)
    assert ended(ann, generation)["status"] == "completed"
    assert tokens(ann) == (COST, 0)
