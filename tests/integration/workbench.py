"""The product's own services in this process, on the deployed stack's data, with a fuse in their AWS clients.

A fuse that blows ends the work as the death of the process would: right behind a call that went through,
with nothing of ours running after it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from botocore.client import BaseClient

from gloss.clock import utc_now
from gloss.describe.heuristic import HeuristicDescriber
from gloss.describe.model import Describer
from gloss.embed.local import LocalEmbedder
from gloss.images.library import Library
from gloss.images.model import Image
from gloss.images.objects import ObjectStore
from gloss.images.revisions import Revisions
from gloss.images.rollbacks import Rollbacks
from gloss.images.store import ImageStore
from gloss.images.uploads import Uploads
from gloss.metering.books import Books
from gloss.metering.breaker import Breaker
from gloss.metering.limiter import Limiter
from gloss.metering.limits import Limits
from gloss.metering.metered import MeteredDescriber
from gloss.metering.metrics import report_lost
from gloss.metering.model import Call, Receipts
from gloss.metering.prices import Prices
from gloss.metering.rates import RatesStore
from gloss.metering.service import Metering
from gloss.metering.spending import Spending
from gloss.metering.store import UsageStore
from gloss.pipeline.inspection import inspect
from gloss.pipeline.intake import Intake
from gloss.pipeline.machine import ProcessMachine
from gloss.pipeline.paid import PaidWork
from gloss.pipeline.queues import WorkQueues
from gloss.pipeline.settlement import Settlement
from gloss.pipeline.sweep import Sweep
from gloss.pipeline.words import DescribeStep, EmbedStep
from gloss.quota.plans import Plans
from gloss.quota.service import Ledger
from gloss.regenerate.service import Regenerations
from gloss.search.store import VectorStore
from gloss.settings.model import Offer
from gloss.settings.service import WorkTerms
from gloss.settings.store import SettingsStore
from gloss.sources.queue import ImportQueue
from tools.local_stack import LocalStack
from tools.stack_access import StackAccess


class Killed(BaseException):
    """The process died. No handler for exceptions sees it."""


class Fuse:
    """Kills whoever makes AWS call number ``after``, once it is answered."""

    def __init__(self) -> None:
        self._left: int | None = None

    def watch(self, client: BaseClient) -> None:
        client.meta.events.register("after-call", self._called)

    @contextmanager
    def lit(self, after: int) -> Iterator[None]:
        self._left = after
        try:
            yield
        finally:
            self._left = None

    def _called(self, **_: Any) -> None:
        if self._left is not None:
            self._left -= 1
            if not self._left:
                raise Killed


class InProcessMachine(ProcessMachine):
    """The steps of process_image in the machine's order, one after the other in this process."""

    def __init__(
        self, objects: ObjectStore, describing: DescribeStep, embedding: EmbedStep, settlement: Settlement
    ) -> None:
        self._settlement = settlement
        self._steps = {
            "inspection": lambda state: inspect(state, objects),
            "description": describing.run,
            "merged": embedding.run,
            "verdict": settlement.finish,
        }

    def run(self, name: str, state: Mapping[str, Any]) -> dict[str, Any]:
        reached = dict(state)
        for key, step in self._steps.items():
            if key not in reached:
                reached |= step(reached)
            if "failure" in reached:
                reached |= self._settlement.fail(reached)
                break
        verdict: dict[str, Any] = reached["verdict"]
        return verdict


class Workbench:
    """The services as the functions wire them, but for the fuse and the describer."""

    def __init__(self, stack: LocalStack) -> None:
        outputs = stack.outputs
        access = StackAccess(stack.engine.endpoint, stack.access.stack)
        dynamodb, s3, sqs = access.client("dynamodb"), access.client("s3"), access.client("sqs")
        self.fuse = Fuse()
        for client in (dynamodb, s3, sqs):
            self.fuse.watch(client)
        self.describer: Describer = HeuristicDescriber()
        self.paid: Describer | None = None
        images = ImageStore(dynamodb, outputs["ImagesTable"])
        objects = ObjectStore(s3, originals=outputs["OriginalsBucket"], derived=outputs["DerivedBucket"])
        ledger = Ledger(dynamodb, outputs["LedgerTable"], Plans.load(""))
        vectors = VectorStore(outputs["VectorsTable"])
        queues = WorkQueues(sqs, interactive=outputs["InteractiveQueue"], bulk=outputs["BulkQueue"])
        terms = WorkTerms(SettingsStore(dynamodb, outputs["SettingsTable"]), Offer("heuristic"))
        settlement = Settlement(images, ledger, vectors, utc_now)
        books = Books(UsageStore(dynamodb, outputs["UsageTable"]), report_lost)
        rates = RatesStore(dynamodb, outputs["RatesTable"])
        self._metering = Metering(
            spending=Spending(books.usage, utc_now, stack_cap=None),
            breaker=Breaker(rates, utc_now),
            limiter=Limiter(rates, Limits({}), utc_now),
            books=books,
            prices=Prices.load(),
            clock=utc_now,
            report=lambda _record: None,
        )
        machine = InProcessMachine(objects, *self._steps(PaidWork(images, books, objects)), settlement)
        self.uploads = Uploads(images, objects, ledger, terms, utc_now)
        nowhere = ObjectStore(s3, originals="no bucket has such a name")
        self.unsigned_uploads = Uploads(images, nowhere, ledger, terms, utc_now)
        self.intake = Intake(images, objects, queues, machine, utc_now)
        fetches = ImportQueue(sqs, outputs["ImportQueue"])
        self.sweep = Sweep(images, objects, queues, ledger, utc_now, books=books, imports=fetches)
        self.rollbacks = Rollbacks(images, objects, ledger, utc_now)
        self.regenerations = Regenerations(images, ledger, queues, terms, utc_now)
        gone = f"{outputs['InteractiveQueue']}-that-there-is-not"
        unheard = WorkQueues(sqs, interactive=gone, bulk=gone)
        self.unheard_regenerations = Regenerations(images, ledger, unheard, terms, utc_now)
        self.library = Library(
            images=images,
            objects=objects,
            ledger=ledger,
            vectors=vectors,
            revisions=Revisions(images, vectors, LocalEmbedder(), utc_now),
            clock=utc_now,
        )

    def _steps(self, paid: PaidWork) -> tuple[DescribeStep, EmbedStep]:
        return (
            DescribeStep(self._describer, lambda: paid),
            EmbedStep(lambda *_: LocalEmbedder(), lambda: paid),
        )

    def _describer(self, image: Image, receipts: Receipts) -> Describer:
        """``paid``, where there is one, with the meter running."""
        if self.paid is None:
            return self.describer
        call = Call(
            user=image.user, purpose="describe", provider="openai", model="gpt-4.1-mini", image=image.image
        )
        return MeteredDescriber(self.paid, replace(self._metering, receipts=receipts), call)
