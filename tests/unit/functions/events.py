"""The events for `sam local invoke`, and the scene that they play in."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from gloss.bulk.conditions import Conditions
from gloss.bulk.model import Estimate, Job, JobStatus, Options
from gloss.bulk.store import JobStore
from gloss.clock import iso
from gloss.generate.model import Generation, GenerationStatus, Order, claim, start
from gloss.generate.pictures import PictureStore
from gloss.generate.settlement import Settlement
from gloss.generate.store import GenerationStore
from gloss.images.model import HOLD, Image, Status, Work, epoch
from gloss.settings.model import Connection
from tests.fakes.product import DERIVED, ORIGINALS, Product
from tools.pictures import draw

FOLDER: Final = Path(__file__).resolve().parents[3] / "events"
USER: Final = "8f0c2f1e-6d1a-4c57-9a3e-5b7d1c2a4e60"
IMAGE: Final = "019bc1f7-5a00-7000-8000-000000000001"
GENERATION: Final = "019bc1f7-5a00-7000-8000-0000000000c0"
JOB: Final = "019bc1f7-5a00-7000-8000-0000000000b0"
EVERYTHING: Final = Conditions()


def event(name: str) -> dict[str, Any]:
    """The event of a file, by its path without ending: ``api/uploads_api``."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return found


def request(name: str, **changes: Any) -> dict[str, Any]:
    """An API event with another ``body`` (as data), ``headers``, ``query``, ``path`` or ``user``."""
    changed = deepcopy(event(f"api/{name}"))
    if "body" in changes:
        changed["body"] = json.dumps(changes.pop("body"))
    if "query" in changes:
        query = changes.pop("query")
        changed["queryStringParameters"] = query
        changed["multiValueQueryStringParameters"] = {key: [value] for key, value in query.items()}
    if "path" in changes:
        changed["pathParameters"] = changes.pop("path")
        changed["path"] = changed["resource"].format(**changed["pathParameters"])
    if "user" in changes:
        changed["requestContext"]["authorizer"]["claims"]["sub"] = changes.pop("user")
    if "headers" in changes:
        changed["headers"] |= changes.pop("headers")
        changed["multiValueHeaders"] = {key: [value] for key, value in changed["headers"].items()}
    return changed | changes


def pending(product: Product) -> None:
    """The image that the events speak of, its object sent, as UploadsApi leaves it."""
    _put(product, Image.from_item(event("statemachine/inspect_image")["record"]), Status.PENDING)
    product.s3.objects[ORIGINALS, f"{USER}/{IMAGE}"] = draw("mountains", size=(160, 120))


def processing(product: Product) -> None:
    """The image under the lease that the machine's events hold."""
    pending(product)
    _put(product, Image.from_item(event("statemachine/inspect_image")["record"]), Status.PROCESSING)


def complete(product: Product) -> None:
    """The image, described."""
    processing(product)
    product.settlement.finish(event("statemachine/finish_image"))


def running(product: Product) -> None:
    """The job that the events speak of, which has not fed anything yet."""
    complete(product)
    _job(product, JobStatus.RUNNING)


def paused(product: Product) -> None:
    complete(product)
    _job(product, JobStatus.PAUSED)


def ended(product: Product) -> None:
    complete(product)
    _job(product, JobStatus.COMPLETE)


def connected(product: Product) -> None:
    """The user has connected Dropbox."""
    connection = Connection("dropbox", b"sealed", "Ann Example", iso(product.clock()))
    product.settings.save_connection(USER, connection)


def searching(product: Product) -> None:
    """The job, about what a query finds, before it was asked."""
    complete(product)
    _job(product, JobStatus.ESTIMATING, Conditions(query="old bridge"))


def rich(product: Product) -> None:
    """The image, and tokens enough for what the events ask for."""
    complete(product)
    product.s3.objects[DERIVED, f"{USER}/{IMAGE}/preview.jpg"] = draw("mountains", size=(160, 120))
    product.credits.change_plan("custom", account=USER, limits={"images": 10, "tokens": 1000})


def created(product: Product) -> None:
    """The generation that the events speak of, as GenerationsApi leaves it."""
    rich(product)
    _generation(product, lambda it: it)


def started(product: Product) -> None:
    rich(product)
    _generation(product, lambda it: start(it, product.clock()))


def making(product: Product) -> None:
    """The generation under the lease that the machine's events hold, one picture made."""
    rich(product)
    lease = event("statemachine/fetch_inputs")["lease"]
    held = _generation(product, lambda it: claim(start(it, product.clock()), product.clock(), lease) or it)
    pictures = PictureStore(product.s3.client, DERIVED)
    pictures.put_input(held, 0, draw("mountains", size=(160, 120)))


def made(product: Product) -> None:
    """The same, one picture made."""
    making(product)
    store = GenerationStore(product.dynamodb.client, "GenerationsTable")
    picture = draw("mountains", size=(160, 120))
    PictureStore(product.s3.client, DERIVED).put_made(store.existing(USER, GENERATION), 1, picture, 110)


def finished(product: Product) -> None:
    """The same, completed."""
    making(product)
    store = GenerationStore(product.dynamodb.client, "GenerationsTable")
    picture = draw("mountains", size=(160, 120))
    PictureStore(product.s3.client, DERIVED).put(store.existing(USER, GENERATION), 1, picture, "image/jpeg")
    Settlement(store, product.ledger, product.clock).finish(event("statemachine/settle_generation"))


def templated(product: Product) -> None:
    """The user has the template that the events speak of."""
    rich(product)
    store = GenerationStore(product.dynamodb.client, "GenerationsTable")
    store.add_template(USER, "marble", {"model": "gloss-compositor-1"})


def _generation(product: Product, change: Callable[[Generation], Generation]) -> Generation:
    """Reserved and written, in the state that ``change`` leads to."""
    now = iso(product.clock())
    generation = Generation(
        user=USER,
        generation=GENERATION,
        status=GenerationStatus.PENDING,
        order=Order(
            product_images=(IMAGE,),
            model_images=(),
            model="gloss-compositor-1",
            provider="local",
            style="studio",
            quality="auto",
            aspect_ratio="4:3",
            count=1,
            seed=7,
        ),
        prompt="A studio product photograph.",
        tokens=110,
        byok=False,
        priority="interactive",
        created_at=now,
        updated_at=now,
        due_at=epoch(product.clock() + timedelta(hours=1)),
    )
    after = change(generation)
    store = GenerationStore(product.dynamodb.client, "GenerationsTable")
    product.ledger.reserve(
        USER,
        "tokens",
        [generation.reservation],
        amount=110,
        ttl=HOLD,
        actor=USER,
        reason="generation",
        also=[store.create(after)],
    )
    return after


def _job(product: Product, status: JobStatus, selection: Conditions = EVERYTHING) -> None:
    now = iso(product.clock())
    job = Job(
        user=USER,
        job=JOB,
        status=status,
        selection=selection,
        request={},
        options=Options(),
        created_at=now,
        updated_at=now,
        estimate=Estimate(matched=1, process=1, complete=True, credits=1),
        resumes=JobStatus.RUNNING if status is JobStatus.PAUSED else None,
    )
    jobs = JobStore(product.dynamodb.client, "JobsTable")
    jobs.apply(jobs.create(job))


def _put(product: Product, image: Image, status: Status) -> None:
    work = Work(f"upload-{IMAGE}")
    product.ledger.reserve(USER, "images", [work.reservation], ttl=HOLD, actor=USER, reason="upload")
    due_at = epoch(product.clock() + timedelta(minutes=2))
    lease = image.lease if status is Status.PROCESSING else None
    product.put(replace(image, status=status, work=work, due_at=due_at, lease=lease))
