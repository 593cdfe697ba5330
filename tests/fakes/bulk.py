"""Bulk jobs on the product in memory: its machine is stepped by hand, its messages are delivered by hand."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Final

from gloss.bulk.candidates import Candidates
from gloss.bulk.estimating import Estimator
from gloss.bulk.feeding import Feeder
from gloss.bulk.finding import Finder
from gloss.bulk.machine import BulkMachine
from gloss.bulk.model import Counters, Item, Job, JobStatus, counters
from gloss.bulk.rates import Rates
from gloss.bulk.requests import JobRequest, JobView
from gloss.bulk.service import Jobs
from gloss.bulk.steps import Next, Worker
from gloss.bulk.stopping import Canceller
from gloss.bulk.store import JobStore
from gloss.bulk.sweep import JobSweep
from gloss.bulk.undoing import Undoer
from gloss.ids import new_id
from gloss.images.holds import Holds
from gloss.images.model import Image
from gloss.images.revisions import Revisions
from gloss.images.views import MetadataEdit
from gloss.metering.limits import Limits
from gloss.metering.prices import Prices
from gloss.pipeline.model import failure, initial_state
from gloss.search.model import Filters
from gloss.settings.model import Offer
from gloss.settings.service import WorkTerms
from tests.fakes.product import USER, Product, through_json

BULK_MACHINE: Final = "arn:aws:states:us-east-1:000000000000:stateMachine:bulk"

STEPS: Final = 400
"""Steps after which a job that has not ended never will."""


@dataclass
class BulkKit:
    """``executions`` that run, by name with their input; ``step`` takes one step of one of them."""

    product: Product = field(default_factory=Product)
    at_once: int = 10
    provider: str = "heuristic"
    offered: frozenset[str] = frozenset({"openai"})
    hits: Sequence[str] | None = ()
    asked: list[tuple[str, Filters]] = field(default_factory=list)

    def __post_init__(self) -> None:
        it = self.product
        self.executions = it.states.started
        self.ended: set[str] = set()
        self.store = JobStore(it.dynamodb.client, "JobsTable")
        self.machine = BulkMachine(it.states.client, BULK_MACHINE)
        candidates = Candidates(it.images, self.store)
        rates = Rates(self.at_once, Prices.load(), Limits.load(), it.clock, self.provider)
        self.estimator = Estimator(candidates, it.ledger, rates, it.clock)
        self.jobs = Jobs(
            jobs=self.store,
            machine=self.machine,
            estimator=self.estimator,
            rates=rates,
            terms=WorkTerms(it.settings, Offer(self.provider, self.offered)),
            clock=it.clock,
            sleep=lambda _: None,
        )
        revisions = Revisions(it.images, it.vectors, it.embedder, it.clock)
        self.worker = Worker(
            jobs=self.store,
            estimator=self.estimator,
            feeder=Feeder(
                jobs=self.store,
                images=it.images,
                candidates=candidates,
                ledger=it.ledger,
                queues=it.queues,
                clock=it.clock,
            ),
            canceller=Canceller(it.images, Holds(it.images, it.ledger, it.clock)),
            undoer=Undoer(jobs=self.store, images=it.images, revisions=revisions, clock=it.clock),
            clock=it.clock,
        )
        self.finder = Finder(self.store, lambda user, query, filters: self.search(query, filters), it.clock)
        self.rollbacks = it.rollbacks
        self.sweep = JobSweep(self.store, self.machine, it.ledger, it.clock)

    def search(self, query: str, filters: Filters) -> Sequence[str] | None:
        """What a search would find: ``hits``, whatever is asked."""
        self.asked.append((query, filters))
        return self.hits

    # Scenes

    def library(self, count: int) -> list[str]:
        """So many described images, oldest first."""
        return [self.product.complete(f"picture-{number}.jpg") for number in range(count)]

    def credits(self, images: int) -> None:
        """Let the account have so many credits in all."""
        self.product.credits.change_plan("custom", limits={"images": images, "tokens": 0})

    def start(self, **request: Any) -> str:
        """A job of the user's; its id."""
        return self.jobs.create(USER, JobRequest.model_validate(request)).id

    def step(self, name: str) -> Next:
        given = self.executions[name]
        coming = self.worker.step(given["user"], given["job"], given["epoch"])
        if coming.next == "find":
            self.finder.find(given["user"], given["job"], given["epoch"])
        if coming.next == "ended":
            self.ended.add(name)
        return coming

    def running(self) -> list[str]:
        return [name for name in self.executions if name not in self.ended]

    def undo_one(self, job: str) -> None:
        """One page of taking back, which a test may have made as small as one image."""
        self.worker._undoer._next_page(self.record(job))

    def step_all(self) -> None:
        for name in self.running():
            self.step(name)

    def messages(self) -> list[tuple[str, str]]:
        """User and image of every message that waits, whichever queue it is in."""
        bodies = [json.loads(message["MessageBody"]) for message in self.product.sqs.messages]
        return [(body["user"], body["image"]) for body in bodies]

    def deliver(self, number: int = 0, *, keep: bool = False, refuse: str = "") -> None:
        """A worker takes a message; with ``refuse`` the attempt fails in that way."""
        user, image = self.messages()[number]
        if not keep:
            self.product.sqs.messages.pop(number)
        self.attempt(user, image, refuse)

    def attempt(self, user: str, image: str, refuse: str = "") -> None:
        state = self.take(user, image)
        if state and refuse:
            self.product.settlement.fail({**state, **failure(refuse, refuse.upper(), "no")})
        elif state:
            self.finish(state)

    def take(self, user: str, image: str) -> dict[str, Any] | None:
        """The machine's input for an attempt, where there is work to claim."""
        claimed = self.product.images.claim(user, image, lease=new_id(), now=self.product.clock())
        return through_json(initial_state(claimed)) if claimed else None

    def finish(self, state: dict[str, Any]) -> None:
        """Publish, merging anew while somebody edits in between."""
        done = self.product.settlement.finish(self.product.work(state))
        while done.get("verdict", {}).get("kind") == "stale":
            done = self.product.settlement.finish(self.product.work({**state, "record": done["record"]}))
        if "failure" in done:
            self.product.settlement.fail({**state, **done})

    def deliver_all(self, refuse: str = "") -> None:
        while self.product.sqs.messages:
            self.deliver(refuse=refuse)

    def run(self, job: str, refuse: str = "") -> JobView:
        """Until the job is halted or has ended."""
        for _ in range(STEPS):
            if not any(self.executions[name]["job"] == job for name in self.running()):
                return self.show(job)
            self.step_all()
            self.deliver_all(refuse)
        raise AssertionError(f"still {self.show(job)} after {STEPS} steps")

    def forward(self, by: timedelta) -> None:
        """Time passes, and both sweeps come round."""
        self.product.clock.forward(by)
        self.product.sweep.run()
        self.sweep.run()

    def edit(self, image: str, title: str) -> None:
        version = self.product.record(image).version
        self.product.library.edit(USER, image, MetadataEdit(version=version, title=title))

    # Looking

    def show(self, job: str) -> JobView:
        return self.jobs.show(USER, job)

    def record(self, job: str) -> Job:
        return self.store.existing(USER, job)

    def counters(self, job: str) -> Counters:
        return counters(*self.store.with_tally(USER, job))

    def items(self, job: str) -> list[Item]:
        items, place = self.store.items(USER, job, after=None, limit=10_000)
        while place:
            more, place = self.store.items(USER, job, after=place, limit=10_000)
            items += more
        return items

    def images(self) -> list[Image]:
        found, place = self.product.images.page(USER, status=None, before=None, limit=10_000)
        while place:
            more, place = self.product.images.page(USER, status=None, before=place, limit=10_000)
            found += more
        return found

    def check(self, job: str) -> Counters:
        """The counters agree with the items, the images and each other, and the ledger with itself."""
        found = self.counters(job)
        items = self.items(job)
        for outcome in ("done", "skipped", "cancelled"):
            assert getattr(found, outcome) == sum(item.outcome == outcome for item in items), outcome
        record = self.record(job)
        to_retry = found.waiting if (record.resumes or record.status) is JobStatus.RETRYING else 0
        assert found.failed + to_retry == sum(item.outcome == "failed" for item in items)
        assert found.in_flight == sum(item.outcome == "open" for item in items)
        working = [image for image in self.images() if image.work and image.work.job == job]
        assert found.in_flight == len(working)
        parts = [count for name, count in asdict(found).items() if name != "total"]
        assert found.total == sum(parts)
        if record.status in {JobStatus.COMPLETE, JobStatus.CANCELLED, JobStatus.UNDONE}:
            assert found.waiting == 0
        assert min(parts) >= 0
        assert self.product.credits.drifts() == []
        return found

    def runs(self, job: str, image: str) -> int:
        """How many versions of the image the job has published."""
        versions = self.product.images.versions(USER, image)
        return sum(version.cause == "run" and version.details.get("job") == job for version in versions)
