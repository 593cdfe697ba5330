"""The whole product on in-memory services, with a clock that is set by hand.

The tables are those of ``template.yaml``.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, Final, TypeVar

from gloss.bulk.outcomes import JobOutcomes
from gloss.describe.heuristic import HeuristicDescriber
from gloss.describe.model import Describer
from gloss.dynamodb import Item, from_attributes, to_attributes
from gloss.embed.local import LocalEmbedder
from gloss.embed.model import Embedder
from gloss.images.library import Library
from gloss.images.model import Image, Queue, Status, epoch
from gloss.images.objects import ObjectStore
from gloss.images.revisions import Revisions
from gloss.images.rollbacks import Rollbacks
from gloss.images.store import ImageStore
from gloss.images.uploads import File, Uploads
from gloss.metering.books import Books
from gloss.metering.model import CallRecord
from gloss.metering.store import UsageStore
from gloss.pipeline.assignment import requested
from gloss.pipeline.intake import Intake
from gloss.pipeline.machine import ProcessMachine
from gloss.pipeline.model import initial_state
from gloss.pipeline.paid import PaidWork
from gloss.pipeline.queues import WorkQueues
from gloss.pipeline.settlement import Settlement
from gloss.pipeline.sweep import Sweep
from gloss.pipeline.words import DescribeStep, EmbedStep
from gloss.providers.model import ProviderChoice, Registry
from gloss.regenerate.service import Regenerations
from gloss.search.store import VectorStore
from gloss.settings.model import Offer
from gloss.settings.service import WorkTerms
from gloss.settings.store import SettingsStore
from gloss.sources.queue import ImportQueue
from tests.fakes.aws import FakeLambda, FakeS3, FakeSqs, FakeStepFunctions
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.ledger import HandClock, LedgerKit
from tools.template import read_template

USER: Final = "ann"
ORIGINALS: Final = "originals"
DERIVED: Final = "derived"
QUEUES: Final[Mapping[Queue, str]] = {
    "interactive": "https://sqs.invalid/interactive",
    "bulk": "https://sqs.invalid/bulk",
}
IMPORT_QUEUE: Final = "https://sqs.invalid/imports"
MACHINE: Final = "arn:aws:states:us-east-1:000000000000:stateMachine:process"

INSPECTION: Final[Mapping[str, Any]] = {
    "format": "JPEG",
    "mime": "image/jpeg",
    "width": 160,
    "height": 120,
    "bytes": 5429,
    "sha256": "00" * 32,
    "frames": 1,
    "has_alpha": False,
    "camera": {"make": "Nikon", "model": "Z 6"},
    "embedded": {"keywords": [], "sources": {}},
    "palette": [{"hex": "#4682b4", "share": 0.6, "name": "steel blue"}],
}
"""What InspectImage finds out about a small picture."""


@cache
def tables() -> dict[str, dict[str, Any]]:
    """Definitions of the template's tables, by logical id."""
    resources = read_template()["Resources"]
    return {
        name: {"TableName": name, **resource["Properties"]}
        for name, resource in resources.items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }


def through_json(value: Mapping[str, Any]) -> dict[str, Any]:
    """As a value comes out of the state machine."""
    plain: dict[str, Any] = json.loads(json.dumps(value))
    return plain


Made = TypeVar("Made")


def _constant(made: Made) -> Callable[[ProviderChoice], Made]:
    return lambda _choice: made


@dataclass
class Product:
    """Stores and services as the functions put them together; ``upload`` and the like set scenes."""

    clock: HandClock = field(default_factory=HandClock)
    embedder: Embedder = field(default_factory=LocalEmbedder)

    def __post_init__(self) -> None:
        self.dynamodb = FakeDynamoDB()
        self.s3 = FakeS3()
        self.sqs = FakeSqs()
        self.functions = FakeLambda()
        self.states = FakeStepFunctions()
        for definition in tables().values():
            self.dynamodb.create_table(**definition)
        self.credits = LedgerKit(self.dynamodb, self.clock)
        self.ledger = self.credits.ledger
        self.images = ImageStore(
            self.dynamodb.client, "ImagesTable", outcomes=JobOutcomes("JobsTable", self.clock)
        )
        self.vectors = VectorStore("VectorsTable")
        self.objects = ObjectStore(self.s3.client, originals=ORIGINALS, derived=DERIVED)
        self.queues = WorkQueues(self.sqs.client, interactive=QUEUES["interactive"], bulk=QUEUES["bulk"])
        self.settings = SettingsStore(self.dynamodb.client, "SettingsTable")
        terms = WorkTerms(self.settings, Offer("heuristic"))
        self.uploads = Uploads(self.images, self.objects, self.ledger, terms, self.clock)
        self.library = Library(
            images=self.images,
            objects=self.objects,
            ledger=self.ledger,
            vectors=self.vectors,
            revisions=Revisions(self.images, self.vectors, self.embedder, self.clock),
            clock=self.clock,
        )
        self.regenerations = Regenerations(self.images, self.ledger, self.queues, terms, self.clock)
        self.rollbacks = Rollbacks(self.images, self.objects, self.ledger, self.clock)
        self.usage = UsageStore(self.dynamodb.client, "UsageTable", sleep=lambda _: None)
        self.lost: list[CallRecord] = []
        self.books = Books(self.usage, self.lost.append)
        self.paid = PaidWork(self.images, self.books, self.objects)
        self.machine = ProcessMachine(self.states.client, MACHINE)
        self.intake = Intake(self.images, self.objects, self.queues, self.machine, self.clock)
        self.settlement = Settlement(self.images, self.ledger, self.vectors, self.clock)
        self.import_queue = ImportQueue(self.sqs.client, IMPORT_QUEUE)
        self.sweep = Sweep(
            self.images,
            self.objects,
            self.queues,
            self.ledger,
            self.clock,
            books=self.books,
            imports=self.import_queue,
        )

    # Scenes

    def upload(self, name: str = "beach.jpg", *, user: str = USER, sent: bool = True) -> str:
        """An upload whose object has arrived, or not; the id of its image."""
        file = File(name=name, content_type="image/jpeg", size=100)
        (upload,) = self.uploads.create(user, [file]).uploads
        if sent:
            self.s3.put_object(Bucket=ORIGINALS, Key=f"{user}/{upload.id}", Body=b"pixels")
        return upload.id

    def claim(self, image: str, *, lease: str = "lease-1", user: str = USER) -> dict[str, Any]:
        """The machine's input for an attempt that begins now."""
        claimed = self.images.claim(user, image, lease=lease, now=self.clock())
        assert claimed is not None
        return through_json(initial_state(claimed))

    def take_up(self, image: str, *, lease: str = "lease-2") -> dict[str, Any]:
        """The next attempt, once the sweep has found the image due."""
        due_at = self.record(image).due_at
        assert due_at is not None
        self.clock.forward(timedelta(seconds=max(0, due_at - epoch(self.clock()))))
        self.sweep.run()
        return self.claim(image, lease=lease)

    def work(self, state: Mapping[str, Any], inspection: Mapping[str, Any] = INSPECTION) -> dict[str, Any]:
        """The state as FinishImage gets it."""
        state = {"inspection": inspection, **state}
        if "description" not in state:
            state |= self.describe(state, HeuristicDescriber())
        return self.merge(state)

    def describe(self, state: Mapping[str, Any], default: Describer, *others: Describer) -> dict[str, Any]:
        """The answer of DescribeImage on a stack with these providers."""
        describers = {describer.name: describer for describer in (default, *others)}
        registry = Registry({name: _constant(describer) for name, describer in describers.items()})
        asked = ProviderChoice(default.name)
        step = DescribeStep(lambda image, _receipts: registry.get(requested(image, asked)), lambda: self.paid)
        return through_json(step.run(state))

    def embed(self, state: Mapping[str, Any], embedder: Embedder) -> dict[str, Any]:
        """The answer of EmbedImage on a stack with this provider."""
        return through_json(EmbedStep(lambda *_: embedder, lambda: self.paid).run(state))

    def merge(self, state: Mapping[str, Any]) -> dict[str, Any]:
        return through_json({**state, **self.embed(state, self.embedder)})

    def complete(self, name: str = "beach.jpg", *, user: str = USER) -> str:
        """An image that is described; its id."""
        image = self.upload(name, user=user)
        verdict = self.settlement.finish(self.work(self.claim(image, user=user)))
        assert verdict["verdict"]["kind"] == "complete"
        return image

    # Looking

    def record(self, image: str, *, user: str = USER) -> Image:
        found = self.images.get(user, image)
        assert found is not None
        return found

    def status(self, image: str) -> Status:
        return self.record(image).status

    def put(self, image: Image) -> None:
        """Write a record as it is, past all rules."""
        self.dynamodb.put_item(TableName="ImagesTable", Item=to_attributes(image.to_item()))

    def vector(self, image: str, *, user: str = USER) -> Item | None:
        key = to_attributes({"user": user, "image": image})
        found = self.dynamodb.get_item(TableName="VectorsTable", Key=key)
        return from_attributes(found["Item"]) if "Item" in found else None

    @property
    def remaining(self) -> int:
        """Credits that are left; the audit finds nothing wrong with them."""
        assert self.credits.drifts() == []
        return self.credits.quota(USER).remaining
