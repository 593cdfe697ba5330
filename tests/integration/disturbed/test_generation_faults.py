"""Generations while rights are taken away and workers are kept busy: tokens come back, or are used, once."""

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gloss.generate.making import MAX_PICTURE_BYTES
from gloss.generate.model import AT_ONCE, MAX_ATTEMPTS
from tests.integration.backstage import Backstage
from tests.integration.person import Person, data, error
from tests.integration.rights import Rights
from tests.integration.studio import COST, an_image, bring_key, cancel, create, ended, shown, start, tokens
from tests.servers import openai_script as script
from tests.servers.openai_script import EDITS, Call
from tests.servers.openai_server import OpenAiServer
from tools.local_engine import wait_for
from tools.local_stack import LocalStack


@pytest.fixture
def server() -> Iterator[OpenAiServer]:
    with OpenAiServer() as server:
        yield server


def test_services_that_give_no_picture_and_a_step_that_breaks_cost_nothing(
    stack: LocalStack, ann: Person, backstage: Backstage, server: OpenAiServer
) -> None:
    """All at the same time, for each is tried twice with a pause between."""
    image = an_image(ann)
    broken = create(ann, image)
    bring_key(ann, server)
    replies = {
        "refuse": script.error(400, "moderation_blocked"),
        "garbage": script.edited(b"no picture"),
        "oversized": script.edited(b"\xff\xd8\xff" + bytes(MAX_PICTURE_BYTES)),
        "empty": script.ok({"created": 0}),
    }
    server.script = lambda call: (
        next(reply for word, reply in replies.items() if word in call.body["prompt"])
        if call.path == EDITS
        else None
    )
    asked = {word: create(ann, image, model="openai", customPrompt=word) for word in replies}
    with Rights(stack, "GeneratePictures").denied("s3:PutObject"):
        for generation in (*asked.values(), broken):
            data(start(ann, generation), 202)
        errors = {word: ended(ann, generation)["error"] for word, generation in asked.items()}
        failed = ended(ann, broken)
    assert {word: (told["code"], told["retryable"]) for word, told in errors.items()} == {
        "refuse": ("CONTENT_REFUSED", False),
        "garbage": ("INVALID_ANSWER", True),
        "oversized": ("INVALID_ANSWER", True),
        "empty": ("INVALID_ANSWER", True),
    }
    assert server.count(EDITS) == 1 + 2 + 2 + 2
    assert (failed["status"], failed["error"]["code"]) == ("failed", "TASK_FAILED")
    assert tokens(ann) == (0, 0)
    assert backstage.journal(ann.id, f"generation-{broken}-1") == ["reserve", "release"]
    data(start(ann, broken), 202)
    assert ended(ann, broken)["status"] == "completed"
    assert tokens(ann) == (COST, 0)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("function", "action"),
    [
        ("FetchInputs", "s3:PutObject"),
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


def test_what_breaks_around_the_machine_is_the_sweeps_and_is_paid_once(
    stack: LocalStack, ann: Person, backstage: Backstage
) -> None:
    image = an_image(ann)
    lost, called_off, unrun, unsettled = (create(ann, image) for _ in range(4))
    with Rights(stack, "GenerationsApi").denied("sqs:SendMessage"):
        for generation in (lost, called_off):
            assert data(start(ann, generation), 202)["status"] == "processing"
    assert cancel(ann, called_off) == ("cancelled", False)
    with Rights(stack, "GenerationIntake").denied("states:StartSyncExecution"):
        data(start(ann, unrun), 202)
        assert wait_for(lambda: backstage.wrote("GenerationIntake", "message failed", "StartSync"), 60)
    with Rights(stack, "SettleGeneration").denied("dynamodb:PutItem"):
        data(start(ann, unsettled), 202)
        assert wait_for(lambda: backstage.wrote("SettleGeneration", "a step broke off", unsettled), 60)
        # Its last attempt, and its worker's lease has run out.
        backstage.change_generation(ann.id, unsettled, due_at=1, attempt=MAX_ATTEMPTS)
        backstage.change_generation(ann.id, unrun, due_at=1)
        backstage.change_generation(ann.id, lost, due_at=1)
        done = backstage.sweep()
    assert (done["generation failed"], done["generation queued"]) == (1, 2)

    failed = shown(ann, unsettled)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "WORKER_DIED")
    assert failed["error"]["retryable"]
    data(start(ann, unsettled), 202)
    found = {generation: ended(ann, generation) for generation in (lost, unrun, unsettled)}
    assert {it["status"] for it in found.values()} == {"completed"}
    assert tokens(ann) == (3 * COST, 0)
    assert {name: backstage.journal(ann.id, f"generation-{name}-1")[1:] for name in (*found, called_off)} == {
        lost: ["commit"],
        unrun: ["commit"],
        unsettled: ["release"],
        called_off: ["release"],
    }
    assert backstage.journal(ann.id, f"generation-{unsettled}-2") == ["reserve", "commit"]


def test_a_batch_delays_nobody_and_neither_it_nor_a_person_takes_every_place(
    ann: Person, backstage: Backstage, server: OpenAiServer
) -> None:
    """The service answers nobody before all was asked, so what is under way stays so."""
    image = an_image(ann)
    quick = create(ann, image)
    bring_key(ann, server)
    answer, asked = threading.Event(), threading.Event()

    def wait(call: Call) -> None:
        if call.path == EDITS:
            asked.set()
            assert answer.wait(110)

    server.script = wait
    one = {"productImages": [image], "model": "openai"}
    batch = _created_batch(ann, [one] * AT_ONCE["batch"])
    for generation in batch:
        data(start(ann, generation), 202)
    assert asked.wait(60)
    assert data(start(ann, quick), 202)
    assert ended(ann, quick)["status"] == "completed"
    _no_place(start(ann, _created_batch(ann, [one])[0]))

    own = [create(ann, image, model="openai") for _ in range(AT_ONCE["interactive"])]
    for generation in own:
        data(start(ann, generation), 202)
    _no_place(start(ann, create(ann, image, model="openai")))

    outcomes = {generation: cancel(ann, generation) for generation in (*batch, *own)}
    answer.set()
    # The key is their own: nothing is charged, and that is known at once.
    assert set(outcomes.values()) == {("cancelled", False), ("too_late", False)}
    becomes = {"cancelled": "cancelled", "too_late": "completed"}
    for generation, (outcome, _) in outcomes.items():
        assert ended(ann, generation)["status"] == becomes[outcome]
    assert server.count(EDITS) == [outcome for outcome, _ in outcomes.values()].count("too_late")
    assert tokens(ann) == (COST, 0)


def _created_batch(person: Person, requests: list[dict[str, Any]]) -> list[str]:
    made = data(person.http.post("/generation/batch", json={"generations": requests}), 201)
    return [it["generationId"] for it in made["generations"]]


def _no_place(answer: httpx.Response) -> None:
    assert error(answer, 429)["code"] == "RATE_LIMITED"
    assert answer.headers["retry-after"] == "15"
