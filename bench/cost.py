"""What an image costs on AWS, without its model's price: counted in runs, priced by a dated table.

    python -m bench.cost [--images N] [--brief]

Two local stacks of its own (real `sam deploy`), one after the other: the heuristic describes, or a vision
model that takes 2.5 s, with vectors from a model that takes 0.2 s. On each, single uploads give the
milliseconds of an invocation, and a flood of uploads, started as clients start them, tells how many
invocations an image needs when there are many, and what those log and compute. The handlers on in-memory
services give DynamoDB and S3 units by the published rules. Billed time is what the engine reports, its
processor part stretched to the share of a core that the function's memory buys on AWS. Not counted: cold
starts, storage, traffic to the internet, and what is billed by the month whether there are images or not
(schedules, alarms, polling of empty queues). The last line is JSON.
"""

import argparse
import json
import math
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final

from bench._cost_growth import Load, growth, rates
from bench._cost_prices import memory_mb, price, term
from bench._cost_units import MACHINE_STEPS, STEPS, Units, units
from bench._measure import cpu_seconds, peak_mb
from bench._model import access, patient
from bench._stack import let_name_a_stack, named_stack, stack_of_its_own
from bench.pipeline import User, flood, is_drained, pictures, single
from gloss.ids import new_id
from tests.servers.openai_server import OpenAiServer
from tools.client import UPLOADS_PER_REQUEST
from tools.local_engine import wait_for
from tools.local_stack import LocalStack
from tools.template import TEMPLATE

SINGLES: Final = 20
FLOODED: Final = 100
FLOODED_WITH_MODEL: Final = 50
"""Ten at a time on the local stack, each of which waits for three seconds."""

FIRST: Final = 5
"""Images that begin to warm a stack up: ten workers with a model's SDK that start at once on two busy cores
outlast their deadlines."""

BRIEF: Final = (2, 10)
OTHER_SIZES_MB: Final = (256, 384, 512, 768, 1024)
"""What DescribeImage could have."""

POLL_S: Final = 5
_QUIET_S: Final = 2.5
_MACHINE: Final = TEMPLATE.parent / "statemachine/process_image.asl.json"


@dataclass(frozen=True, slots=True)
class Run:
    """What the engine says of a function: invocations per image, and of one invocation the rest."""

    invocations: float
    billed_ms: float
    cpu_ms: float
    log_bytes: float


@dataclass(frozen=True, slots=True)
class Observation:
    """The functions of an upload by name, one by one and many at once; median seconds of one; the most memory
    of each in MB.
    """

    one_by_one: Mapping[str, Run]
    at_once: Mapping[str, Run]
    seconds: float
    peaks_mb: Mapping[str, float]


def observe(stack: LocalStack, singles: int, flooded: int) -> Observation:
    files, run = pictures(), new_id()
    first, warm, user, crowd = (
        User(stack, f"cost-{name}-{run}") for name in ("first", "warm", "single", "crowd")
    )
    flood(stack, {first: FIRST}, files)
    flood(stack, {warm: flooded}, files)
    _settle(stack)
    watch = _Watch(stack)
    seconds = [single(user, file) for file in islice(files, singles)]
    _settle(stack)
    one_by_one = {name: watch.run(name, singles) for name in STEPS}
    watch = _Watch(stack)
    flood(stack, {crowd: flooded}, files)
    _settle(stack)
    at_once = {name: _unhindered(one_by_one[name], watch.run(name, flooded)) for name in STEPS}
    at_once["UploadsApi"] = watch.run("UploadsApi", flooded)  # asked one after the other, for many files each
    return Observation(one_by_one, at_once, statistics.median(seconds), _peaks(stack))


def _unhindered(alone: Run, crowded: Run) -> Run:
    """An invocation of the flood as if it had the machine to itself: the time is that of one that has, and
    what is computed more, for there are several images in it.
    """
    more_ms = max(0.0, crowded.cpu_ms - alone.cpu_ms)
    return Run(crowded.invocations, alone.billed_ms + more_ms, crowded.cpu_ms, crowded.log_bytes)


def _settle(stack: LocalStack) -> None:
    """Until the streams are worked off, too; their batches wait up to a second."""
    wait_for(partial(is_drained, stack), 60)
    time.sleep(_QUIET_S)


class _Watch:
    """What the functions do from now on."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._since, self._cpu = round(time.time() * 1000), _cpu(stack)

    def run(self, name: str, images: int) -> Run:
        """Of one function, where so many images came; zeros where it was not called."""
        lines = [line.message for line in self._stack.access.log_lines(name, since=self._since)]
        billed = [
            float(line.partition("Billed Duration: ")[2].split()[0])
            for line in lines
            if line.startswith("REPORT")
        ]
        size = sum(len(line.encode()) + term("log_event_bytes") for line in lines)
        cpu_ms, count = 1000 * max(0.0, _cpu(self._stack)[name] - self._cpu[name]), len(billed)
        return (
            Run(count / images, sum(billed) / count, cpu_ms / count, size / count)
            if count
            else Run(0, 0, 0, 0)
        )


def _cpu(stack: LocalStack) -> dict[str, float]:
    """Seconds by function: a worker's name is the function's, with a random end."""
    pid = stack.engine.pid()
    used = cpu_seconds(pid) if pid else {}
    return {name: sum(used[worker] for worker in used if worker.startswith(name)) for name in STEPS}


def on_lambda_ms(name: str, run: Run, memory: int | None = None) -> float:
    """Billed time of an invocation where a function has only its share of a core, or that of another size."""
    return run.billed_ms + run.cpu_ms * max(0.0, term("vcpu_mb") / (memory or memory_mb(name)) - 1)


def machine_ms(runs: Mapping[str, Run]) -> tuple[float, float]:
    """The steps of the machine together: as billed here, and as stretched."""
    steps = [(name, runs[name]) for name in MACHINE_STEPS]
    return sum(run.billed_ms for _, run in steps), sum(on_lambda_ms(name, run) for name, run in steps)


def _peaks(stack: LocalStack) -> dict[str, float]:
    pid = stack.engine.pid()
    found = peak_mb(pid) if pid else {}
    return {
        name: max((found[worker] for worker in found if worker.startswith(name)), default=0.0)
        for name in STEPS
    }


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
    gigabytes, times = memory_mb(name) / 1024, counted_times(name, run)
    invocation = {
        "Lambda": price("lambda_request", 1) + price("lambda_gb_s", gigabytes * billed_ms / 1000),
        "CloudWatch and X-Ray": price("log_gb", run.log_bytes / 1e9) + price("trace", term("trace_share")),
    }
    units_usd = {
        "DynamoDB": price("dynamodb_write_unit", units_.write) + price("dynamodb_read_unit", units_.read),
        "S3": price("s3_write", units_.s3_writes) + price("s3_read", units_.s3_reads),
    }
    return {service: run.invocations * usd for service, usd in invocation.items()} | {
        service: times * usd for service, usd in units_usd.items()
    }


def counted_times(name: str, run: Run) -> float:
    """How often what was counted of a function happens per image. A message of the intake is an image, and it
    claims each for itself, however many come at once.
    """
    return 1.0 if name == "Intake" else run.invocations


def _express(ms: float) -> float:
    """One execution; the machine's memory fits into one chunk."""
    billed_s = math.ceil(ms / term("express_round_ms")) * term("express_round_ms") / 1000
    return price("express_request", 1) + price("express_gb_s", term("express_chunk_mb") / 1024 * billed_s)


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


def with_waiting(runs: Mapping[str, Run]) -> dict[str, float]:
    """Billed time of an invocation of each function; the intake's is longer by what the machine's is."""
    here, stretched = machine_ms(runs)
    return {
        name: on_lambda_ms(name, run) + (stretched - here if name == "Intake" else 0.0)
        for name, run in runs.items()
    }


def load(runs: Mapping[str, Run], counted: Mapping[str, Units], *, model: bool) -> Load:
    """What an image asks of the account."""
    ms = with_waiting(runs)
    busy = {name: run.invocations * ms[name] / 1000 for name, run in runs.items()}
    writes: defaultdict[str, float] = defaultdict(float)
    for name, run in runs.items():
        for place, number in counted[name].written.items():
            writes[place] += counted_times(name, run) * number
    return Load(
        busy_s=sum(busy.values()),
        longest_s=max(busy.values()),
        path_s=ms["Intake"] / 1000,
        writes=writes,
        requests=runs["UploadsApi"].invocations,
        objects=1 + counted["InspectImage"].s3_writes,
        calls={"describe": 1.0, "embed": 1.0} if model else {},
    )


@dataclass(frozen=True, slots=True)
class Account:
    """The bill of one way to describe, and what it is made of."""

    observed: Observation
    alone: Mapping[str, Units]
    counted: Mapping[str, Units]

    @property
    def costs(self) -> dict[str, dict[str, float]]:
        """USD per image of a flood, by step and service."""
        return step_costs(self.observed.at_once, self.counted)

    @property
    def usd(self) -> dict[str, float]:
        """Per image, by design; ``alone`` where each upload comes by itself."""
        alone = _sum(step_costs(self.observed.one_by_one, self.alone))
        return designs(_sum(self.costs), self.observed.at_once, self.observed.seconds) | {"alone": alone}

    def units_of(self, kind: str) -> dict[str, float]:
        """Per image, by function."""
        return {
            name: counted_times(name, run) * float(getattr(self.counted[name], kind))
            for name, run in self.observed.at_once.items()
        }

    def steps(self) -> list[dict[str, Any]]:
        """Each function: its memory, and per image what it is called, billed, writes and costs."""
        ms, costs = with_waiting(self.observed.at_once), self.costs
        writes, reads = self.units_of("write"), self.units_of("read")
        return [
            {
                "step": name,
                "memory_mb": memory_mb(name),
                "peak_mb": round(self.observed.peaks_mb[name]) or None,
                "invocations": round(run.invocations, 2),
                "billed_ms": round(ms[name], 1),
                "cpu_ms": round(run.cpu_ms, 1),
                "write_units": round(writes[name], 1),
                "read_units": round(reads[name], 1),
                "usd_per_1000": round(1000 * sum(costs[name].values()), 5),
            }
            for name, run in self.observed.at_once.items()
        ]

    def figures(self, suffix: str) -> dict[str, Any]:
        usd = {design: round(1000 * each, 4) for design, each in self.usd.items()}
        return {
            f"usd_per_1000_images{suffix}": usd["express"],
            f"usd_per_1000_images_standard{suffix}": usd["standard"],
            f"usd_per_1000_images_polling{suffix}": usd["polling"],
            f"usd_per_1000_uploads_one_by_one{suffix}": usd["alone"],
            f"steps_usd_per_1000{suffix}": {
                name: {service: round(1000 * each, 5) for service, each in services.items() if each}
                for name, services in self.costs.items()
            },
            f"write_units{suffix}": round(sum(self.units_of("write").values()), 1),
            f"read_units{suffix}": round(sum(self.units_of("read").values()), 1),
            f"steps{suffix}": self.steps(),
        }


def figures(heuristic: Account, model: Account) -> dict[str, Any]:
    asked = load(model.observed.at_once, model.counted, model=True)
    describe = model.observed.at_once["DescribeImage"]
    return {
        **heuristic.figures(""),
        **model.figures("_model"),
        "describe_usd_per_1000_by_mb": {
            str(memory): round(
                1000
                * price(
                    "lambda_gb_s", memory / 1024 * on_lambda_ms("DescribeImage", describe, memory) / 1000
                ),
                5,
            )
            for memory in OTHER_SIZES_MB
        },
        "written_units": written(heuristic),
        "written_units_model": written(model),
        "images_per_s_at_bound": rates(asked),
        "growth": growth(asked, {"": heuristic.usd["express"], "_model": model.usd["express"]}),
    }


def written(account: Account) -> dict[str, dict[str, float]]:
    """Write units of one invocation, by function, and by table and index."""
    return {name: dict(found.written) for name, found in account.counted.items() if found.written}


def _sum(costs: Mapping[str, Mapping[str, float]]) -> float:
    return sum(sum(services.values()) for services in costs.values())


def report(title: str, account: Account) -> None:
    names = ("invocations", "billed_ms", "cpu_ms", "read_units", "write_units", "usd_per_1000")
    print(f"{title:16}" + "".join(f"{name:>14}" for name in names))
    for row in account.steps():
        print(f"{row['step']:16}" + "".join(f"{row[name]:14}" for name in names))
    for name, services in account.costs.items():
        if name not in STEPS:
            print(f"{name:16}{'':70}{1000 * sum(services.values()):14.5f}")


@contextmanager
def stack_with_model() -> Iterator[LocalStack]:
    with OpenAiServer(patient()) as server, stack_of_its_own(access(server.base_url)) as stack:
        yield stack


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.cost")
    parser.add_argument("--images", type=int, default=SINGLES, help="single uploads")
    parser.add_argument("--brief", action="store_true", help="a few images, to see that it works")
    let_name_a_stack(parser)
    asked = parser.parse_args(arguments)
    brief = asked.brief or asked.on
    with named_stack(asked.on) as stack:
        heuristic = observe(stack, *(BRIEF if brief else (asked.images, FLOODED)))
    if asked.on:  # its provider stands for both
        model = heuristic
    else:
        with stack_with_model() as stack:
            model = observe(stack, *(BRIEF if brief else (asked.images, FLOODED_WITH_MODEL)))
    accounts = {
        name: Account(observed, units(1, model=waits), units(UPLOADS_PER_REQUEST, model=waits))
        for name, observed, waits in (("heuristic", heuristic, False), ("with a model", model, True))
    }
    for name, account in accounts.items():
        report(name, account)
    print(json.dumps(figures(*accounts.values())))


if __name__ == "__main__":
    main()
