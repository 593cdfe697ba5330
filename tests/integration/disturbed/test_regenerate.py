"""One image described again: paid once, run once, and never at the price of what was there before."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import pytest

from gloss.images.model import MAX_ATTEMPTS
from tests.integration.backstage import Backstage
from tests.integration.person import Person, Picture, data, error
from tests.integration.rights import Rights
from tools.local_engine import wait_for
from tools.local_stack import LocalStack

CALLERS: Final = 10


@pytest.fixture
def image(ann: Person) -> str:
    """A complete image of Ann's."""
    (upload,) = ann.upload(Picture.drawn("beach", size=(64, 64)))
    (settled,) = ann.settled([upload])
    assert settled["status"] == "complete"
    return upload


def leave(ann: Person, backstage: Backstage, left: int) -> None:
    """Set aside all credits of Ann's but so many."""
    rest = ann.credits().remaining - left
    backstage.ledger.reserve(
        ann.id, "images", ["set-aside"], amount=rest, ttl=timedelta(hours=1), actor="test", reason="test"
    )


def regenerate(ann: Person, image: str, **request: Any) -> dict[str, Any]:
    started: dict[str, Any] = data(ann.http.post(f"/images/{image}/regenerate", json=request), 202)
    return started


def history(ann: Person, image: str) -> list[dict[str, Any]]:
    versions: list[dict[str, Any]] = data(ann.http.get(f"/images/{image}/versions"))["versions"]
    return versions


@contextmanager
def nobody_takes_work(stack: LocalStack) -> Iterator[None]:
    """The intake reads no queue for as long as the block takes."""
    lambda_ = stack.access.client("lambda")
    name = stack.access.functions()["Intake"]
    sources = lambda_.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    for source in sources:
        lambda_.update_event_source_mapping(UUID=source["UUID"], Enabled=False)
    try:
        yield
    finally:
        for source in sources:
            lambda_.update_event_source_mapping(UUID=source["UUID"], Enabled=True)


@contextmanager
def broken(stack: LocalStack, function: str) -> Iterator[None]:
    """Every call of the function fails."""
    lambda_ = stack.access.client("lambda")
    name = stack.access.functions()[function]
    lambda_.update_function_configuration(FunctionName=name, Handler="handler.not_there")
    try:
        yield
    finally:
        lambda_.update_function_configuration(FunctionName=name, Handler="handler.handle")


def test_without_credits_nothing_starts_and_the_offer_is_made(
    ann: Person, backstage: Backstage, image: str
) -> None:
    leave(ann, backstage, 0)

    refusal = error(ann.http.post(f"/images/{image}/regenerate", json={}), 403)

    assert refusal["code"] == "QUOTA_EXCEEDED"
    assert refusal["details"]["remaining"] == 0
    assert "upgradeUrl" in refusal["details"]
    assert ann.image(image)["status"] == "complete"
    assert len(history(ann, image)) == 1


def test_the_last_credit_pays_for_one(ann: Person, backstage: Backstage, image: str) -> None:
    leave(ann, backstage, 1)

    started = regenerate(ann, image)
    ann.settled([image])
    refusal = error(ann.http.post(f"/images/{image}/regenerate", json={}), 403)

    assert (started["cost"], started["remaining"]) == (1, 0)
    assert backstage.journal(ann.id, started["reservationId"]) == ["reserve", "commit"]
    assert refusal["code"] == "QUOTA_EXCEEDED"
    assert ann.image(image)["version"] == 2


def test_with_many_credits_each_run_is_a_version_and_costs_one(ann: Person, image: str) -> None:
    before = ann.credits()
    for run in (2, 3):
        regenerate(ann, image, policy="always", language="en", force=run == 3)
        ann.settled([image])

    assert ann.credits() == before.after(used=2)
    versions = history(ann, image)
    assert [version["number"] for version in versions] == [3, 2, 1]
    assert [version["current"] for version in versions] == [True, False, False]
    details = versions[0]["details"]
    assert details.pop("latencyMs") >= 0
    assert details == {
        "kind": "regenerate",
        "provider": "heuristic",
        "forced": True,
        "credits": 1,
        "costUsd": 0,
    }
    assert "forced" not in versions[1]["details"]


def test_of_ten_callers_at_once_one_gets_the_image(
    stack: LocalStack, ann: Person, backstage: Backstage, image: str
) -> None:
    before = ann.credits()
    with nobody_takes_work(stack), ThreadPoolExecutor(CALLERS) as callers:
        answers = list(
            callers.map(lambda _: ann.http.post(f"/images/{image}/regenerate", json={}), range(CALLERS))
        )
        assert ann.credits() == before.after(held=1)
        shown = ann.image(image)
    ann.reaches(image, {"complete"})

    assert sorted(answer.status_code for answer in answers) == [202] + [409] * (CALLERS - 1)
    codes = {error(answer, 409)["code"] for answer in answers if answer.status_code == 409}
    assert codes == {"ALREADY_PROCESSING"}
    assert (shown["status"], shown["version"]) == ("queued", 1)
    assert shown["metadata"]["title"]
    assert ann.credits() == before.after(used=1)
    assert backstage.versions(ann.id, image) == [2, 1]


@pytest.mark.parametrize(
    "step",
    [
        pytest.param("DescribeImage", marks=pytest.mark.heavy),
        pytest.param("EmbedImage", marks=pytest.mark.heavy),
        "FinishImage",
    ],
)
def test_a_failure_at_any_step_leaves_the_old_metadata_and_gives_the_credit_back_once(
    stack: LocalStack, ann: Person, backstage: Backstage, image: str, step: str
) -> None:
    before, balance = ann.image(image), ann.credits()
    with broken(stack, step):
        with nobody_takes_work(stack):
            started = regenerate(ann, image, policy="always")
            backstage.set_attempts(ann.id, image, MAX_ATTEMPTS - 1)
        failed = ann.reaches(image, {"complete", "failed"})

    assert failed["status"] == "complete"
    assert failed["failure"]["code"]
    assert failed["failure"]["attempt"] == MAX_ATTEMPTS
    for kept in ("metadata", "provenance", "version", "palette"):
        assert failed[kept] == before[kept]
    assert ann.credits() == balance
    assert backstage.journal(ann.id, started["reservationId"]) == ["reserve", "release"]
    assert len(history(ann, image)) == 1

    regenerate(ann, image)
    assert wait_for(lambda: ann.image(image)["version"] == 2, 60)
    assert ann.image(image)["failure"] is None


@pytest.mark.heavy
def test_where_even_the_step_for_failures_fails_the_sweep_ends_it_and_the_credit_is_back_once(
    stack: LocalStack, ann: Person, backstage: Backstage, image: str
) -> None:
    before, balance = ann.image(image), ann.credits()
    began = time.time_ns() // 1_000_000
    with broken(stack, "FailImage"):
        with nobody_takes_work(stack):
            started = regenerate(ann, image)
            backstage.set_attempts(ann.id, image, MAX_ATTEMPTS - 1)
            backstage.lose_file(ann.id, image)
        assert wait_for(
            lambda: any("MachineFault" in line.message for line in stack.access.logs("Intake", since=began)),
            120,
        )
        assert ann.image(image)["status"] == "processing"
        backstage.make_due(ann.id, image)
        backstage.sweep()
        failed = ann.image(image)
    backstage.forget_messages()

    assert (failed["status"], failed["failure"]["code"]) == ("complete", "WORKER_DIED")
    for kept in ("metadata", "provenance", "version"):
        assert failed[kept] == before[kept]
    assert ann.credits() == balance
    assert backstage.journal(ann.id, started["reservationId"]) == ["reserve", "release"]


def test_what_was_asked_for_decides_each_field_and_the_version_says_so(ann: Person, image: str) -> None:
    edit = {"version": 1, "title": "By hand", "caption": "", "tags": ["mine"]}
    data(ann.http.patch(f"/images/{image}/metadata", json=edit))

    regenerate(
        ann,
        image,
        policy="if_better",
        policies={"altText": "always", "tags": "only_empty"},
        fields=["title", "altText", "caption", "tags"],
        context={"keywords": ["harbour"]},
    )
    assert wait_for(lambda: ann.image(image)["version"] == 3, 60)

    newest = history(ann, image)[0]
    assert {name: reason["reason"] for name, reason in newest["reasons"].items()} == {
        "title": "human_text",
        "altText": "unchanged",
        "caption": "was_empty",
        "description": "not_requested",
        "tags": "not_empty",
    }
    assert set(newest["differences"]) == {"caption"}
    assert newest["details"]["credits"] == 1


def test_the_history_comes_page_by_page(ann: Person, image: str) -> None:
    for version in (1, 2, 3):
        edit = {"version": version, "title": f"Number {version + 1}", "decorative": version == 2}
        data(ann.http.patch(f"/images/{image}/metadata", json=edit))
    seen: list[dict[str, Any]] = []
    cursor: str | None = None
    while not seen or cursor:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = data(ann.http.get(f"/images/{image}/versions", params=query))
        seen += page["versions"]
        cursor = page["next"]

    assert [version["number"] for version in seen] == [4, 3, 2, 1]
    assert seen[1]["differences"] == {
        "title": {"before": "Number 2", "after": "Number 3"},
        "decorative": {"before": False, "after": True},
    }
    refused = ann.http.get(f"/images/{image}/versions", params={"cursor": "bm9uZQ"})
    assert error(refused, 400)["code"] == "VALIDATION_FAILED"


def test_where_the_queue_takes_no_work_nothing_is_spent(
    stack: LocalStack, ann: Person, backstage: Backstage, image: str
) -> None:
    before = ann.credits()
    with Rights(stack, "RegenerateApi").denied("sqs:SendMessage"):
        refusal = error(ann.http.post(f"/images/{image}/regenerate", json={}), 503)

    assert refusal["code"] == "PROVIDER_UNAVAILABLE"
    assert ann.credits() == before
    shown = ann.image(image)
    assert (shown["status"], shown["version"]) == ("complete", 1)
    types = [entry.type for entry in backstage.ledger.journal(ann.id, limit=10).entries]
    assert types[:2] == ["release", "reserve"]

    regenerate(ann, image)
    assert wait_for(lambda: ann.image(image)["version"] == 2, 60)


def test_versions_tell_what_changed_and_any_of_them_comes_back_for_free(ann: Person, image: str) -> None:
    first = ann.image(image)["metadata"]
    edit = {"version": 1, "title": "By hand", "tags": ["one", "two"]}
    data(ann.http.patch(f"/images/{image}/metadata", json=edit))
    before = ann.credits()

    restored = data(ann.http.post(f"/images/{image}/versions/1/restore"))
    newest, edited, oldest = history(ann, image)

    assert restored["metadata"] == first
    assert (newest["cause"], newest["details"]["restored"], newest["current"]) == ("restore", 1, True)
    assert (edited["cause"], edited["actor"]) == ("edit", "you")
    assert edited["differences"]["title"] == {"before": first["title"], "after": "By hand"}
    assert edited["differences"]["tags"]["after"] == ["one", "two"]
    assert set(edited["differences"]) == set(newest["differences"]) == {"title", "tags"}
    assert edited["provenance"]["title"]["source"] == "human"
    assert (oldest["cause"], oldest["number"]) == ("run", 1)
    assert ann.credits() == before
    assert error(ann.http.post(f"/images/{image}/versions/9/restore"), 404)["code"] == "VERSION_NOT_FOUND"


def test_text_of_a_person_is_kept_unless_the_caller_insists(ann: Person, image: str) -> None:
    data(ann.http.patch(f"/images/{image}/metadata", json={"version": 1, "title": "By hand"}))

    regenerate(ann, image, policy="always")
    assert wait_for(lambda: ann.image(image)["version"] == 3, 60)
    assert ann.image(image)["metadata"]["title"] == "By hand"

    regenerate(ann, image, policy="always", force=True)
    assert wait_for(lambda: ann.image(image)["version"] == 4, 60)
    assert ann.image(image)["metadata"]["title"] != "By hand"
    assert history(ann, image)[0]["details"]["forced"] is True


def test_others_can_neither_regenerate_nor_restore_nor_look(ann: Person, ben: Person, image: str) -> None:
    for answer in (
        ben.http.post(f"/images/{image}/regenerate", json={}),
        ben.http.post(f"/images/{image}/versions/1/restore"),
        ben.http.get(f"/images/{image}/versions"),
    ):
        assert error(answer, 404)["code"] == "IMAGE_NOT_FOUND"


def test_a_repeated_request_is_done_once(ann: Person, image: str) -> None:
    before = ann.credits()
    headers = {"Idempotency-Key": f"again-{time.time_ns()}"}
    answers = [ann.http.post(f"/images/{image}/regenerate", json={}, headers=headers) for _ in range(2)]
    ann.reaches(image, {"complete"})

    assert [answer.status_code for answer in answers] == [202, 202]
    assert json.loads(answers[0].text) == json.loads(answers[1].text)
    assert wait_for(lambda: ann.credits() == before.after(used=1), 60)
