"""Generations on the product in memory: messages are delivered by hand, steps run in the machine's order."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, Final

from gloss.describe.model import Failure
from gloss.generate.drafting import Drafting
from gloss.generate.inputs import Inputs
from gloss.generate.intake import GENERATION_FAILED, Intake
from gloss.generate.making import Made, MakeOutcome, PictureRequest
from gloss.generate.model import Generation
from gloss.generate.pace import Pace
from gloss.generate.pictures import PictureStore
from gloss.generate.queues import GenerationQueues
from gloss.generate.requests import CreateRequest
from gloss.generate.service import Generations
from gloss.generate.settlement import Settlement
from gloss.generate.steps import FetchStep, MakeStep, Step, StoreStep, while_held
from gloss.generate.store import GenerationStore
from gloss.generate.sweep import GenerationSweep
from gloss.metering.rates import RatesStore
from gloss.pipeline.machine import ProcessMachine
from gloss.pipeline.model import failure
from gloss.settings.model import KeyStatus, StoredKey
from gloss.sources.guard import WEB_PORTS, AddressGuard
from gloss.sources.memory import MemorySource
from tests.fakes.product import DERIVED, ORIGINALS, USER, Product, through_json
from tools.pictures import draw

GENERATE_MACHINE: Final = "arn:aws:states:us-east-1:000000000000:stateMachine:generate"
GENERATION_QUEUES: Final[Mapping[str, str]] = {
    "interactive": "https://sqs.invalid/generations",
    "batch": "https://sqs.invalid/generations-of-batches",
}
MODEL: Final = "gloss-compositor-1"
TOKENS: Final = 10_000


@cache
def picture(kind: str = "beach", size: tuple[int, int] = (96, 64)) -> bytes:
    return draw(kind, size=size)


@dataclass
class ScriptedMaker:
    """Answers from ``script`` by the request's number of calls before, else with a picture."""

    script: Callable[[int, PictureRequest], MakeOutcome | None] = lambda _number, _request: None
    requests: list[PictureRequest] = field(default_factory=list)
    name: str = "scripted"
    model: str = MODEL

    def make(self, request: PictureRequest) -> MakeOutcome:
        self.requests.append(request)
        return self.script(len(self.requests) - 1, request) or Made(picture("forest", (96, 96)))

    def always(self, outcome: Failure | Made) -> None:
        self.script = lambda _number, _request: outcome


@dataclass
class GenerationKit:
    product: Product = field(default_factory=Product)
    maker: ScriptedMaker = field(default_factory=ScriptedMaker)
    per_minute: int = 1000
    access: frozenset[str] = frozenset({"openai", "bedrock"})

    def __post_init__(self) -> None:
        it = self.product
        self.tokens(TOKENS)
        dynamodb = it.dynamodb.client
        self.store = GenerationStore(dynamodb, "GenerationsTable")
        self.pictures = PictureStore(it.s3.client, DERIVED)
        self.queues = GenerationQueues(it.sqs.client, **GENERATION_QUEUES)
        self.web = MemorySource({})
        self.generations = Generations(
            generations=self.store,
            drafting=Drafting(
                self.has_access, it.images, it.settings, AddressGuard(ports=WEB_PORTS), it.clock
            ),
            ledger=it.ledger,
            queues=self.queues,
            pictures=self.pictures,
            pace=Pace(RatesStore(dynamodb, "RatesTable"), it.clock, self.per_minute),
            clock=it.clock,
        )
        self.settlement = Settlement(self.store, it.ledger, it.clock)
        self.steps: dict[str, Step] = {
            "inputs": while_held(FetchStep(self.store, self.pictures, Inputs(it.objects, self.web)).run),
            "made": while_held(
                MakeStep(self.store, self.pictures, lambda _: self.maker, it.books.enter, it.clock).run
            ),
            "pictures": while_held(StoreStep(self.store, self.pictures).run),
            "verdict": while_held(self.settlement.settle),
        }
        self.before: dict[str, Callable[[], object]] = {}
        machine = ProcessMachine(it.states.client, GENERATE_MACHINE, failed=GENERATION_FAILED)
        it.states.work = self.run
        self.intake = Intake(self.store, self.queues, machine, it.ledger, it.clock)
        self.sweep = GenerationSweep(self.store, self.queues, it.ledger, it.clock)

    def has_access(self, provider: str, _model: str) -> bool:
        return provider in self.access

    # Scenes

    def tokens(self, amount: int) -> None:
        """Let the account have so many tokens in all."""
        self.product.credits.change_plan("custom", limits={"images": 100, "tokens": amount})

    def own_key(self, status: KeyStatus = "active") -> None:
        """Let the user have a key of an own for OpenAI."""
        key = StoredKey("openai", sealed=b"sealed", last4="1234", created_at="2026-11-20", status=status)
        self.product.settings.save_key(USER, key)

    def image(self) -> str:
        """An image of the user's that can be shown; the id."""
        image = self.product.complete()
        self.product.s3.objects[ORIGINALS, f"{USER}/{image}"] = picture()
        return image

    def request(self, **changes: Any) -> CreateRequest:
        wanted = {"model": MODEL, **changes}
        if "product_images" not in wanted:
            wanted["product_images"] = [self.image()]
        return CreateRequest.model_validate(wanted)

    def create(self, **changes: Any) -> str:
        return self.generations.create(USER, self.request(**changes)).generation_id

    def start(self, generation: str) -> None:
        self.generations.start(USER, generation)

    def started(self, **changes: Any) -> str:
        generation = self.create(**changes)
        self.start(generation)
        return generation

    def run(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """One execution of generate_images, as Step Functions answers it.

        ``before`` holds what happens right before a step.
        """
        reached = dict(state)
        for key in self.steps:
            reached |= self._answer(key, reached)
            if "failure" in reached and "verdict" not in reached:
                reached |= self._answer("verdict", reached)
            if "verdict" in reached:
                break
        verdict: dict[str, Any] = reached["verdict"]
        if verdict["kind"] == "failed":
            return {"status": "FAILED", "error": GENERATION_FAILED, "cause": verdict["code"]}
        return verdict

    def _answer(self, key: str, state: Mapping[str, Any]) -> dict[str, Any]:
        self.before.get(key, lambda: None)()
        try:
            return through_json(self.steps[key](through_json(state)))
        except RuntimeError:
            broken = failure("transient", "TASK_FAILED", "A step of the generation broke off.")
            broken["failure"]["cause"] = {"Error": "Runtime.HandlerError"}
            return broken

    def messages(self) -> list[tuple[str, str]]:
        """Queue and body of every message about a generation."""
        return [
            (message["QueueUrl"], message["MessageBody"])
            for message in self.product.sqs.messages
            if "generation" in json.loads(message["MessageBody"])
        ]

    def deliver(self) -> str:
        """A worker takes the oldest message; what became of it."""
        (_, body) = self.messages()[0]
        self.product.sqs.messages[:] = [
            message for message in self.product.sqs.messages if message["MessageBody"] != body
        ]
        return self.intake.take(body)

    def deliver_all(self) -> list[str]:
        done = []
        while self.messages():
            done.append(self.deliver())
        return done

    def forward(self, by: timedelta) -> dict[str, int]:
        """Time passes, and the sweep comes round."""
        self.product.clock.forward(by)
        return self.sweep.run()

    # Looking

    def record(self, generation: str) -> Generation:
        return self.store.existing(USER, generation)

    @property
    def left(self) -> int:
        """Tokens that are left; the audit finds nothing wrong with them, and every place is accounted for."""
        assert self.product.credits.drifts() == []
        found, more = self.store.page(USER, status=None, before=None, limit=1000)
        assert more is None
        for priority in ("interactive", "batch"):
            working = [it for it in found if it.status == "processing" and it.priority == priority]
            assert self.store.active(USER, priority) == len(working)
        return self.product.credits.quota(meter="tokens").remaining
