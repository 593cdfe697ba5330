"""Bringing the index in line with the records, whatever is out of line."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from gloss.describe.model import Failure, RateLimited, Transient
from gloss.dynamodb import to_attributes
from gloss.embed.local import LocalEmbedder
from gloss.embed.memory import ScriptedEmbedder
from gloss.embed.model import Embedder, EmbedOutcome
from gloss.images.model import Status
from gloss.providers.model import BAD_KEY, CONTENT_REFUSED, REQUEST_REFUSED, permanent
from gloss.search.background import PAUSE_S, TURNS, ReindexRequests
from gloss.search.reindexing import PAGE, Reindexing, Report
from gloss.search.store import ChangeLog
from tests.fakes.dynamodb import denied
from tests.fakes.product import USER, Product
from tests.unit.search.samples import Bench


class Scene:
    def __init__(self, *failures: Failure) -> None:
        self.product = Product()
        self.embedder = ScriptedEmbedder(*failures, dimensions=8)
        self.log = ChangeLog(self.product.dynamodb.client, "VectorsTable")
        self.forgotten: list[str] = []

    def run(
        self,
        *,
        before: str | None = None,
        pages: int = 100,
        local: bool = False,
        rebuild: bool = False,
        embedder: Embedder | None = None,
    ) -> Report:
        left = iter([100.0] * pages + [0.0])
        chosen = embedder or (LocalEmbedder() if local else self.embedder)
        reindexing = Reindexing(
            self.product.images, self.product.vectors, self.log, lambda _: chosen, self.forgotten.append
        )
        return reindexing.run(USER, lambda: next(left), before, rebuild=rebuild)

    def row(self, image: str) -> dict[str, Any]:
        row = self.product.vector(image)
        assert row is not None
        return row


def test_a_library_in_line_stays_as_it_is() -> None:
    scene = Scene()
    image = scene.product.complete()
    before = scene.row(image)
    assert scene.run(local=True) == Report(images=1, done=True)
    assert scene.row(image) == before


def test_another_model_embeds_anew_and_takes_no_credit() -> None:
    scene = Scene()
    images = [scene.product.complete(f"{number}.jpg") for number in range(3)]
    remaining = scene.product.remaining
    assert scene.run() == Report(images=3, embedded=3, done=True)
    assert len(scene.embedder.requests) == 1
    for image in images:
        facts = {"model": "scripted-1", "dimensions": 8}
        assert facts.items() <= dict(scene.product.record(image).embedding or {}).items()
        assert scene.row(image)["model"] == "scripted-1"
    assert scene.product.remaining == remaining
    assert scene.run() == Report(images=3, done=True)


def test_lost_rows_come_back_and_left_over_ones_go() -> None:
    scene = Scene()
    lost, kept = scene.product.complete("lost.jpg"), scene.product.complete("kept.jpg")
    key = to_attributes({"user": USER, "image": lost})
    scene.product.dynamodb.delete_item(TableName="VectorsTable", Key=key)
    gone = scene.product.complete("gone.jpg")
    scene.product.dynamodb.delete_item(
        TableName="ImagesTable", Key=to_attributes({"user": USER, "image": gone})
    )
    assert scene.run(local=True) == Report(images=2, embedded=1, removed=1, done=True)
    assert {entry.image for entry in scene.log.rows(USER)} == {lost, kept}


def test_facts_that_differ_are_written_again_without_embedding() -> None:
    scene = Scene()
    image = scene.product.complete()
    record = scene.product.record(image)
    stale = replace(record, metadata=replace(record.metadata, language="xx"))
    scene.product.images.apply(scene.product.vectors.refresh(stale))
    assert scene.run(local=True) == Report(images=1, refreshed=1, done=True)
    assert scene.row(image)["language"] == record.metadata.language


def test_images_that_were_never_described_are_left_alone() -> None:
    scene = Scene()
    image = scene.product.upload()
    assert scene.run() == Report(done=True)
    assert scene.product.status(image) is Status.PENDING
    assert scene.product.vector(image) is None


def test_an_edit_at_the_same_time_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene()
    image = scene.product.complete()
    seen = scene.product.record(image)
    scene.product.put(replace(seen, version=2))
    monkeypatch.setattr(scene.product.images, "page", lambda *_, **__: ([seen], None))
    before = scene.row(image)
    assert scene.run() == Report(images=1, done=True)
    assert scene.row(image) == before


@pytest.mark.parametrize(
    ("failure", "code"), [(RateLimited(30.0), "RATE_LIMITED"), (Transient("DOWN", "No."), "DOWN")]
)
def test_it_ends_early_where_nothing_can_be_embedded(failure: Failure, code: str) -> None:
    scene = Scene(failure)
    scene.product.complete()
    report = scene.run()
    assert (report.failure, report.done, report.embedded) == (code, False, 0)
    assert scene.run() == Report(images=1, embedded=1, done=True)


class Choosy:
    """Refuses texts with a word in it, or all; takes ``most`` texts in one request."""

    name, model, dimensions, costs = "choosy", "choosy-1", 8, True

    def __init__(self, word: str = "", *, most: int = 1000, code: str = CONTENT_REFUSED) -> None:
        self.asked: list[int] = []
        self._word = word
        self._most = most
        self._refusal = permanent(code)

    @property
    def batch(self) -> int:
        return self._most

    def embed(self, texts: Sequence[str]) -> EmbedOutcome:
        self.asked.append(len(texts))
        part = texts[: self._most]
        if any(self._word in text.lower() for text in part):
            return self._refusal
        made = LocalEmbedder(8, model=self.model).embed(part)
        return made if part == texts else replace(made, failure=Transient("PROVIDER_TIMEOUT", "No."))


def test_a_text_that_is_refused_holds_up_nobody_and_is_not_asked_for_again() -> None:
    scene = Scene()
    images = {
        name: scene.product.complete(f"{name}.jpg") for name in ("a", "b", "secret plan", "c", "d", "e")
    }
    choosy = Choosy("secret")
    report = scene.run(embedder=choosy)
    assert report == Report(images=6, embedded=5, refused=1, done=True)
    assert len(choosy.asked) <= 8
    refused = scene.row(images["secret plan"])
    assert (refused["model"], "vector" in refused) == ("choosy-1", False)
    assert scene.product.record(images["secret plan"]).embedding == {
        "model": "choosy-1",
        "dimensions": 0,
        "text_hash": refused["text_hash"],
    }
    corpus = Bench(dynamodb=scene.product.dynamodb, clock=scene.product.clock, tables=False).warm.refresh(
        USER
    )
    assert (len(corpus), corpus.without_vector("choosy-1"), corpus.without_vector("other")) == (6, 0, 6)
    assert scene.run(embedder=Choosy("secret")) == Report(images=6, done=True)
    assert scene.run(local=True).embedded == 6


def test_a_refusal_of_everything_is_no_fault_of_the_texts() -> None:
    scene = Scene()
    images = [scene.product.complete(f"{number}.jpg") for number in range(3)]
    before = [scene.row(image) for image in images]
    report = scene.run(embedder=Choosy(code=REQUEST_REFUSED))
    assert (report.failure, report.refused, report.embedded) == (REQUEST_REFUSED, 0, 0)
    assert [scene.row(image) for image in images] == before


def test_a_refused_key_ends_it_at_once() -> None:
    scene = Scene()
    scene.product.complete("a.jpg")
    choosy = Choosy(code=BAD_KEY)
    assert scene.run(embedder=choosy).failure == BAD_KEY
    assert choosy.asked == [1]


def test_what_a_request_has_no_room_for_is_asked_for_again() -> None:
    scene = Scene()
    for number in range(5):
        scene.product.complete(f"{number}.jpg")
    assert scene.run(embedder=Choosy("secret", most=2)) == Report(images=5, embedded=5, done=True)


def test_a_rebuilt_library_is_forgotten_once_its_rows_are_in_line() -> None:
    scene = Scene(RateLimited(30.0))
    scene.product.complete()
    assert scene.run(rebuild=True).failure == "RATE_LIMITED"
    assert scene.forgotten == []
    assert scene.run().done
    assert scene.forgotten == []
    assert scene.run(rebuild=True).done
    assert scene.forgotten == [USER]


def test_it_goes_on_where_time_ran_out() -> None:
    scene = Scene()
    for number in range(PAGE + 1):
        if number % 9 == 0:
            scene.product.clock.forward(timedelta(days=32))
        scene.product.complete(f"{number}.jpg")
    first = scene.run(pages=1)
    assert (first.images, first.embedded, first.done) == (PAGE, PAGE, False)
    second = scene.run(before=first.before)
    assert (second.images, second.embedded, second.done) == (1, 1, True)


class FakeLambda:
    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.error: Exception | None = None

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.calls.append(request)
        if self.error:
            raise self.error
        return {}


class TestRequests:
    def test_a_library_is_asked_for_once_in_a_while(self) -> None:
        client, now = FakeLambda(), [0.0]
        requests = ReindexRequests(cast("Any", client), "Reindex", lambda: now[0])
        requests.ask("ann")
        requests.ask("ann")
        requests.ask("bob")
        now[0] = PAUSE_S
        requests.ask("ann")
        assert [json.loads(call["Payload"])["user"] for call in client.calls] == ["ann", "bob", "ann"]
        assert {(call["FunctionName"], call["InvocationType"]) for call in client.calls} == {
            ("Reindex", "Event")
        }

    def test_the_function_goes_on_by_itself_but_not_for_ever(self) -> None:
        client = FakeLambda()
        requests = ReindexRequests(cast("Any", client), "Reindex")
        requests.ask("ann")
        event = json.loads(client.calls[-1]["Payload"])
        turns = 0
        while requests.go_on(event, Report(before="place")):
            turns += 1
            event = json.loads(client.calls[-1]["Payload"])
            assert (event["user"], event["before"]) == ("ann", "place")
        assert turns == TURNS == len(client.calls) - 1

    @pytest.mark.parametrize(
        ("event", "report"),
        [
            ({"user": "ann", "turns": 3}, Report(done=True)),
            ({"user": "ann", "turns": 3}, Report(before="place", failure="RATE_LIMITED")),
            ({"user": "ann"}, Report(before="place")),
        ],
    )
    def test_it_ends_where_there_is_nothing_to_go_on_with(
        self, event: dict[str, Any], report: Report
    ) -> None:
        client = FakeLambda()
        assert not ReindexRequests(cast("Any", client), "Reindex").go_on(event, report)
        assert client.calls == []

    def test_a_refusal_disturbs_nobody(self, caplog: pytest.LogCaptureFixture) -> None:
        client = FakeLambda()
        client.error = denied()
        requests = ReindexRequests(cast("Any", client), "Reindex")
        requests.ask("ann")
        assert not requests.go_on({"user": "ann", "turns": 1}, Report(before="place"))
        assert caplog.text.count("nobody could be asked") == 2
