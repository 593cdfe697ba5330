"""A stack that works with an AI service: the scripted one on a real socket, its key in the secret store."""

import contextlib
import io
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from PIL import Image
from rich.console import Console

from gloss.images.model import MAX_ATTEMPTS, Status
from gloss.metering.breaker import THRESHOLD
from tests.integration.backstage import Backstage
from tests.integration.person import Person, Picture, data
from tests.integration.studio import an_image, cancel, create, ended, start, tokens
from tests.servers import openai_script as script
from tests.servers.openai_script import CHAT, EDITS, EMBEDDINGS, Call, Reply
from tests.servers.openai_server import OpenAiServer
from tools.ai_access import AiAccess
from tools.client import GlossClient
from tools.demo import Demo
from tools.local_engine import free_port, wait_for
from tools.local_stack import LocalStack

KEY = "sk-integration-4f1d9c7b2a"


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAiServer]:
    with OpenAiServer() as server:
        yield server


@pytest.fixture(scope="module")
def ai_stack(tmp_path_factory: pytest.TempPathFactory, server: OpenAiServer) -> Iterator[LocalStack]:
    """A stack of its own: what it may call is part of the deployment."""
    ai = AiAccess(KEY, server.base_url, embed_model="text-embedding-3-small")
    stack = LocalStack(tmp_path_factory.mktemp("ai"), free_port(), persist=False, ai=ai)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def scripted(server: OpenAiServer, behind: Backstage) -> OpenAiServer:
    """The service, and the stack, without a memory of earlier tests: no pause, no circuit, no full minute."""
    server.calls.clear()
    server.script = script.as_usual
    table = behind.outputs["RatesTable"]
    for row in behind.dynamodb.scan(TableName=table)["Items"]:
        behind.dynamodb.delete_item(TableName=table, Key={"window": row["window"]})
    return server


@pytest.fixture
def eve(ai_stack: LocalStack) -> Iterator[Person]:
    with contextlib.closing(Person(ai_stack)) as person:
        yield person


@pytest.fixture(scope="module")
def behind(ai_stack: LocalStack) -> Iterator[Backstage]:
    """Below the API. Whatever the tests did, at the end every balance is the sum of its journal."""
    backstage = Backstage(ai_stack)
    yield backstage
    assert backstage.ledger.audit().drifts == ()


def once(path: str, reply: Reply) -> script.Script:
    """This reply to the first call of the path."""
    return lambda call: reply if call.path == path and call.number == 0 else None


def sweep_until_settled(behind: Backstage, person: Person, image: str) -> dict[str, object]:
    for _ in range(5):
        behind.make_all_due(person.id)
        behind.sweep()
        assert behind.drained()
        shown = person.image(image)
        if shown["status"] in {"complete", "failed"}:
            return shown
    raise AssertionError(f"still {shown['status']}")


def test_a_picture_is_described_and_embedded_for_one_call_each(
    eve: Person, behind: Backstage, scripted: OpenAiServer
) -> None:
    before = eve.credits()

    (shown,) = eve.settled(eve.upload(Picture.drawn("forest")))

    assert shown["status"] == "complete"
    (asked,) = [call for call in scripted.calls if call.path == CHAT]
    color = script.dominant_color(asked.picture)
    assert shown["metadata"]["title"] == f"A {color} picture"
    assert shown["provenance"]["title"]["provider"] == "openai"
    assert scripted.count(EMBEDDINGS, KEY) == 1
    assert eve.credits() == before.after(used=1)
    record = behind.record(eve.id, shown["id"])
    assert (record.embedding or {})["model"] == "text-embedding-3-small"
    assert record.checkpoint is None


def test_an_image_described_without_ai_is_described_by_a_model_for_one_credit(
    eve: Person, scripted: OpenAiServer
) -> None:
    data(eve.http.put("/settings", json={"version": 0, "provider": "heuristic"}))
    (image,) = eve.upload(Picture.drawn("forest", seed=3))
    (first,) = eve.settled([image])
    assert first["provenance"]["title"]["provider"] == "heuristic"
    before = eve.credits()

    started = data(eve.http.post(f"/images/{image}/regenerate", json={"provider": "openai"}), 202)
    assert (started["cost"], started["remaining"]) == (1, before.remaining - 1)
    assert wait_for(lambda: eve.image(image)["version"] == 2, 60)

    assert eve.image(image)["provenance"]["title"]["provider"] == "openai"
    assert eve.credits() == before.after(used=1)
    newest, oldest = data(eve.http.get(f"/images/{image}/versions"))["versions"]
    costs = [version["details"]["costUsd"] for version in (newest, oldest)]
    # Both were embedded by the service, which has its price; only the newer one was described by it.
    assert costs[0] > costs[1] > 0
    assert [version["details"]["credits"] for version in (newest, oldest)] == [1, 1]
    assert newest["differences"]["title"]["before"] == first["metadata"]["title"]


def test_a_rate_limit_uses_no_attempt_and_is_waited_out(eve: Person, scripted: OpenAiServer) -> None:
    scripted.script = once(CHAT, script.rate_limited(retry_after="1"))

    (shown,) = eve.settled(eve.upload(Picture.drawn("beach")))

    assert (shown["status"], scripted.count(CHAT)) == ("complete", 2)
    assert scripted.calls[1].at - scripted.calls[0].at >= 1


@pytest.mark.parametrize(
    ("reply", "code"),
    [(script.server_error(), "PROVIDER_ERROR"), (script.malformed(), "INVALID_ANSWER")],
    ids=["500", "garbage"],
)
def test_a_fault_that_may_pass_is_tried_again_later(
    eve: Person, behind: Backstage, scripted: OpenAiServer, reply: Reply, code: str
) -> None:
    before = eve.credits()
    scripted.script = once(CHAT, reply)
    (image,) = eve.upload(Picture.drawn("skyline"))

    assert eve.reaches(image, {"retrying"})["failure"]["code"] == code
    assert eve.credits() == before.after(held=1)

    assert sweep_until_settled(behind, eve, image)["status"] == "complete"
    assert scripted.count(CHAT) == 2
    assert eve.credits() == before.after(used=1)


def test_what_was_paid_is_not_paid_again_because_a_later_step_failed(
    eve: Person, behind: Backstage, scripted: OpenAiServer
) -> None:
    scripted.script = once(EMBEDDINGS, script.server_error())
    (image,) = eve.upload(Picture.drawn("studio"))

    eve.reaches(image, {"retrying"})
    assert sweep_until_settled(behind, eve, image)["status"] == "complete"

    assert (scripted.count(CHAT), scripted.count(EMBEDDINGS)) == (1, 2)


def test_a_refused_key_fails_the_image_and_gives_the_credit_back(eve: Person, scripted: OpenAiServer) -> None:
    before = eve.credits()
    scripted.script = script.always(script.error(401, "invalid_api_key", f"Incorrect API key: {KEY}"))

    (shown,) = eve.settled(eve.upload(Picture.drawn("flowers")))

    assert (shown["status"], shown["failure"]["code"]) == ("failed", "BAD_KEY")
    assert scripted.count(CHAT) == 1
    assert eve.credits() == before


def test_a_generation_is_charged_as_counted_and_called_off_only_before_the_service_is_asked(
    eve: Person, behind: Backstage, scripted: OpenAiServer
) -> None:
    image = an_image(eve)
    asked, answer = threading.Event(), threading.Event()

    def wait(call: Call) -> None:
        if call.path == EDITS:
            asked.set()
            assert answer.wait(60)

    scripted.script = wait
    generation = create(eve, image, model="openai", aspectRatio="16:9")
    assert tokens(eve) == (0, 4800)
    data(start(eve, generation), 202)
    assert asked.wait(60)
    assert cancel(eve, generation) == ("too_late", None)
    answer.set()
    done = ended(eve, generation)
    assert (done["status"], done["tokensCharged"]) == ("completed", 1400)
    assert [(it["width"], it["height"]) for it in done["pictures"]] == [(192, 108)]
    with Image.open(io.BytesIO(httpx.get(done["pictures"][0]["links"]["picture"]).content)) as picture:
        assert picture.size == (192, 108)
    assert tokens(eve) == (1400, 0)
    assert behind.journal(eve.id, f"generation-{generation}-1") == ["reserve", "commit"]
    assert cancel(eve, generation) == ("already_done", True)

    scripted.script = once(EDITS, script.error(400, "moderation_blocked"))
    scripted.calls.clear()
    refused = create(eve, image, model="openai")
    data(start(eve, refused), 202)
    assert ended(eve, refused)["error"]["code"] == "CONTENT_REFUSED"
    assert tokens(eve) == (1400, 0)
    assert behind.journal(eve.id, f"generation-{refused}-1") == ["reserve", "release"]
    report = data(eve.http.get("/usage", params={"by": "purpose"}))
    (made,) = [group for group in report["groups"] if group["purpose"] == "generate"]
    assert (made["totals"]["calls"], made["totals"]["failures"]) == (2, 1)


Moods = Callable[[int], Sequence[Reply]]
"""What the service says to picture number so-and-so, one reply per request, before it answers as usual."""

STUBBORN = [script.server_error()] * MAX_ATTEMPTS
DECLINED = [script.refusal()]
TURNED_AWAY = [script.rate_limited(retry_after="1")]
FAILS: Final = {"PROVIDER_ERROR": STUBBORN, "CONTENT_REFUSED": DECLINED}


def some_of_each(number: int) -> Sequence[Reply]:
    moods = (TURNED_AWAY, [script.server_error()], [script.malformed()], STUBBORN, DECLINED)
    return moods[number] if number < len(moods) else ()


def as_the_issue_says(number: int) -> Sequence[Reply]:
    """A third is turned away at first, a tenth fails, a few hear nonsense; some end without a description.

    None of them is a multiple of three, for sixty and thirty are.
    """
    if number % 3 == 0:
        return TURNED_AWAY
    if number % 30 in {1, 11, 23}:
        return [script.server_error()]
    if number % 30 == 5:
        return [script.malformed()]
    if number % 60 == 7:
        return STUBBORN
    return DECLINED if number % 60 == 19 else ()


class Moody:
    """A script that numbers the pictures as they come."""

    def __init__(self, moods: Moods) -> None:
        self._moods = moods
        self._numbers: dict[bytes, int] = {}
        self._heard: Counter[int] = Counter()
        self._lock = threading.Lock()

    def __call__(self, call: Call) -> Reply | None:
        if call.path != CHAT:
            return None
        with self._lock:
            number = self._numbers.setdefault(call.picture, len(self._numbers))
            heard = self._heard[number]
            self._heard[number] += 1
        replies = self._moods(number)
        return replies[heard] if heard < len(replies) else None

    def expected_calls(self) -> int:
        """No picture is asked about once more than it has to be."""
        all_moods = [self._moods(number) for number in self._numbers.values()]
        return sum(len(moods) + (moods not in FAILS.values()) for moods in all_moods)

    def expected_failures(self) -> Counter[str]:
        all_moods = [self._moods(number) for number in self._numbers.values()]
        return Counter({code: all_moods.count(moods) for code, moods in FAILS.items()})


def endured(
    stack: LocalStack, behind: Backstage, scripted: OpenAiServer, moods: Moods, *, people: int, each: int
) -> None:
    """All end complete, or failed with their reason and credit; nothing is paid for twice, and the usage rows
    are the server's own count."""
    scripted.script = mood = Moody(moods)
    with contextlib.ExitStack() as ending:
        everybody = [ending.enter_context(contextlib.closing(Person(stack))) for _ in range(people)]
        images = {
            (person, image)
            for index, person in enumerate(everybody)
            for image in person.upload(*(_small(each * index + number) for number in range(each)))
        }
        for _ in range(MAX_ATTEMPTS):
            for person, image in images:
                person.reaches(image, {"complete", "failed", "retrying"}, deadline_s=400)
            # Never that of a live worker: who loses the lease in a call has the call repeated.
            for person, image in images:
                if behind.record(person.id, image).status is Status.RETRYING:
                    behind.make_due(person.id, image)
            behind.sweep()
        ended = {image: person.reaches(image, {"complete", "failed"}) for person, image in images}
        failures = Counter(shown["failure"]["code"] for shown in ended.values() if shown["failure"])
        complete = len(images) - failures.total()
        assert failures == mood.expected_failures()
        assert sum(person.credits().used for person in everybody) == complete
        assert {person.credits().held for person in everybody} == {0}
        rows = [row for person in everybody for row in calls_of(person)]

    assert scripted.count(CHAT) == mood.expected_calls()
    assert scripted.count(EMBEDDINGS) == complete
    assert Counter(row["purpose"] for row in rows) == {
        "describe": scripted.count(CHAT),
        "embed": scripted.count(EMBEDDINGS),
    }
    unpaid = sum(row["outcome"] == "rate_limited" or row["code"] == "PROVIDER_ERROR" for row in rows)
    described = scripted.count(CHAT) - unpaid
    embedded = sum(
        len(text) // 4 + 1
        for call in scripted.calls
        if call.path == EMBEDDINGS
        for text in call.body["input"]
    )
    assert sum(row["inputTokens"] for row in rows) == 900 * described + embedded
    assert sum(row["outputTokens"] for row in rows) == 120 * described
    assert {row["costUsd"] is None for row in rows} == {False}


def calls_of(person: Person) -> list[dict[str, Any]]:
    """All rows of the usage log; they add up to its report."""
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = data(person.http.get("/usage/calls", params={"limit": "100", **cursor}))
        rows += page["calls"]
        if not page["next"]:
            break
        cursor = {"cursor": page["next"]}
    total = data(person.http.get("/usage"))["total"]
    assert total["calls"] == len(rows)
    assert total["inputTokens"] == sum(row["inputTokens"] for row in rows)
    return rows


def test_a_few_pictures_and_a_moody_service(
    ai_stack: LocalStack, behind: Backstage, scripted: OpenAiServer
) -> None:
    endured(ai_stack, behind, scripted, some_of_each, people=1, each=7)


@pytest.mark.heavy
def test_two_hundred_pictures_and_a_moody_service(
    ai_stack: LocalStack, behind: Backstage, scripted: OpenAiServer
) -> None:
    endured(ai_stack, behind, scripted, as_the_issue_says, people=8, each=25)


def test_while_the_service_is_down_the_heuristic_stands_in_and_says_so(
    eve: Person, scripted: OpenAiServer
) -> None:
    scripted.script = script.always(script.server_error())
    for image in eve.upload(*(_small(seed) for seed in range(THRESHOLD))):
        eve.reaches(image, {"retrying"})
    asked = scripted.count(CHAT)
    data(eve.http.put("/settings", json={"version": 0, "fallback": True}))
    (shown,) = eve.settled(eve.upload(_small(99)))

    assert (shown["status"], shown["provenance"]["title"]["provider"]) == ("complete", "heuristic")
    assert scripted.count(CHAT) == asked
    (version,) = data(eve.http.get(f"/images/{shown['id']}/versions"))["versions"]
    assert version["details"]["fallback"] == {"insteadOf": "openai", "code": "PROVIDER_UNAVAILABLE"}


def _small(seed: int) -> Picture:
    return Picture.drawn("flowers", seed=seed, size=(96, 64))


def test_the_demo_shows_what_the_service_said(
    ai_stack: LocalStack, eve: Person, scripted: OpenAiServer, tmp_path: Path
) -> None:
    """What `make demo` does once the stack is up, on one that found a key in the environment."""
    picture = tmp_path / "IMG_0001.jpg"
    picture.write_bytes(_small(7).data)
    told = Console(file=io.StringIO(), width=200)
    with GlossClient(ai_stack.outputs["ApiUrl"], eve.token) as client:
        assert Demo(client, tmp_path, told).run([picture])

    assert scripted.count(CHAT, KEY) == 1
    color = script.dominant_color(scripted.calls[0].picture)
    assert f"A {color} picture" in told.file.getvalue()  # type: ignore[attr-defined]  # a StringIO


@pytest.mark.usefixtures("scripted")
def test_the_key_is_nowhere_to_be_seen(ai_stack: LocalStack, behind: Backstage, eve: Person) -> None:
    data(eve.http.put("/settings", json={"version": 0, "detail": "high"}))
    eve.settled(eve.upload(Picture.drawn("forest")))
    for function in ai_stack.access.functions():
        assert KEY not in json.dumps(ai_stack.access.variables(function))
        assert not [line for line in ai_stack.access.logs(function) if KEY in line.message]
    for table in ("ImagesTable", "UsageTable", "RatesTable", "SettingsTable"):
        rows = [
            row
            for page in behind.dynamodb.get_paginator("scan").paginate(TableName=behind.outputs[table])
            for row in page["Items"]
        ]
        assert rows, table
        assert KEY not in repr(rows)
    assert KEY not in (ai_stack.folder / "deploy.log").read_text()
