"""Bulk jobs on the deployed stack: over the API only, with the machine, the queues and IAM for real."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.integration.backstage import Backstage
from tests.integration.librarian import GRANTED, Librarian
from tests.integration.listener import listening
from tests.integration.person import Person, Picture, data, error
from tests.servers.openai_script import CHAT, as_usual, refusal
from tests.servers.openai_server import OpenAiServer
from tools.local_engine import wait_for
from tools.local_stack import LocalStack

FORCE: Final = {"force": True}


@pytest.fixture
def librarian(stack: LocalStack, request: pytest.FixtureRequest) -> Iterator[Librarian]:
    librarian = Librarian(stack, getattr(request, "param", 45))
    yield librarian
    librarian.person.close()


def test_an_estimate_then_the_job_then_undo(librarian: Librarian) -> None:
    estimate = librarian.start(dryRun=True)
    assert estimate["status"] == "estimated"
    assert (estimate["estimate"]["toProcess"], estimate["estimate"]["creditsNeeded"]) == (45, 45)
    before = {image: librarian.person.image(image)["metadata"] for image in librarian.images[:3]}
    job = librarian.start(regenerate=FORCE, maxCredits=estimate["estimate"]["creditsNeeded"])["id"]
    done = librarian.reaches(job)
    assert (done["status"], done["counters"]["done"]) == ("complete", 45)
    librarian.check(job)
    assert librarian.person.image(librarian.images[0])["metadata"] != before[librarian.images[0]]
    report = librarian.http.get(f"/jobs/{job}/report.csv")
    assert report.headers["content-type"].startswith("text/csv")
    assert report.text.count(",done,") == 45

    edited = librarian.images[1]
    change = {"version": librarian.person.image(edited)["version"], "title": "By hand"}
    assert librarian.http.patch(f"/images/{edited}/metadata", json=change).status_code == 200
    librarian.say(job, "undo")
    undone = librarian.reaches(job, "undone")
    assert (undone["undone"], undone["kept"]) == (44, 1)
    assert librarian.person.image(librarian.images[0])["metadata"] == before[librarian.images[0]]
    assert librarian.person.image(edited)["metadata"]["title"] == "By hand"


@pytest.mark.parametrize(
    ("librarian", "credits_"),
    [(45, 12), pytest.param(500, GRANTED, marks=pytest.mark.heavy)],
    indirect=["librarian"],
)
def test_credits_end_and_come_and_nothing_is_done_twice(
    librarian: Librarian, backstage: Backstage, credits_: int
) -> None:
    images = len(librarian.images)
    if credits_ < GRANTED:
        librarian.use_up_credits(but=credits_)
    job = librarian.start(regenerate=FORCE, autoResume=True)["id"]
    librarian.reaches(job, "quota_exhausted")
    halted = librarian.until(job, lambda view: view["counters"]["inFlight"] == 0)
    assert (halted["counters"]["done"], halted["counters"]["waiting"]) == (credits_, images - credits_)
    assert librarian.person.credits().remaining == 0
    librarian.make_due(job)
    assert backstage.sweep()["job waiting for credits"] >= 1
    assert librarian.show(job)["status"] == "quota_exhausted"

    librarian.grant(10)
    librarian.say(job, "resume")
    librarian.reaches(job, "quota_exhausted")
    librarian.until(job, lambda view: view["counters"]["inFlight"] == 0)

    librarian.grant(images)
    librarian.make_due(job)
    assert backstage.sweep()["job resumed"] >= 1
    done = librarian.reaches(job, "complete")
    assert done["counters"]["done"] == images
    assert {librarian.person.image(image)["version"] for image in librarian.images} == {2}
    librarian.check(job)


def test_pause_resume_and_cancel(librarian: Librarian) -> None:
    job = librarian.start(regenerate=FORCE, window=5)["id"]
    librarian.until(job, lambda view: view["counters"]["done"] > 0)
    librarian.say(job, "pause")
    paused = librarian.until(job, lambda view: view["counters"]["inFlight"] == 0)
    assert paused["status"] == "paused"
    assert paused["counters"]["waiting"] > 0
    librarian.say(job, "resume")
    librarian.until(job, lambda view: view["counters"]["done"] > paused["counters"]["done"])
    librarian.say(job, "cancel")
    cancelled = librarian.reaches(job, "cancelled")
    assert cancelled["counters"]["inFlight"] == 0
    assert librarian.person.credits().held == 0
    assert librarian.person.credits().used == cancelled["counters"]["done"]
    librarian.check(job)


@pytest.mark.parametrize("librarian", [3], indirect=True)
def test_a_job_is_told_to_its_owners_sockets_until_it_ends(librarian: Librarian, ben: Person) -> None:
    address = librarian.stack.outputs["SocketUrl"]
    with listening(address, librarian.person.token) as ear, listening(address, ben.token) as other:
        ear.hello()
        other.hello()
        job = librarian.start(regenerate=FORCE)["id"]
        librarian.reaches(job, "complete")

        def told() -> list[str]:
            return [told.event["status"] for told in ear.of_type("job") if told.event["id"] == job]

        assert wait_for(lambda: "complete" in told(), 20), told()
        assert all(ear.hears(image, "complete") for image in librarian.images)

    assert set(told()) <= {"estimating", "running", "finishing", "complete"}
    assert told()[-1] == "complete"
    assert {told.event.get("job") for told in ear.of_type("image")} <= {job, None}
    assert job in {told.event.get("job") for told in ear.of_type("image")}
    assert ear.of_type("job")[-1].event["fed"] == 3
    assert other.numbers == []


@pytest.mark.parametrize("librarian", [5], indirect=True)
def test_an_own_key_a_retry_and_a_pin_in_dollars(librarian: Librarian) -> None:
    before = librarian.person.credits()
    with OpenAiServer() as server:
        librarian.bring_key(server, model="gpt-4o-mini")
        server.script = lambda call: refusal() if call.path == CHAT and call.number == 0 else None
        job = librarian.start(regenerate=FORCE)["id"]
        view = librarian.reaches(job, "complete")
        assert (view["counters"]["done"], view["counters"]["failed"]) == (4, 1)
        (failed,) = [item for item in librarian.items(job) if item["outcome"] == "failed"]
        assert failed["reason"] == "CONTENT_REFUSED"

        server.script = as_usual
        librarian.say(job, "retry-failed")
        view = librarian.reaches(job, "complete")
        assert (view["counters"]["done"], view["counters"]["failed"]) == (5, 0)
        assert view["progress"] == {"done": 1, "total": 1}
        librarian.check(job)

        usd = librarian.start(dryRun=True, regenerate=FORCE)["estimate"]["costUsd"] / 5
        pinned = librarian.start(regenerate=FORCE, maxCostUsd=2.5 * usd)["id"]
        view = librarian.reaches(pinned, "complete")
        assert (view["stopped"], view["counters"]["done"], view["counters"]["unreached"]) == (
            "max_cost",
            2,
            3,
        )
        librarian.check(pinned)
    assert librarian.person.credits() == before


def test_a_provider_that_nobody_has_a_key_for_is_refused(librarian: Librarian) -> None:
    asked = {"provider": "bedrock", "force": True}
    wishes = ((f"/images/{librarian.images[0]}/regenerate", asked), ("/jobs", {"regenerate": asked}))
    for path, body in wishes:
        refused = error(librarian.http.post(path, json=body), 400)
        assert (refused["code"], refused["details"]) == ("VALIDATION_FAILED", {"field": "provider"})
    for amount in (1e306, 1e40):
        assert librarian.http.post("/jobs", json={"maxCostUsd": amount}).status_code == 400
    assert data(librarian.http.get("/jobs"))["jobs"] == []


def test_somebody_elses_job_and_a_repeated_request(librarian: Librarian) -> None:
    key = {"Idempotency-Key": "the-same"}
    request = {"selection": {"limit": 2}, "dryRun": True}
    first, second = (librarian.http.post("/jobs", json=request, headers=key) for _ in range(2))
    assert data(first, 202)["id"] == data(second, 202)["id"]
    eve = Person(librarian.stack)
    assert eve.http.get(f"/jobs/{data(first, 202)['id']}").status_code == 404
    eve.close()


def test_a_job_is_about_what_a_search_finds_first(ann: Person) -> None:
    beach, flowers = ann.upload(Picture.drawn("beach", seed=5), Picture.drawn("flowers", seed=6))
    ann.settled([beach, flowers])
    selection = {"query": "flowers", "limit": 1}
    job = data(ann.http.post("/jobs", json={"selection": selection, "regenerate": FORCE}), 202)["id"]

    def shown() -> dict[str, Any]:
        view: dict[str, Any] = data(ann.http.get(f"/jobs/{job}"))
        return view

    assert wait_for(lambda: shown()["status"] == "complete", 60), shown()
    assert shown()["selection"] == selection
    (item,) = data(ann.http.get(f"/jobs/{job}/items"))["items"]
    assert (item["imageId"], item["outcome"]) == (flowers, "done")
