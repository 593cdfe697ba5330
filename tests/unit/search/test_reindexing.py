"""Bringing the index in line with the records, whatever is out of line."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from gloss.describe.model import Failure, RateLimited, Transient
from gloss.dynamodb import to_attributes
from gloss.embed.local import LocalEmbedder
from gloss.embed.memory import ScriptedEmbedder
from gloss.images.model import Status
from gloss.search.background import PAUSE_S, ReindexRequests
from gloss.search.reindexing import PAGE, Reindexing, Report
from gloss.search.store import ChangeLog
from tests.fakes.dynamodb import denied
from tests.fakes.product import USER, Product


class Scene:
    def __init__(self, *failures: Failure) -> None:
        self.product = Product()
        self.embedder = ScriptedEmbedder(*failures, dimensions=8)
        self.log = ChangeLog(self.product.dynamodb.client, "VectorsTable")

    def run(self, *, before: str | None = None, pages: int = 100, local: bool = False) -> Report:
        left = iter([100.0] * pages + [0.0])
        embedder = LocalEmbedder() if local else self.embedder
        reindexing = Reindexing(self.product.images, self.product.vectors, self.log, lambda _: embedder)
        return reindexing.run(USER, lambda: next(left), before)

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

    def test_a_refusal_disturbs_nobody(self, caplog: pytest.LogCaptureFixture) -> None:
        client = FakeLambda()
        client.error = denied()
        ReindexRequests(cast("Any", client), "Reindex").ask("ann")
        assert "nobody could be asked" in caplog.text
