"""Generations on the deployed stack, IAM enforced: with the compositor, and with a scripted service."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.integration.backstage import Backstage
from tests.integration.listener import listening
from tests.integration.person import Person, Picture, data, error
from tests.integration.studio import (
    COST,
    OWN_KEY,
    allow,
    an_image,
    bring_key,
    cancel,
    create,
    ended,
    shown,
    start,
    tokens,
)
from tests.servers import openai_script as script
from tests.servers.file_server import Exchange, FileServer, file
from tests.servers.openai_script import EDITS, Reply
from tests.servers.openai_server import OpenAiServer
from tools.local_engine import wait_for
from tools.local_stack import LocalStack


@pytest.fixture
def server() -> Iterator[OpenAiServer]:
    with OpenAiServer() as server:
        yield server


def test_pictures_are_made_once_charged_and_kept(
    stack: LocalStack, ann: Person, ben: Person, backstage: Backstage
) -> None:
    web = FileServer({"/shoe.jpg": file(Picture.drawn("flowers").data)})
    image = an_image(ann)
    body = {
        "productImages": [image, f"{web.url}/shoe.jpg"],
        "model": "local",
        "aspectRatio": "16:9",
        "count": 2,
        "parameters": {"seed": 7, "guidanceScale": 5},
    }
    headers = {"Idempotency-Key": "once"}
    first, again = (ann.http.post("/generation/create", json=body, headers=headers) for _ in range(2))
    generation = data(first, 201)["generationId"]
    assert again.json() == first.json()
    assert data(first, 201)["ignoredParameters"] == ["guidanceScale"]
    cost = 2 * (COST + 10)
    assert tokens(ann) == (0, cost)
    assert error(start(ben, generation), 404)["code"] == "GENERATION_NOT_FOUND"

    with web, listening(stack.outputs["SocketUrl"], ann.token) as listener:
        listener.hello()
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: start(ann, generation), range(20)))
        assert {data(answer, 202)["status"] for answer in answers} <= {"processing", "completed"}
        done = ended(ann, generation)
        assert wait_for(lambda: len(listener.of(generation)) > 1, 60)
        statuses = [told.event["status"] for told in listener.of(generation)]
    assert statuses == ["processing", "completed"]
    assert (done["status"], done["tokensCharged"], done["retryCount"]) == ("completed", cost, 0)
    assert web.counted["/shoe.jpg"] == 1
    assert [(it["width"], it["height"]) for it in done["pictures"]] == [(1280, 720)] * 2
    for link in (link for picture in done["pictures"] for link in picture["links"].values()):
        assert httpx.get(link).content.startswith(b"\xff\xd8\xff")
    assert tokens(ann) == (cost, 0)
    assert error(start(ann, generation), 409)["code"] == "INVALID_GENERATION_STATUS"
    assert cancel(ann, generation) == ("already_done", True)

    added = data(ann.http.post(f"/generations/{generation}/pictures/2/library", json={}), 202)
    (kept,) = ann.settled([added["imageId"]])
    assert (kept["status"], kept["contentType"]) == ("complete", "image/jpeg")
    backstage.forget_picture(ann.id, generation, 1)
    for number in (1, 3):
        gone = ann.http.post(f"/generations/{generation}/pictures/{number}/library", json={})
        assert error(gone, 404)["code"] == "PICTURE_NOT_FOUND"

    other = data(ann.http.post(f"/generations/{generation}/regenerate", json={}), 201)
    assert (other["status"], other["estimatedCost"], other["ignoredParameters"]) == (
        "pending",
        cost,
        ["guidanceScale"],
    )
    repeated = shown(ann, other["generationId"])
    assert (repeated["regeneratedFrom"], repeated["productImages"]) == (generation, body["productImages"])
    assert repeated["seed"] != 7
    assert cancel(ann, other["generationId"]) == ("cancelled", False)
    assert tokens(ann) == (cost, 0)


@pytest.mark.parametrize("at_once", [16, pytest.param(50, marks=pytest.mark.heavy)])
def test_as_many_are_created_as_there_are_tokens(
    stack: LocalStack, ann: Person, backstage: Backstage, at_once: int
) -> None:
    image = an_image(ann)
    allow(stack, ann, 10 * COST)
    body = {"productImages": [image], "model": "local"}
    with ThreadPoolExecutor(at_once) as pool:
        # Every concurrent request is a process here; fifty that start together would take each other's time.
        for ready in range(10, at_once + 1, 10):
            list(pool.map(lambda _: ann.http.get("/generations"), range(ready)))
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
    backstage.change_generation(ann.id, found[0], due_at=1)
    assert backstage.sweep()["generation expired"] >= 1
    assert shown(ann, found[0])["error"]["code"] == "EXPIRED"
    assert cancel(ann, found[1]) == ("cancelled", False)
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
    secret = {"productImages": ["https://me:secret@example.com/a.jpg"], "model": "local"}
    assert error(ann.http.post("/generation/create", json=secret), 400)["code"] == "ADDRESS_REFUSED"
    for model in ("dreams-9", "bedrock", "openai"):
        asked = {"productImages": ["https://example.com/a.jpg"], "model": model}
        refusal = error(ann.http.post("/generation/create", json=asked), 400)
        assert (refusal["code"], refusal["details"]["field"]) == ("VALIDATION_FAILED", "model")
    assert tokens(ann) == (0, 0)
    gone = ann.http.post("/generations/019bc1f7-5a00-7000-8000-00000000dead/pictures/1/library", json={})
    assert error(gone, 404)["code"] == "GENERATION_NOT_FOUND"


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


def _parts(reply: Reply) -> dict[str, Any]:
    return {"status": reply.status, "body": reply.body, "headers": reply.headers}


def test_while_its_inputs_are_fetched_it_can_be_called_off(ann: Person, backstage: Backstage) -> None:
    asked, answer = threading.Event(), threading.Event()

    def wait(exchange: Exchange) -> None:
        asked.set()
        assert answer.wait(60)
        file(Picture.drawn().data)(exchange)

    with FileServer({"/a.jpg": wait}) as web:
        generation = create(ann, f"{web.url}/a.jpg")
        data(start(ann, generation), 202)
        assert asked.wait(60)
        assert cancel(ann, generation) == ("cancelled", False)
        answer.set()
        assert wait_for(lambda: backstage.wrote("GenerationIntake", generation, "superseded"), 60)
    assert shown(ann, generation)["status"] == "cancelled"
    assert tokens(ann) == (0, 0)
    assert backstage.journal(ann.id, f"generation-{generation}-1") == ["reserve", "release"]
