"""What the steps of an upload read and write, counted by the published rules of DynamoDB and S3.

The handlers run on the in-memory services of the unit tests, which count units, indexes included. The steps
of the machine run one after the other on one image, each with what the one before it answered. Where a model
describes, the OpenAI SDK asks a server on this machine.
"""

import io
import json
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from bench._model import EMBED_MODEL, NO_LIMIT, patient
from bench.warm import Stage, set_up
from gloss import aws
from tests.fakes.ledger import HandClock
from tests.fakes.product import Product
from tests.servers.openai_server import OpenAiServer
from tests.unit.functions.conftest import Context, variables
from tests.unit.functions.events import event, processing
from tests.unit.functions.test_events import EVENTS, nothing

STEPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "UploadsApi": "api/uploads_api",
        "Intake": "sqs/intake",
        "InspectImage": "statemachine/inspect_image",
        "DescribeImage": "statemachine/describe_image",
        "EmbedImage": "statemachine/embed_image",
        "FinishImage": "statemachine/finish_image",
        "RealtimePublish": "dynamodb/realtime_publish",
    }
)
"""The functions of an upload, in order, and the event that stands for each."""

MACHINE_STEPS: Final = ("InspectImage", "DescribeImage", "EmbedImage", "FinishImage")

_S3_WRITES: Final = ("put_object",)
_S3_READS: Final = ("get_object", "head_object")


@dataclass(frozen=True, slots=True)
class Units:
    """Of one invocation; ``written`` are the write units by table and by index (``Table/index``)."""

    read: float
    write: float
    s3_reads: int
    s3_writes: int
    written: Mapping[str, int] = field(default_factory=dict)


def units(files: int, *, model: bool = False) -> dict[str, Units]:
    """By function, where a request starts so many uploads, and the heuristic or a model describes.

    The first request of a month opens the account's period; it is not the one counted.
    """
    stage = set_up()
    around = {name: _units(stage, path, files) for name, path in STEPS.items() if name not in MACHINE_STEPS}
    with _served() if model else _nobody() as settings:
        return around | _machine(stage, settings)


@contextmanager
def _nobody() -> Iterator[Mapping[str, str]]:
    yield {}


@contextmanager
def _served() -> Iterator[Mapping[str, str]]:
    """The settings of a function whose words and vectors come from a server on this machine."""
    setattr(aws, "secretsmanager", _Secrets)  # noqa: B010 - for good, as all that stands in here
    with OpenAiServer(patient(describe_s=0.0, embed_s=0.0)) as server:
        yield {
            "DESCRIBE_PROVIDER": "openai",
            "EMBED_PROVIDER": "openai",
            "EMBED_MODEL": EMBED_MODEL,
            "OPENAI_BASE_URL": server.base_url,
            "OPENAI_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:bench",
            "RATE_LIMITS_OVERRIDE": NO_LIMIT,
            "PRIVATE_ADDRESSES": "allowed",
        }


class _Secrets:
    def get_secret_value(self, **_: object) -> dict[str, str]:
        return {"SecretString": "sk-bench"}


def _machine(stage: Stage, settings: Mapping[str, str]) -> dict[str, Units]:
    stage.product = Product(clock=HandClock(datetime.now(UTC)))  # that of the handlers
    processing(stage.product)
    state = event(STEPS[MACHINE_STEPS[0]])
    found = {}
    for name in MACHINE_STEPS:
        folder = Path(STEPS[name]).name
        known = variables(folder)
        handle = _started(folder, known | {key: settings[key] for key in known.keys() & settings.keys()})
        found[name], answer = _counted(stage, handle, state)
        state |= answer
    assert state["verdict"] == {"kind": "complete", "version": 1}, state
    return found


def _units(stage: Stage, name: str, files: int) -> Units:
    scene: Callable[[Product], None] = EVENTS[name][0] if name in EVENTS else nothing
    folder = Path(name).name
    own = {**variables(folder), "PLANS_OVERRIDE": ""}  # the plans of the tests allow ten uploads
    handle = _started(folder, own)
    stage.product = Product()
    scene(stage.product)
    request = _on_own_tables(event(name), own)
    if name.startswith("api/"):
        _counted(stage, handle, _as_another(request))
        body = json.loads(request["body"])
        request["body"] = json.dumps({"files": body["files"] * files})
    found, answer = _counted(stage, handle, request)
    assert not name.startswith("api/") or answer["statusCode"] < 300, answer
    return found


Handle = Callable[[Mapping[str, Any], Context], dict[str, Any]]


def _started(folder: str, environment: Mapping[str, str]) -> Handle:
    """The handler of a function as if it had just started."""
    os.environ.update(environment)
    module = import_module(f"functions.{folder}.handler")
    for member in vars(module).values():
        if hasattr(member, "cache_clear"):
            member.cache_clear()
    handle: Handle = module.handle
    return handle


def _counted(stage: Stage, handle: Handle, request: Mapping[str, Any]) -> tuple[Units, dict[str, Any]]:
    database, objects = stage.product.dynamodb, stage.product.s3
    for counter in (database.units, database.written, objects.calls):
        counter.clear()
    logging.disable(logging.CRITICAL)
    with redirect_stdout(io.StringIO()):  # metrics
        answer = handle(request, Context())
    logging.disable(logging.NOTSET)
    return Units(
        read=database.units["read"],
        write=database.units["write"],
        s3_reads=sum(objects.calls[call] for call in _S3_READS),
        s3_writes=sum(objects.calls[call] for call in _S3_WRITES),
        written=dict(database.written),
    ), answer


def _as_another(request: dict[str, Any]) -> dict[str, Any]:
    """The same request under another idempotency key."""
    headers = request["headers"] | {"idempotency-key": "another"}
    return request | {"headers": headers, "multiValueHeaders": {name: [headers[name]] for name in headers}}


def _on_own_tables(request: dict[str, Any], own: Mapping[str, str]) -> dict[str, Any]:
    """The events of streams name deployed tables; the function asks for those of its environment."""
    text = re.sub(
        r"table/gloss-(\w+)/", lambda name: f"table/{own[f'{name[1].upper()}_TABLE']}/", json.dumps(request)
    )
    changed: dict[str, Any] = json.loads(text)
    return changed
