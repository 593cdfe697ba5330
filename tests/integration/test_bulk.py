"""Bulk jobs on the deployed stack: over the API only, with the machine, the queues and IAM for real."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest

from gloss.bulk.model import counters
from gloss.bulk.store import JobStore
from gloss.quota.accounts import Accounts
from gloss.quota.plans import Plans
from gloss.quota.service import Ledger
from tests.integration.listener import listening
from tests.integration.person import Person, Picture, data
from tests.libraries import fill
from tools.local_engine import wait_for
from tools.local_stack import LocalStack

pytestmark = pytest.mark.xdist_group("sweep")
"""Two sweeps at a time would take work from each other."""

DEADLINE_S: Final = 240.0
FORCE: Final = {"force": True}
ENDED: Final = {"estimated", "paused", "quota_exhausted", "complete", "cancelled", "undone"}

GRANTED: Final = 100
"""Credits of the free plan, which every account begins with."""


class Librarian:
    """A person with a large library, written into the table as an earlier import left it."""

    def __init__(self, stack: LocalStack, images: int) -> None:
        self.stack = stack
        self.person = Person(stack)
        self.http: httpx.Client = self.person.http
        self.dynamodb = stack.access.client("dynamodb")
        self.store = JobStore(self.dynamodb, stack.outputs["JobsTable"])
        self.images: Sequence[str] = fill(self.dynamodb, stack.outputs["ImagesTable"], self.person.id, images)

    def start(self, **request: object) -> dict[str, Any]:
        job: dict[str, Any] = data(self.http.post("/jobs", json=request), 202)
        return job

    def say(self, job: str, wish: str) -> dict[str, Any]:
        answered: dict[str, Any] = data(self.http.post(f"/jobs/{job}/{wish}"))
        return answered

    def show(self, job: str) -> dict[str, Any]:
        shown: dict[str, Any] = data(self.http.get(f"/jobs/{job}"))
        return shown

    def reaches(self, job: str, *statuses: str) -> dict[str, Any]:
        return self.until(job, lambda view: view["status"] in (statuses or ENDED))

    def until(self, job: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        view: dict[str, Any] = {}

        def arrived() -> bool:
            view.update(self.show(job))
            found = view["counters"]
            parts = sum(count for name, count in found.items() if name != "total")
            assert found["total"] == parts, found
            assert min(found.values()) >= 0, found
            return holds(view)

        assert wait_for(arrived, DEADLINE_S), view
        return view

    def items(self, job: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = data(self.http.get(f"/jobs/{job}/items", params={"limit": 1000}))[
            "items"
        ]
        return found

    def use_up_credits(self, but: int) -> None:
        """Set all credits aside but a few."""
        ledger = Ledger(self.dynamodb, self.stack.outputs["LedgerTable"], Plans.load())
        ledger.reserve(
            self.person.id,
            "images",
            ["aside"],
            amount=GRANTED - but,
            ttl=timedelta(days=1),
            actor="t",
            reason="t",
        )

    def grant(self, images: int) -> None:
        accounts = Accounts(self.dynamodb, self.stack.outputs["LedgerTable"], Plans.load())
        accounts.grant(
            self.person.id,
            "images",
            f"g{time.time()}",
            images,
            expires_at=None,
            priority=0,
            actor="t",
            reason="t",
        )

    def check(self, job: str) -> None:
        """The counters are those of the rows, and the ledger has no drift."""
        found = counters(*self.store.with_tally(self.person.id, job))
        outcomes = [item["outcome"] for item in self.items(job)]
        for name in ("done", "skipped", "failed", "cancelled"):
            assert getattr(found, name) == outcomes.count(name)
        assert found.in_flight == outcomes.count("open")
        ledger = Ledger(self.dynamodb, self.stack.outputs["LedgerTable"], Plans.load())
        assert ledger.audit(self.person.id).drifts == ()


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
def test_credits_end_and_come_and_nothing_is_done_twice(librarian: Librarian, credits_: int) -> None:
    images = len(librarian.images)
    if credits_ < GRANTED:
        librarian.use_up_credits(but=credits_)
    job = librarian.start(regenerate=FORCE)["id"]
    librarian.reaches(job, "quota_exhausted")
    halted = librarian.until(job, lambda view: view["counters"]["inFlight"] == 0)
    assert (halted["counters"]["done"], halted["counters"]["waiting"]) == (credits_, images - credits_)
    assert librarian.person.credits().remaining == 0
    librarian.grant(images)
    librarian.say(job, "resume")
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
