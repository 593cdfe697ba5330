"""What an image costs on AWS, without its model: counted in runs, priced by a dated table.

    python -m bench.cost [--images N]

On a local stack of its own (real `sam deploy`), single uploads give the milliseconds and log bytes of an
invocation, and a flood of uploads, started as clients start them, tells how many invocations an image needs
when there are many. The handlers on in-memory services give DynamoDB and S3 units by the published rules.
Billed time is what the engine reports, its processor part stretched to the share of a core that the
function's memory buys on AWS. Not counted: storage, traffic to the internet, and what is billed by the month
whether there are images or not (schedules, alarms, polling of empty queues). The last line is JSON.
"""

import argparse
import json
import math
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

from bench._cost_units import STEPS, Units, units
from bench._measure import cpu_seconds
from bench.pipeline import IMAGES_PER_USER, User, flood, is_drained, pictures, single
from tools.client import UPLOADS_PER_REQUEST
from tools.local_engine import free_port, wait_for
from tools.local_stack import LocalStack
from tools.template import TEMPLATE, read_template

MACHINE_STEPS: Final = ("InspectImage", "DescribeImage", "EmbedImage", "FinishImage")
POLL_S: Final = 5
_QUIET_S: Final = 2.5
_MACHINE: Final = TEMPLATE.parent / "statemachine/process_image.asl.json"
GROWTH: Final = (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)


@dataclass(frozen=True, slots=True)
class Run:
    """What the engine says of a function: invocations per image, and of one invocation the rest."""

    invocations: float
    billed_ms: float
    cpu_ms: float
    log_bytes: float


def observe(stack: LocalStack, singles: int, flooded: int) -> tuple[dict[str, Run], dict[str, Run], float]:
    """The functions of an upload by name, one by one and many at once; median seconds of one."""
    files = pictures()
    warm, user, crowd = (User(stack, f"cost-{name}") for name in ("warm", "single", "crowd"))
    flood(stack, [warm], islice(files, flooded))
    _settle(stack)
    since, before = round(time.time() * 1000), _cpu(stack)
    seconds = [single(user, file) for file in islice(files, singles)]
    _settle(stack)
    after = _cpu(stack)
    one_by_one = {
        name: _run(stack, name, since, singles, 1000 * (after[name] - before[name])) for name in STEPS
    }
    since, before = round(time.time() * 1000), _cpu(stack)
    flood(stack, [crowd], islice(files, flooded))
    _settle(stack)
    at_once = {
        name: replace(run, invocations=len(_reports(stack, name, since)) / flooded)
        for name, run in one_by_one.items()
    }
    cpu_ms = 1000 * (_cpu(stack)["UploadsApi"] - before["UploadsApi"])
    at_once["UploadsApi"] = _run(stack, "UploadsApi", since, flooded, cpu_ms)  # for many files in a request
    return one_by_one, at_once, statistics.median(seconds)


def _settle(stack: LocalStack) -> None:
    """Until the streams are worked off, too; their batches wait up to a second."""
    wait_for(partial(is_drained, stack), 60)
    time.sleep(_QUIET_S)


def _cpu(stack: LocalStack) -> dict[str, float]:
    """Seconds by function: a worker's name is the function's, with a random end."""
    pid = stack.engine.pid()
    used = cpu_seconds(pid) if pid else {}
    return {name: sum(used[worker] for worker in used if worker.startswith(name)) for name in STEPS}


def _reports(stack: LocalStack, name: str, since: int) -> list[str]:
    return [
        line.message
        for line in stack.access.log_lines(name, since=since)
        if line.message.startswith("REPORT")
    ]


def _run(stack: LocalStack, name: str, since: int, images: int, cpu_ms: float) -> Run:
    lines = [line.message for line in stack.access.log_lines(name, since=since)]
    billed = [
        float(line.partition("Billed Duration: ")[2].split()[0]) for line in _reports(stack, name, since)
    ]
    size = sum(len(line.encode()) + term("log_event_bytes") for line in lines)
    count = len(billed)
    return Run(count / images, sum(billed) / count, cpu_ms / count, size / count)


@cache
def table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_name("prices.json").read_text())
    return found


def term(name: str) -> float:
    return float(table()["terms"][name]["value"])


def price(name: str, count: float) -> float:
    entry = table()["prices"][name]
    return count * float(entry["usd"]) / float(entry["per"])


@cache
def memory_mb(function: str) -> int:
    template = read_template()
    own = template["Resources"][function]["Properties"]
    return int(own.get("MemorySize", template["Globals"]["Function"]["MemorySize"]))


def on_lambda_ms(name: str, run: Run) -> float:
    """Billed time of an invocation where a function has only its share of a core."""
    return run.billed_ms + run.cpu_ms * max(0.0, term("vcpu_mb") / memory_mb(name) - 1)


def machine_ms(runs: Mapping[str, Run]) -> tuple[float, float]:
    """The steps of the machine together: as billed here, and as stretched."""
    steps = [(name, runs[name]) for name in MACHINE_STEPS]
    return sum(run.billed_ms for _, run in steps), sum(on_lambda_ms(name, run) for name, run in steps)


def step_costs(runs: Mapping[str, Run], counted: Mapping[str, Units]) -> dict[str, dict[str, float]]:
    """USD per image by function and service; the machine and what lies around it under names of their own."""
    here, stretched = machine_ms(runs)
    costs = {}
    for name, run in runs.items():
        waited = stretched - here if name == "Intake" else 0.0
        costs[name] = _function_cost(name, run, on_lambda_ms(name, run) + waited, counted[name])
    costs["ProcessImage"] = {"Step Functions": _express(stretched)}
    costs["UploadsApi"]["API Gateway"] = price("rest_api_request", runs["UploadsApi"].invocations)
    # S3 sends each message; a batch is received and deleted at once.
    costs["Client"] = {"S3": price("s3_write", 1)}
    costs["Intake"]["SQS"] = price("sqs_request", 1 + 2 * runs["Intake"].invocations)
    return costs


def _function_cost(name: str, run: Run, billed_ms: float, units_: Units) -> dict[str, float]:
    gigabytes = memory_mb(name) / 1024
    once = {
        "Lambda": price("lambda_request", 1) + price("lambda_gb_s", gigabytes * billed_ms / 1000),
        "DynamoDB": price("dynamodb_write_unit", units_.write) + price("dynamodb_read_unit", units_.read),
        "S3": price("s3_write", units_.s3_writes) + price("s3_read", units_.s3_reads),
        "CloudWatch and X-Ray": price("log_gb", run.log_bytes / 1e9) + price("trace", term("trace_share")),
    }
    return {service: run.invocations * usd for service, usd in once.items()}


def _express(ms: float) -> float:
    """One execution; the machine's memory fits into one chunk."""
    return price("express_request", 1) + price("express_gb_s", term("express_chunk_mb") / 1024 * ms / 1000)


def transitions() -> int:
    """States that an image walks through when nothing happens to it: a Standard machine is billed by them."""
    machine = json.loads(_MACHINE.read_text())
    count, name = 0, machine["StartAt"]
    while name:
        count += 1
        state = machine["States"][name]
        name = state.get("Default") or state.get("Next")
    return count


def designs(total: float, runs: Mapping[str, Run], seconds: float) -> dict[str, float]:
    """USD per image of the same steps under other orchestrations.

    ``standard``: a Standard machine, billed by transition, and no intake that waits. ``polling``: a Standard
    machine per image that starts the work, then waits and looks (Wait, GetItem, Choice) until it is done.
    """
    here, stretched = machine_ms(runs)
    waiting = runs["Intake"].invocations * price("lambda_gb_s", memory_mb("Intake") / 1024 * stretched / 1000)
    standard = total - _express(stretched) - waiting + price("standard_transition", transitions())
    looks = math.ceil(max(seconds, here / 1000) / POLL_S)
    polling = standard + price("standard_transition", 3 * looks) + price("dynamodb_read_unit", looks)
    return {"express": total, "standard": standard, "polling": polling}


def growth(usd: float, ceilings: Mapping[str, float]) -> list[dict[str, object]]:
    """From a thousand images to a hundred million, on paper: the bill, and the hours that the first quota of
    the account takes to let them through."""
    account = min(rate for name, rate in ceilings.items() if not name.startswith("one_user"))
    return [
        {"images": images, "usd": round(images * usd, 2), "hours": round(images / account / 3600, 2)}
        for images in GROWTH
    ]


def rates(runs: Mapping[str, Run], counted: Mapping[str, Units]) -> dict[str, float]:
    """Images per second at which each quota is used up.

    Those of one user are as if all units of an image fell on one partition key.
    """
    quotas = {name: float(entry["value"]) for name, entry in table()["quotas"].items()}
    here, stretched = machine_ms(runs)
    waited = runs["Intake"].invocations * (stretched - here)
    busy_s = (sum(run.invocations * on_lambda_ms(name, run) for name, run in runs.items()) + waited) / 1000
    writes = sum(run.invocations * counted[name].write for name, run in runs.items())
    objects = 1 + counted["InspectImage"].s3_writes
    return {
        "express_starts": quotas["express_starts_per_s"],
        "lambda_concurrency": quotas["lambda_concurrency"] / busy_s,
        "table_writes": quotas["table_write_units_per_s"] / writes,
        "rest_api_requests": quotas["rest_api_requests_per_s"] / runs["UploadsApi"].invocations,
        "one_user_partition_writes": quotas["partition_write_units_per_s"] / writes,
        "one_user_prefix_writes": quotas["s3_writes_per_prefix_per_s"] / objects,
    }


def measure(stack: LocalStack, singles: int, flooded: int) -> dict[str, object]:
    one_by_one, runs, seconds = observe(stack, singles, flooded)
    apart = _sum(step_costs(one_by_one, units(1)))
    counted = units(UPLOADS_PER_REQUEST)
    costs = step_costs(runs, counted)
    ceilings = rates(runs, counted)
    _print(runs, counted, costs)
    usd = {name: round(1000 * usd, 4) for name, usd in designs(_sum(costs), runs, seconds).items()}
    return {
        "usd_per_1000_images": usd["express"],
        "usd_per_1000_images_standard": usd["standard"],
        "usd_per_1000_images_polling": usd["polling"],
        "usd_per_1000_uploads_one_by_one": round(1000 * apart, 4),
        "steps_usd_per_1000": {
            name: {service: round(1000 * usd, 5) for service, usd in services.items() if usd}
            for name, services in costs.items()
        },
        "write_units": round(sum(run.invocations * counted[name].write for name, run in runs.items()), 1),
        "read_units": round(sum(run.invocations * counted[name].read for name, run in runs.items()), 1),
        "billed_ms": {name: round(on_lambda_ms(name, run), 1) for name, run in runs.items()},
        "invocations": {name: round(run.invocations, 2) for name, run in runs.items()},
        "images_per_s_at_quota": {name: round(rate, 1) for name, rate in ceilings.items()},
        "growth": growth(_sum(costs), ceilings),
    }


def _sum(costs: Mapping[str, Mapping[str, float]]) -> float:
    return sum(sum(services.values()) for services in costs.values())


def _print(
    runs: Mapping[str, Run], counted: Mapping[str, Units], costs: Mapping[str, Mapping[str, float]]
) -> None:
    print(f"{'per image':18} {'calls':>6} {'ms':>7} {'cpu ms':>7} {'reads':>6} {'writes':>7} {'USD/1000':>9}")
    for name, services in costs.items():
        usd = 1000 * sum(services.values())
        if name not in runs:
            print(f"{name:18} {'':37} {usd:9.5f}")
            continue
        run, units_ = runs[name], counted[name]
        read, write = run.invocations * units_.read, run.invocations * units_.write
        print(
            f"{name:18} {run.invocations:6.2f} {on_lambda_ms(name, run):7.1f} {run.cpu_ms:7.1f}"
            f" {read:6.1f} {write:7.1f} {usd:9.5f}"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.cost")
    parser.add_argument("--images", type=int, default=20, help="single uploads")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="gloss-bench-") as folder:
        stack = LocalStack(Path(folder), free_port(), persist=False, report=print)
        try:
            stack.start()
            print(json.dumps(measure(stack, asked.images, IMAGES_PER_USER)))
        finally:
            stack.stop()


if __name__ == "__main__":
    main()
