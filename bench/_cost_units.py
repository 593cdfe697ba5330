"""What the steps of an upload read and write, counted by the published rules of DynamoDB and S3.

The handlers run on the in-memory services of the unit tests, which count units, indexes included.
"""

import io
import json
import logging
import os
import re
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from bench.warm import Stage, set_up
from tests.fakes.product import Product
from tests.unit.functions.conftest import Context, variables
from tests.unit.functions.events import event
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

_S3_WRITES: Final = ("put_object",)
_S3_READS: Final = ("get_object", "head_object")


@dataclass(frozen=True, slots=True)
class Units:
    """Of one invocation."""

    read: float
    write: float
    s3_reads: int
    s3_writes: int


def units(files: int) -> dict[str, Units]:
    """By function, where a request starts so many uploads.

    The first request of a month opens the account's period; it is not the one counted.
    """
    stage = set_up()
    return {function: _units(stage, name, files) for function, name in STEPS.items()}


def _units(stage: Stage, name: str, files: int) -> Units:
    scene: Callable[[Product], None] = EVENTS[name][0] if name in EVENTS else nothing
    folder = Path(name).name
    own = {**variables(folder), "PLANS_OVERRIDE": ""}  # the plans of the tests allow ten uploads
    os.environ.update(own)
    handle: Callable[[Mapping[str, Any], Context], Any] = import_module(f"functions.{folder}.handler").handle
    stage.product = Product()
    logging.disable(logging.CRITICAL)
    scene(stage.product)
    request = _on_own_tables(event(name), own)
    if name.startswith("api/"):
        handle(_as_another(request), Context())
        body = json.loads(request["body"])
        request["body"] = json.dumps({"files": body["files"] * files})
    stage.product.dynamodb.units.clear()
    stage.product.s3.calls.clear()
    with redirect_stdout(io.StringIO()):  # metrics
        answer = handle(request, Context())
    assert not name.startswith("api/") or answer["statusCode"] < 300, answer
    logging.disable(logging.NOTSET)
    found, calls = stage.product.dynamodb.units, stage.product.s3.calls
    return Units(
        read=found["read"],
        write=found["write"],
        s3_reads=sum(calls[call] for call in _S3_READS),
        s3_writes=sum(calls[call] for call in _S3_WRITES),
    )


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
