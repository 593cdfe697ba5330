"""The whole pipeline on one machine: 300 one-megapixel JPEGs from "sent" to "complete".

Starts a local stack of its own (real `sam deploy`, IAM enforced) and warms it up. Then it measures a flood of
300 files, single files one after the other on the idle stack, and the AWS calls that a single file causes.
The provider is the heuristic one: what is measured is Gloss, not somebody's model.

"created" is when the storage has confirmed the file. "complete" is, in the flood, the time that the record
itself bears (stamped as its last transaction is made), and for single files the time a reader sees it.
"""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

from bench._measure import CallRecorder, cpu_seconds, percentile
from tools.client import UPLOADS_PER_REQUEST, File, GlossClient
from tools.local_engine import free_port, wait_for
from tools.local_stack import LocalStack
from tools.pictures import KINDS, draw

IMAGES: Final = 300
IMAGES_PER_USER: Final = 100
"""What the free plan allows in a month."""

WARM_UP: Final = 2
"""Users whose files warm it up: every step has as many workers then as it will ever need."""

SINGLES: Final = 25
COUNTED: Final = 5
SENDERS: Final = 8
DEADLINE_S: Final = 120.0

PASSWORD: Final = "Correct-horse-7"  # noqa: S105 - of users whose stack ends with this program
STEPS: Final = ("InspectImage", "DescribeImage", "EmbedImage", "FinishImage", "FailImage")


class User(GlossClient):
    """A new user of the stack with a full quota."""

    def __init__(self, stack: LocalStack, name: str) -> None:
        email = f"{name}@example.com"
        stack.access.create_user(email, PASSWORD)
        super().__init__(stack.outputs["ApiUrl"], stack.access.id_token(email, PASSWORD))
        self._dynamodb = stack.access.client("dynamodb")
        self._table = stack.outputs["ImagesTable"]
        self._id = self.quota()["account"]

    def is_complete(self, image: str) -> bool:
        key = {"user": {"S": self._id}, "image": {"S": image}}
        item = self._dynamodb.get_item(TableName=self._table, Key=key).get("Item", {})
        return item.get("status") == {"S": "complete"}


@dataclass(frozen=True, slots=True)
class Flood:
    """Seconds from the first file sent to the last image complete, and per image from created to complete."""

    seconds: float
    latencies: Sequence[float]
    cpu: Mapping[str, float]


def flood(stack: LocalStack, users: Sequence[User], files: Iterator[File]) -> Flood:
    """Fill the quota of all users side by side; the upload forms are asked for before the clock starts."""
    jobs = [job for user in users for job in _prepared(user, list(islice(files, IMAGES_PER_USER)))]
    cpu_before = cpu_seconds(_pid(stack))
    begin = time.time()
    with ThreadPoolExecutor(SENDERS) as pool:
        created = dict(pool.map(_send, jobs))
    wait_for(partial(is_drained, stack), DEADLINE_S)
    cpu = {name: used - cpu_before.get(name, 0.0) for name, used in cpu_seconds(_pid(stack)).items()}
    images = [image for user in users for image in user.images()]
    if any(image["status"] != "complete" for image in images):
        found = dict(Counter(image["status"] for image in images))
        raise SystemExit(f"bench: not complete within {DEADLINE_S:.0f} s: {found}")
    ends = {image["id"]: _seconds(image["updatedAt"]) for image in images}
    return Flood(max(ends.values()) - begin, [ends[image] - created[image] for image in created], cpu)


def _prepared(user: User, files: Sequence[File]) -> list[tuple[User, dict[str, Any], File]]:
    groups = [files[at : at + UPLOADS_PER_REQUEST] for at in range(0, len(files), UPLOADS_PER_REQUEST)]
    return [
        (user, upload, file)
        for group in groups
        for upload, file in zip(user.start_uploads(group), group, strict=True)
    ]


def _send(job: tuple[User, dict[str, Any], File]) -> tuple[str, float]:
    user, upload, file = job
    user.send(upload, file)
    return upload["id"], time.time()


def is_drained(stack: LocalStack) -> bool:
    """Whether every message was worked off: the cheapest question of all, for asking is work too."""
    answer = stack.access.client("sqs").get_queue_attributes(
        QueueUrl=stack.outputs["InteractiveQueue"],
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )
    return not any(int(number) for number in answer["Attributes"].values())


def single(user: User, file: File) -> float:
    """Seconds from created to complete of one file on an idle stack."""
    (job,) = _prepared(user, [file])
    image, created = _send(job)
    while not user.is_complete(image):
        if time.time() > created + DEADLINE_S:
            raise SystemExit(f"bench: {user.image(image)['status']} after {DEADLINE_S:.0f} s")
        time.sleep(0.005)
    return time.time() - created


def calls_per_image(stack: LocalStack, user: User, files: Iterator[File]) -> Counter[str]:
    """Calls from created to complete, by service and operation, of ``COUNTED`` images together.

    A machine's invocations stay inside the local engine, so they are counted by what the functions log.
    """
    total: Counter[str] = Counter()
    drained = partial(is_drained, stack)
    wait_for(drained, DEADLINE_S)
    since = int(time.time() * 1000)
    for file in islice(files, COUNTED):
        (job,) = _prepared(user, [file])
        with CallRecorder(stack) as recorder:
            image, _ = _send(job)
            wait_for(partial(user.is_complete, image), DEADLINE_S)
            wait_for(drained, DEADLINE_S)  # a call is recorded when it is answered, the machine's last of all
            total += recorder.calls()
    for step in STEPS:
        done = sum('"step done"' in line.message for line in stack.access.logs(step, since=since))
        total["lambda.Invoke"] += done
    return total


def pictures() -> Iterator[File]:
    """One-megapixel JPEGs without end: a few dozen drawings, each under many names."""
    drawn = [draw(kind, seed=seed) for seed in range(3) for kind in KINDS]
    for number, data in enumerate(cycle(drawn)):
        yield File.of(f"harbour-at-dawn-{number:04d}.jpg", data)


def _pid(stack: LocalStack) -> int:
    pid = stack.engine.pid()
    if pid is None:
        raise SystemExit("bench: the engine has ended")
    return pid


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def main() -> None:
    """Run everything on a stack that ends with the program; the figures as JSON in the last line."""
    with tempfile.TemporaryDirectory(prefix="gloss-bench-") as folder:
        stack = LocalStack(Path(folder), free_port(), persist=False, report=print)
        try:
            stack.start()
            measure(stack)
        finally:
            stack.stop()


def measure(stack: LocalStack) -> None:
    files = pictures()
    flood(stack, [User(stack, f"warm-up-{n}") for n in range(WARM_UP)], files)
    result = flood(stack, [User(stack, f"flood-{n}") for n in range(IMAGES // IMAGES_PER_USER)], files)
    idle = User(stack, "single")
    singles = [single(idle, file) for file in islice(files, SINGLES)]
    calls = calls_per_image(stack, idle, files)
    report(result, singles, calls)


def report(result: Flood, singles: Sequence[float], calls: Mapping[str, int]) -> None:
    count = len(result.latencies)
    print(f"{count} images in {result.seconds:.2f} s: {count / result.seconds:.1f} images/s")
    _print_latencies("flood, created to complete", result.latencies)
    _print_latencies("single, created to complete", singles)
    print("AWS calls per image (without SQS deliveries, which AWS bills per batch):")
    for name, number in sorted(calls.items()):
        print(f"  {name:32} {number / COUNTED:5.2f}")
    print("Processor milliseconds per image:")
    for name, used in sorted(result.cpu.items(), key=lambda item: -item[1]):
        print(f"  {name:32} {used * 1000 / count:5.1f}")
    figures = {
        "images_per_s": round(count / result.seconds, 2),
        "p50_ms": round(percentile(result.latencies, 0.5) * 1000),
        "p95_ms": round(percentile(result.latencies, 0.95) * 1000),
        "single_p50_ms": round(percentile(singles, 0.5) * 1000),
        "single_p95_ms": round(percentile(singles, 0.95) * 1000),
        "calls_per_image": sum(calls.values()) / COUNTED,
    }
    print(json.dumps(figures))


def _print_latencies(what: str, seconds: Sequence[float]) -> None:
    p50, p95 = percentile(seconds, 0.5), percentile(seconds, 0.95)
    print(f"{what}: p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")


if __name__ == "__main__":
    main()
