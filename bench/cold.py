"""How long a function takes from nothing to its first answer, beside a reference function.

    python -m bench.cold [--rounds N] [--brief]

Each start is a fresh process with the layers as `sam build` made them for this machine, bytecode included,
nothing else on its path, and the environment of the template. What is taken is the processor time from before
its handler is imported until it has answered its first event: a start waits for nothing but AWS, which is in
memory here, and a busy machine does not lengthen it. Functions and reference (Powertools' resolver with
validation, pydantic, boto3 clients for S3 and DynamoDB, as they are published, with bytecode: its first
start, which is not counted, compiles what is not compiled yet) take turns; a ratio is the median over the
rounds. The last line is JSON.
"""

import argparse
import json
import logging
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from bench._aws_server import AwsServer, aws_server
from tests.fakes.product import Product
from tests.servers.openai_server import OpenAiServer
from tests.unit.functions.conftest import variables
from tests.unit.functions.events import FOLDER as EVENTS_FOLDER
from tests.unit.functions.events import complete
from tests.unit.functions.test_events import EVENTS, nothing
from tools.template import TEMPLATE, read_template

ROOT: Final = TEMPLATE.parent
LAYERS: Final = ROOT / ".aws-sam/local/build"
REFERENCE: Final = "reference"
OPENAI: Final = {"describe_image": "DESCRIBE_PROVIDER", "embed_image": "EMBED_PROVIDER"}
_BRIEF: Final = ("images_api", "finish_image")
_AWS: Final = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "example",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_LAMBDA_FUNCTION_NAME": "gloss-function",
}
_TABLES: Final = {"realtime_publish": {"IMAGES_TABLE": "gloss-images", "LEDGER_TABLE": "gloss-ledger"}}
"""Tables whose names stand in the event itself."""

Scene = Callable[[Product], None]

SCENES: Final[Mapping[str, Scene]] = MappingProxyType(
    {name: scene for name, (scene, _) in EVENTS.items()}
    | {
        "dynamodb/feed_vectors": nothing,
        "dynamodb/queue_webhooks": nothing,
        "dynamodb/realtime_publish": nothing,
        "schedule/reindex": complete,
        "websocket/socket_authorizer": nothing,
        "websocket/socket_connections": nothing,
    }
)
"""The events with the scene that each plays in: those of the unit tests, and what is fed to a function
elsewhere."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A function with the event that it answers first, and the scene of that event."""

    name: str
    folder: Path
    event: Path
    scene: Scene
    layers: Sequence[Path]
    variables: Mapping[str, str] = field(default_factory=dict)


def subjects(functions: Path, openai_url: str) -> Iterator[Subject]:
    """Every function, the reference first."""
    show = EVENTS_FOLDER / "api/images_api.show.json"
    installed = Path(sysconfig.get_paths()["purelib"])
    yield Subject(REFERENCE, functions / REFERENCE, show, lambda _: None, [installed])
    first = {Path(name).name.partition(".")[0]: name for name in reversed(list(SCENES))}
    own = {
        Path(resource["Properties"]["CodeUri"]).name: resource["Properties"].get("Layers", [])
        for resource in read_template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    for folder, name in sorted(first.items()):
        named = ("GlossLayer", "CoreLayer", *(layer["Ref"] for layer in own[folder]))
        layers = [LAYERS / layer / "python" for layer in named]
        event, scene = EVENTS_FOLDER / f"{name}.json", SCENES[name]
        given = variables(folder) | _TABLES.get(folder, {})
        yield Subject(folder, functions / folder, event, scene, layers, given)
        if folder in OPENAI:
            key = {
                "OPENAI_BASE_URL": openai_url,
                "OPENAI_SECRET_ARN": "arn:example",
                "PRIVATE_ADDRESSES": "allowed",
            }
            asked = given | {OPENAI[folder]: "openai"} | key
            yield Subject(f"{folder} (openai)", functions / folder, event, scene, layers, asked)


def tasks() -> list[str]:
    """Tasks of the state machines; by default their providers need no model SDK."""
    return [Path(name).name.partition(".")[0] for name in EVENTS if name.startswith("statemachine/")]


def start(subject: Subject, server: AwsServer) -> dict[str, Any]:
    """One cold start: milliseconds until imported and until answered, and the answer."""
    server.product = Product()
    subject.scene(server.product)
    paths = [str(subject.folder), *map(str, subject.layers)]
    program = str(Path(__file__).with_name("_cold_start.py"))
    keeping = [] if subject.name == REFERENCE else ["-B"]  # bytecode; our own comes with the layers
    done = subprocess.run(
        [sys.executable, "-I", "-S", *keeping, program, json.dumps(paths), str(subject.event)],
        env={**_AWS, "AWS_ENDPOINT_URL": server.url, **subject.variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"bench: {subject.name} did not start\n{done.stderr}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if (told["answer"] or {}).get("statusCode", 200) >= 500:
        raise SystemExit(f"bench: {subject.name} answered {told['answer']}")
    return told


def measure(rounds: int, chosen: Sequence[str] | None) -> dict[str, list[float]]:
    """Milliseconds of every cold start by function; the first of each only fills the disk cache."""
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as place, OpenAiServer() as openai, aws_server(Product()) as server:
        found = [
            subject
            for subject in subjects(_as_deployed(Path(place)), openai.base_url)
            if chosen is None or subject.name in (REFERENCE, *chosen)
        ]
        for round_ in range(rounds + 1):
            for subject in found:
                told = start(subject, server)
                if round_:
                    times.setdefault(subject.name, []).append(told["ms"])
    return times


def _as_deployed(place: Path) -> Path:
    """The functions' sources without the bytecode that tests may have left beside them."""
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "functions", place / "functions", ignore=without)
    shutil.copytree(ROOT / "bench" / REFERENCE, place / "functions" / REFERENCE, ignore=without)
    return place / "functions"


def ratio(times: Mapping[str, Sequence[float]], name: str) -> float:
    pairs = zip(times[name], times[REFERENCE], strict=True)
    return statistics.median(ours / reference for ours, reference in pairs)


def _worst(figures: Sequence[float], digits: int) -> float | None:
    return round(max(figures), digits) if figures else None


def report(times: Mapping[str, Sequence[float]]) -> dict[str, object]:
    ratios = {name: ratio(times, name) for name in times}
    print(f"{'function':28} {'ms':>7} {'of the reference':>17}")
    for name in sorted(times, key=lambda name: -ratios[name]):
        print(f"{name:28} {statistics.median(times[name]):7.0f} {ratios[name]:17.2f}")
    api = [ratios[name] for name in times if name.endswith("_api")]
    light = [ratios[name] for name in tasks() if name in times]
    ai = [statistics.median(times[name]) for name in times if name.endswith("(openai)")]
    return {
        "worst_api_vs_reference": _worst(api, 3),
        "worst_light_task_vs_reference": _worst(light, 3),
        "worst_ai_task_ms": _worst(ai, 1),
        "reference_ms": round(statistics.median(times[REFERENCE]), 1),
        "functions_ms": {name: round(statistics.median(row), 1) for name, row in times.items()},
        "functions_vs_reference": {name: round(found, 3) for name, found in ratios.items()},
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.cold")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--brief", action="store_true", help="two functions, once, to see that it works")
    parser.add_argument("--only", nargs="+", metavar="FUNCTION", help="these functions")
    asked = parser.parse_args(arguments)
    if not LAYERS.is_dir():
        raise SystemExit("bench: the layers are not built; `make bench-cold` builds them")
    logging.disable(logging.CRITICAL)  # what setting a scene tells concerns nobody
    times = measure(1 if asked.brief else asked.rounds, _BRIEF if asked.brief else asked.only)
    print(json.dumps(report(times)))


if __name__ == "__main__":
    main()
