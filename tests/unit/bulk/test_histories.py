"""Whatever a user, the queues and dying processes do to a job, in whatever order: the books are right.

Each seed is one history: a library, a job, dozens of random events, and then everything is let come to rest.
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from functools import cache
from random import Random
from typing import Final

import pytest

from gloss.bulk.model import WORKING, JobStatus
from gloss.describe.model import Metadata
from gloss.errors import GlossError
from tests.fakes.bulk import BulkKit
from tests.fakes.dynamodb import Crash, Saved
from tests.fakes.product import USER

QUICK: Final = range(200)
LONG: Final = range(200, 500)
TOGETHER: Final = 25
"""Histories of one test: few enough to name the broken one soon, many enough for everything to happen."""

EVENTS: Final = 60
IMAGES: Final = 5
"""Descriptions take the time of this test; the smallest window that a job can fill is one image."""

REFUSALS: Final = ("permanent", "permanent", "transient", "rate_limited")

HAPPENS: Final[Mapping[str, int]] = {
    "pause": 20,
    "resume": 15,
    "cancel": 5,
    "retry_failed": 3,
    "undo": 1,
    "crash": 10,
    "duplicate": 15,
    "quota_exhausted": 2,
}
"""How often a thing has to take effect in so many histories, at least, for them to show anything."""


@cache
def described_library() -> tuple[Saved, Mapping[tuple[str, str], bytes], list[str]]:
    """The rows and objects of a library, made once: each history begins with the same one."""
    kit = BulkKit()
    kit.credits(IMAGES)
    images = kit.library(IMAGES)
    return kit.product.dynamodb.saved(), kit.product.s3.objects, images


class History:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a history, no secret
        self.happened: Counter[str] = Counter()
        self.kit = BulkKit()
        self.kit.product.dynamodb.metered = False
        rows, objects, self.images = described_library()
        self.kit.product.dynamodb.load(rows)
        self.kit.product.s3.objects |= objects
        # Rows of the journal are named by their time.
        self.kit.product.clock.forward(timedelta(hours=1))
        self.kit.credits(IMAGES + self.random.choice((3, 100)))
        self.before = {image: self._text(image) for image in self.images}
        self.edited: set[str] = set()
        self.job = self.kit.start(
            window=self.random.choice((1, 1, 2, 200)),
            regenerate={"force": True, "language": "en"},
            autoResume=self.random.random() < 0.5,
        )

    def _text(self, image: str) -> Metadata:
        return self.kit.product.record(image).metadata

    # Events

    def step(self) -> None:
        if running := self.kit.running():
            self.kit.step(self.random.choice(running))
            self.happened[self.kit.record(self.job).status] += 1

    def step_of_an_ended_execution(self) -> None:
        self.kit.step(self.random.choice([*self.kit.executions]))

    def crash(self) -> None:
        """The process of a step, or of a worker, dies in the middle of it."""
        faults = self.kit.product.dynamodb.faults
        self.kit.product.dynamodb.crash_after(self.random.randrange(1, 12))
        try:
            self.random.choice((self.step, self.deliver, self.wish, self.sweep))()
        except Crash:
            self.happened["crash"] += 1
        finally:
            faults.clear()

    def messages_lost(self) -> None:
        """The process dies after the page's transaction, before its messages."""
        self.kit.product.sqs.messages = self.kit.product.sqs.messages[: self.random.randrange(3)]

    def execution_lost(self) -> None:
        """Its task broke more often than the machine repeats it; the sweep has to find the job."""
        self.kit.ended |= set(self.kit.running()[:1])

    def deliver(self, refuse: str = "") -> None:
        if messages := self.kit.messages():
            number, keep = self.random.randrange(len(messages)), self.random.random() < 0.3
            self.happened["duplicate"] += keep
            self.kit.deliver(number, keep=keep, refuse=refuse)

    def refuse(self) -> None:
        self.deliver(self.random.choice(REFUSALS))

    def worker_dies(self) -> None:
        if messages := self.kit.messages():
            self.kit.take(*self.random.choice(messages))

    def wish(self) -> None:
        """One that the job's status allows, if there is one; seldom one that ends it."""
        before = self.kit.record(self.job).status
        for wish in sorted(_WISHES, key=lambda name: self.random.random() ** _WISHES[name]):
            with suppress(GlossError):
                if getattr(self.kit.jobs, wish)(USER, self.job).status is not before:
                    self.happened[wish] += 1
                    return

    def edit(self) -> None:
        there = [image.image for image in self.kit.images()]
        if not there:
            return
        image = self.random.choice(there)
        with suppress(GlossError):
            self.kit.edit(image, f"Title {self.random.random()}")
            self.edited.add(image)

    def delete(self) -> None:
        with suppress(GlossError):
            self.kit.product.library.delete(USER, self.random.choice(self.images))

    def roll_back(self) -> None:
        """The owner calls the work of one image off, past the job."""
        held = [image.work.reservation for image in self.kit.images() if image.work]
        if held:
            with suppress(GlossError):
                self.kit.rollbacks.roll_back(USER, self.random.choice(held))

    def sweep(self) -> None:
        self.kit.forward(timedelta(minutes=self.random.choice((1, 6, 70))))

    def grant(self) -> None:
        self.kit.product.credits.grant(f"gift-{self.random.random()}", 2)

    def live(self) -> None:
        often = [self.step] * 2 + [self.deliver] * 3
        seldom = [self.refuse, self.refuse, self.crash, self.wish, self.wish, self.wish, self.sweep]
        rarely = [self.edit, self.delete, self.roll_back, self.grant, self.worker_dies, self.messages_lost]
        rarely += [self.execution_lost, self.step_of_an_ended_execution]
        for _ in range(EVENTS):
            self.random.choice(self.random.choices((often, seldom, rarely), (6, 2, 1))[0])()

    def come_to_rest(self) -> None:
        """Credits come, sweeps come round, and nobody wishes anything any more but that the job go on."""
        self.kit.product.credits.grant("enough", 1000)
        for _ in range(40):
            if self.kit.record(self.job).status not in WORKING:
                with suppress(GlossError):
                    self.kit.jobs.resume(USER, self.job)
            self.kit.step_all()
            self.kit.deliver_all()
            if self.kit.record(self.job).status in {*_ENDS} and not self.kit.running():
                break
            self.kit.forward(timedelta(minutes=5))
        self.kit.forward(timedelta(hours=30))

    # What has to hold

    def check(self) -> None:
        found = self.kit.check(self.job)
        assert self.kit.record(self.job).status in _ENDS
        assert found.in_flight == 0
        assert self.kit.product.credits.quota().held == 0
        for item in self.kit.items(self.job):
            record = self.kit.product.images.get(USER, item.image)
            assert item.outcome != "open"
            if record is None:
                continue
            assert self.kit.runs(self.job, item.image) == (item.outcome == "done")
            if item.undo == "undone" and item.image not in self.edited:
                assert record.metadata == self.before[item.image]

    def check_undo(self) -> None:
        if self.kit.record(self.job).status is JobStatus.UNDONE:
            done = [item for item in self.kit.items(self.job) if item.outcome == "done"]
            assert all(item.undo for item in done)
            view = self.kit.show(self.job)
            assert view.undone == sum(item.undo == "undone" for item in done)
            assert view.undone + view.kept == len(done)


_ENDS: Final = frozenset({JobStatus.COMPLETE, JobStatus.CANCELLED, JobStatus.UNDONE})


_WISHES: Final = {"pause": 6, "resume": 6, "retry_failed": 6, "cancel": 1, "undo": 4}
"""What an owner says to a job, and how gladly."""


def parts(seeds: range) -> list[range]:
    return [seeds[at : at + TOGETHER] for at in range(0, len(seeds), TOGETHER)]


@pytest.mark.parametrize("seeds", parts(QUICK), ids=str)
def test_the_books_are_right_after_every_history(seeds: range) -> None:
    live_through(seeds)


@pytest.mark.heavy
@pytest.mark.parametrize("seeds", parts(LONG), ids=str)
def test_the_books_are_right_after_many_histories(seeds: range) -> None:
    live_through(seeds)


def live_through(seeds: range) -> None:
    happened: Counter[str] = Counter()
    for seed in seeds:
        history = History(seed)
        try:
            history.live()
            history.kit.check(history.job)
            history.come_to_rest()
            history.check()
            history.check_undo()
        except BaseException as broken:
            broken.add_note(f"in the history of seed {seed}")
            raise
        happened += history.happened
    assert {name: count for name, count in HAPPENS.items() if happened[name] < count} == {}, happened
