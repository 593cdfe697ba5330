"""The quota ledger under load: what it costs, how fast it is, and that it counts right all the while.

    python -m bench.ledger [--endpoint URL] [--operations N] [--callers 1,8,64] [--crowd N] [--brief]

Without an endpoint it starts the local engine, for itself alone, and ends it again. Latencies are those of
the whole call, waits for a contended row included, with the client and the engine on the same machine. Write
units are what the engine reports; beside them stands what the calls cost by DynamoDB's published size rules.
The last line is JSON.
"""

import argparse
import contextlib
import json
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import HTTPClientError

from gloss.errors import Busy, QuotaExceeded
from gloss.quota.model import Reservation
from gloss.quota.plans import Plans
from gloss.quota.service import Ledger
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.ledger import DEFINITION
from tools.local_engine import HOST, REGION, ROOT_CREDENTIALS, LocalEngine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ENGINE = Path(__file__).parents[1] / ".engine" / "bin" / "python"
HOUR = timedelta(hours=1)
BATCH = 25


class Meter:
    """Counts the calls of a client and the capacity that their answers report."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self._lock = threading.Lock()
        self._figures: Counter[str] = Counter()
        for operation in ("BatchGetItem", "TransactWriteItems"):
            client.meta.events.register(f"provide-client-params.dynamodb.{operation}", self._ask)
            client.meta.events.register(f"after-call.dynamodb.{operation}", self._count)

    def _ask(self, params: dict[str, Any], **_: object) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    def _count(self, parsed: dict[str, Any], **_: object) -> None:
        kind = "read" if "Responses" in parsed else "write"
        with self._lock:
            self._figures["calls"] += 1
            self._figures[kind] += sum(entry["CapacityUnits"] for entry in parsed.get("ConsumedCapacity", []))

    def take(self) -> Counter[str]:
        """What was counted since the last time."""
        with self._lock:
            taken, self._figures = self._figures, Counter()
        return taken


@dataclass
class Timing:
    """Seconds of each call, of all callers, and from the first to the last."""

    calls: list[float]
    wall: float

    def percentile_ms(self, percent: int) -> float:
        if len(self.calls) == 1:
            return 1000 * self.calls[0]
        return 1000 * statistics.quantiles(self.calls, n=100, method="inclusive")[percent - 1]


Operation = Callable[[Ledger, str], None]


def _reserve(ledger: Ledger, account: str, count: int = 1) -> Sequence[Reservation]:
    ids = [uuid4().hex for _ in range(count)]
    return ledger.reserve(account, "images", ids, ttl=HOUR, actor="bench", reason="upload").reservations


def reserve_only(ledger: Ledger, account: str) -> None:
    _reserve(ledger, account)


def upload(ledger: Ledger, account: str) -> None:
    (reservation,) = _reserve(ledger, account)
    ledger.settle(reservation, actor="bench", reason="complete")


def upload_batch(ledger: Ledger, account: str) -> None:
    for reservation in _reserve(ledger, account, BATCH):
        ledger.settle(reservation, actor="bench", reason="complete")


def regenerate(ledger: Ledger, account: str) -> None:
    """As the pipeline does it: one more reservation of one credit, settled without another reading."""
    (reservation,) = _reserve(ledger, account)
    ledger.settle(reservation, actor="bench", reason="complete")


def generation(ledger: Ledger, account: str) -> None:
    """As generations do it: less is used than was reserved, and the rest goes back."""
    ids = [uuid4().hex]
    ledger.reserve(account, "images", ids, amount=2, ttl=HOUR, actor="bench", reason="generation")
    ledger.commit(account, ids[0], actual=1, actor="bench", reason="generation")


def failure(ledger: Ledger, account: str) -> None:
    (reservation,) = _reserve(ledger, account)
    ledger.release(account, [reservation.id], actor="bench", reason="PROCESSING_FAILED")


OPERATIONS: dict[str, tuple[Operation, int]] = {
    "reserve": (reserve_only, 1),
    "upload of 1": (upload, 1),
    f"upload of {BATCH}": (upload_batch, BATCH),
    "regenerate": (regenerate, 1),
    "generation": (generation, 1),
    "failure": (failure, 1),
}
"""Each with the number of images in it."""


def plans(images: int) -> Plans:
    limits = {"images": images, "tokens": 0}
    return Plans.load(json.dumps({"default": "bench", "plans": {"bench": {"limits": limits}}}))


def units(client: "DynamoDBClient", table: str, meter: Callable[[], Counter[str]]) -> dict[str, Counter[str]]:
    """Calls and capacity of each operation, in a month that is open already."""
    ledger = Ledger(client, table, plans(10**9))
    account = f"units-{uuid4().hex}"
    reserve_only(ledger, account)
    meter()
    costs = {}
    for name, (operation, _) in OPERATIONS.items():
        operation(ledger, account)
        costs[name] = meter()
    return costs


def units_by_the_rules() -> dict[str, Counter[str]]:
    fake = FakeDynamoDB()
    fake.create_table(**DEFINITION)

    def take() -> Counter[str]:
        taken = Counter({"calls": fake.calls.total(), **fake.units})
        fake.calls.clear()
        fake.units.clear()
        return taken

    return units(fake.client, DEFINITION["TableName"], take)


def run(ledger: Ledger, operation: Operation, *, callers: int, times: int, accounts: Sequence[str]) -> Timing:
    """``times`` operations by so many callers, spread over the accounts, whose months are open already.

    Whoever is told that the account is busy comes again, like any client, and takes as much longer.
    """

    def call(number: int) -> float:
        start = time.perf_counter()
        while not _done(operation, ledger, accounts[number % len(accounts)]):
            pass
        return time.perf_counter() - start

    for account in accounts:
        reserve_only(ledger, account)
    with ThreadPoolExecutor(callers) as pool:
        start = time.perf_counter()
        calls = list(pool.map(call, range(times)))
        return Timing(calls, time.perf_counter() - start)


def _done(operation: Operation, ledger: Ledger, account: str) -> bool:
    try:
        operation(ledger, account)
    except Busy:
        return False
    return True


def _attempt(ledger: Ledger, account: str, reservation: str) -> str | None:
    """How one caller fares; ``None`` where, like any client, it has to come again: nothing was answered, or
    that the account is busy."""
    try:
        ledger.reserve(account, "images", [reservation], ttl=HOUR, actor="bench", reason="upload")
    except QuotaExceeded:
        return "refused"
    except (Busy, HTTPClientError):
        return None
    return "won"


def winners(client: "DynamoDBClient", table: str, *, credits_left: int, crowd: int) -> Counter[str]:
    """How a crowd of callers fares that all want one of a few credits at the same moment; ``repeats`` counts
    the times that one had to come again."""
    ledger = Ledger(client, table, plans(credits_left))
    account = f"crowd-{uuid4().hex}"
    gate = threading.Barrier(crowd)
    outcomes: Counter[str] = Counter()

    def call() -> None:
        reservation = uuid4().hex
        gate.wait()
        while (outcome := _attempt(ledger, account, reservation)) is None:
            outcomes["repeats"] += 1
        outcomes[outcome] += 1

    threads = [threading.Thread(target=call) for _ in range(crowd)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@contextlib.contextmanager
def engine() -> Iterator[str]:
    """The endpoint of a local engine of our own."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        local = LocalEngine(Path(folder), port, ENGINE, persist=False)
        local.start()
        try:
            yield local.endpoint
        finally:
            local.stop()


@contextlib.contextmanager
def ledger_table(endpoint: str, callers: int) -> Iterator[tuple["DynamoDBClient", str]]:
    """A client for so many callers and a table of our own, dropped at the end."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ROOT_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ROOT_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(max_pool_connections=callers, read_timeout=120, retries={"mode": "standard"}),
    )
    table = f"LedgerBench-{uuid4().hex[:8]}"
    client.create_table(**DEFINITION | {"TableName": table})
    client.get_waiter("table_exists").wait(TableName=table)
    try:
        yield client, table
    finally:
        client.delete_table(TableName=table)


def print_units(client: "DynamoDBClient", table: str, meter: Meter) -> dict[str, Counter[str]]:
    """The costs by the rules, by operation."""
    measured, by_rules = units(client, table, meter.take), units_by_the_rules()
    print(f"{'one operation':<16}{'calls':>6}{'write units':>13}{'by the rules':>14}{'reads by them':>15}")
    for name, cost in measured.items():
        rules = by_rules[name]
        print(f"{name:<16}{cost['calls']:>6}{cost['write']:>13g}{rules['write']:>14g}{rules['read']:>15g}")
    return by_rules


def print_speeds(ledger: Ledger, callers: Sequence[int], operations: int) -> Timing:
    """The timing of a single reservation by one caller on one account."""
    single = None
    print(f"\n{'operation':<16}{'callers':>8}{'accounts':>9}{'images/s':>10}{'p50 ms':>9}{'p95 ms':>9}")
    for name, (operation, images) in OPERATIONS.items():
        for number in callers:
            for spread in sorted({1, number}):
                accounts = [f"speed-{uuid4().hex}" for _ in range(spread)]
                times = max(number, operations // images)
                timing = run(ledger, operation, callers=number, times=times, accounts=accounts)
                single = single or timing
                speed = times * images / timing.wall
                print(
                    f"{name:<16}{number:>8}{spread:>9}{speed:>10.0f}"
                    f"{timing.percentile_ms(50):>9.1f}{timing.percentile_ms(95):>9.1f}"
                )
    assert single
    return single


def measure(endpoint: str, arguments: argparse.Namespace) -> dict[str, float]:
    callers = [int(number) for number in arguments.callers.split(",")]
    with ledger_table(endpoint, max(*callers, 128)) as (client, table):
        costs = print_units(client, table, Meter(client))
        ledger = Ledger(client, table, plans(10**9))
        single = print_speeds(ledger, callers, arguments.operations)
        won = {}
        for credits_left in (1, 50):
            start = time.perf_counter()
            outcomes = winners(client, table, credits_left=credits_left, crowd=arguments.crowd)
            won[credits_left] = outcomes["won"]
            seconds = time.perf_counter() - start
            print(f"\n{credits_left} credits, {arguments.crowd} callers: {dict(outcomes)} in {seconds:.1f} s")
        report = ledger.audit()
        print(f"\naudit: {report.accounts} accounts, {report.rows} rows, {len(report.drifts)} drifts\n")
    return {
        "winners_of_1_credit": won[1],
        "winners_of_50_credits": won[50],
        "audit_drift": len(report.drifts),
        "reserve_p50_ms": round(single.percentile_ms(50), 2),
        "reserve_p95_ms": round(single.percentile_ms(95), 2),
        "write_units_per_upload": costs["upload of 1"]["write"],
        f"write_units_per_upload_in_batch_of_{BATCH}": costs[f"upload of {BATCH}"]["write"] / BATCH,
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.ledger", description=__doc__.splitlines()[0])
    parser.add_argument("--endpoint", help="a DynamoDB that is running already")
    parser.add_argument("--operations", type=int, default=200, help="images for each line of the table")
    parser.add_argument("--callers", default="1,8,64")
    parser.add_argument("--crowd", type=int, default=1000, help="callers who want the last credits")
    parser.add_argument("--brief", action="store_true", help="only see that it works")
    arguments = parser.parse_args()
    if arguments.brief:
        arguments.operations, arguments.callers, arguments.crowd = 4, "1,4", 100
    with contextlib.nullcontext(arguments.endpoint) if arguments.endpoint else engine() as endpoint:
        figures = measure(endpoint, arguments)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
