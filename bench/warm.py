"""How much time of a warm API request is our own.

    python -m bench.warm [--rounds N] [--brief]

Every route with an event in `events/api` is asked again and again, each time in a fresh scene, by the
handlers as Lambda calls them: form checks, idempotency, use case, serialisation, structured logs. AWS is the
in-memory one of the unit tests, and the time inside its calls is taken off. What is left waits for nothing,
so it is taken as processor time, which a busy machine does not lengthen. Presigning is no call: boto3 does
it, and it counts. The last line is JSON.
"""

import argparse
import io
import json
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from inspect import isroutine
from pathlib import Path
from typing import Any, Final

import boto3

from bench._measure import percentile
from gloss import aws, observability
from tests.fakes.kms import FakeKms
from tests.fakes.product import Product
from tests.unit.functions.conftest import Context, variables
from tests.unit.functions.events import event
from tests.unit.functions.test_events import EVENTS

_WARM_UPS: Final = 5
_SERVICES: Final = ("dynamodb", "s3", "sqs", "states", "functions")
_PRESIGNING: Final = ("generate_presigned_url", "generate_presigned_post")
_LAMBDA: Final = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "example",
    "AWS_SECRET_ACCESS_KEY": "example",
}


class Stage:
    """The scene that the handlers' clients see, exchanged between requests; ``seconds`` went by in calls."""

    def __init__(self) -> None:
        self.product = Product()
        self.seconds = 0.0
        self.presigning = boto3.Session(region_name="us-east-1").client("s3")

    def service(self, name: str) -> Any:  # noqa: ANN401 - one of the fakes
        return getattr(self.product, name)

    def timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: object, **request: object) -> object:
            begin = time.thread_time()
            try:
                return method(*arguments, **request)
            finally:
                self.seconds += time.thread_time() - begin

        return call


class Client:
    """One service of the stage under the names of the boto3 client."""

    def __init__(self, stage: Stage, service: Callable[[], Any]) -> None:
        self._stage = stage
        self._service = service

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client has
        if name in _PRESIGNING:
            return getattr(self._stage.presigning, name)
        found = getattr(self._service(), name)
        return self._stage.timed(found) if isroutine(found) else found


@cache
def set_up() -> Stage:
    """Put the stage where the handlers look for AWS, for good: the process ends with the benchmark."""
    os.environ.update(_LAMBDA)
    stage = Stage()
    kms = FakeKms()
    services = {name: Client(stage, partial(stage.service, name)) for name in _SERVICES}
    made: dict[str, Callable[..., Any]] = {
        "dynamodb": lambda: services["dynamodb"],
        "dynamodb_of_meter": lambda: services["dynamodb"],
        "s3": lambda: services["s3"],
        "sqs": lambda: services["sqs"],
        "stepfunctions": lambda: services["states"],
        "functions": lambda _answer_s: services["functions"],
        "kms": lambda: kms,
        "sockets": lambda _address: None,  # nobody is connected
    }
    for name, make in made.items():
        setattr(aws, name, make)
    for handler in observability.logger().handlers:
        handler.stream = io.StringIO()  # type: ignore[attr-defined]
    return stage


def ask(stage: Stage, name: str, rounds: int) -> list[float]:
    """Milliseconds of our own per request of one event."""
    folder = Path(name).name.partition(".")[0]
    os.environ.update(variables(folder))
    handler = import_module(f"functions.{folder}.handler")
    scene, check = EVENTS[name]
    request, times = event(name), []
    for round_ in range(rounds + _WARM_UPS):
        stage.product = Product()
        logging.disable(logging.CRITICAL)
        scene(stage.product)
        logging.disable(logging.NOTSET)
        stage.seconds = 0.0
        begin = time.thread_time()
        answer = handler.handle(request, Context())
        taken = time.thread_time() - begin - stage.seconds
        if not check(answer):
            raise SystemExit(f"bench: {name} answered {answer}")
        if round_ >= _WARM_UPS:
            times.append(1000 * taken)
    return times


def report(times: Mapping[str, Sequence[float]]) -> dict[str, object]:
    print(f"{'request':32} {'p50 ms':>7} {'p99 ms':>7}")
    for name, row in sorted(times.items(), key=lambda item: -percentile(item[1], 0.5)):
        print(f"{name:32} {percentile(row, 0.5):7.2f} {percentile(row, 0.99):7.2f}")
    everything = [value for row in times.values() for value in row]
    return {
        "p50_ms": round(percentile(everything, 0.5), 2),
        "p99_ms": round(percentile(everything, 0.99), 2),
        "requests": len(everything),
        "requests_p50_ms": {name: round(percentile(row, 0.5), 2) for name, row in times.items()},
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.warm")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--brief", action="store_true", help="each request once, to see that it works")
    asked = parser.parse_args(arguments)
    stage = set_up()
    rounds = 1 if asked.brief else asked.rounds
    times = {name: ask(stage, name, rounds) for name in EVENTS if name.startswith("api/")}
    print(json.dumps(report(times)))


if __name__ == "__main__":
    main()
