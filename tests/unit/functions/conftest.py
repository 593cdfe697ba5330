"""Handlers as Lambda calls them, on in-memory services; their variables are those of the template."""

import io
import json
import logging
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from typing import Any, Final

import pytest

from gloss import aws, observability
from tests.fakes.bulk import BULK_MACHINE
from tests.fakes.generation import GENERATE_MACHINE, GENERATION_QUEUES
from tests.fakes.kms import FakeKms
from tests.fakes.ledger import PLANS, TABLE, HandClock
from tests.fakes.product import DERIVED, IMPORT_QUEUE, MACHINE, ORIGINALS, QUEUES, Product
from tools.template import read_template

Answer = dict[str, Any]
Invoke = Callable[..., Answer]

_STANDS_FOR: Final[Mapping[str, str]] = {
    "LedgerTable": TABLE,
    "OriginalsBucket": ORIGINALS,
    "DerivedBucket": DERIVED,
    "InteractiveQueue": QUEUES["interactive"],
    "BulkQueue": QUEUES["bulk"],
    "ImportQueue": IMPORT_QUEUE,
    "GenerationQueue": GENERATION_QUEUES["interactive"],
    "GenerationBatchQueue": GENERATION_QUEUES["batch"],
    "ProcessImage": MACHINE,
    "GenerateImages": GENERATE_MACHINE,
    "BulkRegenerate": BULK_MACHINE,
    "PlansOverride": PLANS,
    "UpgradeUrl": "https://gloss.example/upgrade",
}
"""What the fakes call the resources and parameters of the template; tables keep their logical ids."""


_LAMBDA: Final = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "example",
    "AWS_SECRET_ACCESS_KEY": "example",
}
"""What Lambda itself sets; without credentials a client would look for them on the network."""


@dataclass(frozen=True)
class Context:
    """Lambda's context, as far as the code reads it."""

    function_name: str = "gloss-function"
    aws_request_id: str = "00000000-0000-4000-8000-000000000000"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:gloss-function"
    remaining: int = field(default=10_000)

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining


@cache
def variables(folder: str) -> dict[str, str]:
    """The environment that the template gives a function, everything resolved."""
    template = read_template()
    (function,) = [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource.get("Properties", {}).get("CodeUri") == f"functions/{folder}"
    ]
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    own = function.get("Environment", {}).get("Variables", {})
    defaults = {name: str(it.get("Default", "")) for name, it in template["Parameters"].items()}
    names = defaults | {name: name for name in template["Resources"]} | dict(_STANDS_FOR)
    return {key: _resolved(value, names, template["Mappings"]) for key, value in (shared | own).items()}


def _resolved(value: Any, names: Mapping[str, str], mappings: Mapping[str, Any]) -> str:
    match value:
        case {"Ref": name}:
            return names[name]
        case {"Fn::GetAtt": [name, _]}:
            return names[name]
        case {"Fn::FindInMap": [mapping, first, second]}:
            found = mappings[mapping][_resolved(first, names, mappings)]
            return str(found[_resolved(second, names, mappings)])
        case {"Fn::Join": [separator, {"Ref": name}]}:
            return str(separator.join([names[name]]))
        case {"Fn::Sub": text}:
            return str(text)
        case _:
            return str(value)


@pytest.fixture
def product() -> Product:
    """With the time of the handlers' own clock."""
    return Product(clock=HandClock(datetime.now(UTC)))


def _names_that_are_public(_host: str, port: int, **_more: object) -> list[tuple[Any, ...]]:
    """There is no resolver here; every name that an event holds is somewhere on the internet."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))]


@pytest.fixture
def invoke(product: Product, monkeypatch: pytest.MonkeyPatch) -> Iterator[Invoke]:
    """Calls the handler in a folder of ``functions``, freshly started, with an event."""
    for name, fake in {
        "dynamodb": product.dynamodb,
        "s3": product.s3,
        "sqs": product.sqs,
        "stepfunctions": product.states,
        "kms": FakeKms(),
    }.items():
        monkeypatch.setattr(aws, name, lambda fake=fake: fake)

    monkeypatch.setattr(aws, "functions", lambda _answer_s: product.functions)
    monkeypatch.setattr(socket, "getaddrinfo", _names_that_are_public)

    def call(folder: str, event: Mapping[str, Any], context: Context | None = None) -> Answer:
        for name, value in (_LAMBDA | variables(folder)).items():
            monkeypatch.setenv(name, value)
        handler = import_module(f"functions.{folder}.handler")
        for member in vars(handler).values():
            if hasattr(member, "cache_clear"):
                member.cache_clear()
        answer: Answer = handler.handle(event, context or Context())
        return answer

    library = logging.getLogger("gloss")
    before = library.handlers, library.level, library.propagate
    yield call
    library.handlers, library.level, library.propagate = before


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """Gives the lines that were written to the function's log."""
    stream = io.StringIO()
    for handler in observability.logger().handlers:
        monkeypatch.setattr(handler, "stream", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
