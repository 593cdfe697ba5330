"""The whole pipeline on one machine: one-megapixel JPEGs from "sent" to "complete".

    python -m bench.pipeline [--images N] [--brief]

Starts a local stack of its own (real `sam deploy`, IAM enforced) and warms it up. Then it measures a flood of
300 files, single files one after the other on the idle stack, and the AWS calls that a single file causes.
The course, images done by second, is that of the flood, or of a library of N images that one user sends, who
asks for the forms on the way. The provider is the heuristic one: what is measured is Gloss, not somebody's
model.

"created" is when the storage has confirmed the file. "complete" is, in the flood, the time that the record
itself bears (stamped as its last transaction is made), and for single files the time a reader sees it.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count, islice
from typing import Any, Final

from bench._course import Course
from bench._measure import CallRecorder, cpu_seconds, percentile
from bench._stack import let_name_a_stack, named_stack
from gloss.ids import new_id
from gloss.quota.accounts import Accounts
from gloss.quota.plans import Plans
from tools.client import UPLOADS_PER_REQUEST, File, GlossClient
from tools.local_engine import wait_for
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
SLOWEST_S: Final = 1.0
"""An image of a flood takes no longer than this, or something is wrong."""

PASSWORD: Final = "Correct-horse-7"  # noqa: S105 - of users whose stack ends with this program
STEPS: Final = ("InspectImage", "DescribeImage", "EmbedImage", "FinishImage", "FailImage")


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: images of the flood by user, users who warm it up, single files, files whose
    calls are counted, images of the course where it is not the flood's.
    """

    flood: Sequence[int] = (IMAGES_PER_USER,) * (IMAGES // IMAGES_PER_USER)
    warm_up: Sequence[int] = (IMAGES_PER_USER,) * WARM_UP
    singles: int = SINGLES
    counted: int = COUNTED
    course: int = 0


BRIEF: Final = Extent(flood=(12,), warm_up=(4,), singles=2, counted=1)
ALONG: Final = Extent(flood=(12,), warm_up=(), singles=2, counted=0)
"""On a stack that others use as well, whose calls would be counted too."""


class User(GlossClient):
    """A new user of the stack with a full quota, and ``credits`` besides."""

    def __init__(self, stack: LocalStack, name: str, *, credits: int = 0) -> None:  # noqa: A002
        email = f"{name}@example.com"
        stack.access.create_user(email, PASSWORD)
        super().__init__(stack.outputs["ApiUrl"], stack.access.id_token(email, PASSWORD))
        self._dynamodb = stack.access.client("dynamodb")
        self._table = stack.outputs["ImagesTable"]
        self.account = self.quota()["account"]
        if credits:
            accounts = Accounts(self._dynamodb, stack.outputs["LedgerTable"], Plans.load())
            accounts.grant(
                self.account,
                "images",
                "bench",
                credits,
                expires_at=None,
                priority=0,
                actor="bench",
                reason="bench",
            )

    def is_complete(self, image: str) -> bool:
        key = {"user": {"S": self.account}, "image": {"S": image}}
        item = self._dynamodb.get_item(TableName=self._table, Key=key).get("Item", {})
        return item.get("status") == {"S": "complete"}


Job = tuple[User, dict[str, Any], File]
"""A file with its upload form."""

Sent = list[tuple[str, float]]
"""Images, and when the storage had confirmed each."""


@dataclass(frozen=True, slots=True)
class Flood:
    """Seconds from the first file sent to each image complete, and per image from created to complete."""

    ends: Sequence[float]
    latencies: Sequence[float]
    cpu: Mapping[str, float]

    @property
    def images_per_s(self) -> float:
        return len(self.ends) / max(self.ends)


def flood(stack: LocalStack, users: Mapping[User, int], files: Iterator[File]) -> Flood:
    """So many images of all users side by side; the upload forms are asked for before the clock starts."""
    jobs = [job for user, images in users.items() for job in _prepared(user, list(islice(files, images)))]
    return _measured(stack, list(users), [partial(_send_all, [job]) for job in jobs])


def library(stack: LocalStack, user: User, files: Iterator[File], images: int) -> Flood:
    """A user's whole library. Forms are good for minutes, so each is asked for right before it is used."""
    groups = _groups(list(islice(files, images)))
    return _measured(stack, [user], [partial(_prepare_and_send, user, group) for group in groups])


def _measured(stack: LocalStack, users: Sequence[User], tasks: Sequence[Callable[[], Sent]]) -> Flood:
    cpu_before = cpu_seconds(_pid(stack))
    begin = time.time()
    with ThreadPoolExecutor(SENDERS) as pool:
        created = dict(sent for group in pool.map(_call, tasks) for sent in group)
    deadline_s = max(DEADLINE_S, SLOWEST_S * len(created))
    wait_for(partial(is_drained, stack), deadline_s)
    cpu = {name: used - cpu_before.get(name, 0.0) for name, used in cpu_seconds(_pid(stack)).items()}
    images = [image for user in users for image in user.images()]
    if any(image["status"] != "complete" for image in images):
        found = dict(Counter(image["status"] for image in images))
        raise SystemExit(f"bench: not complete within {deadline_s:.0f} s: {found}")
    ends = {image["id"]: _seconds(image["updatedAt"]) for image in images}
    return Flood(
        [end - begin for end in ends.values()], [ends[image] - created[image] for image in created], cpu
    )


def _call(task: Callable[[], Sent]) -> Sent:
    return task()


def _groups(files: Sequence[File]) -> list[Sequence[File]]:
    return [files[at : at + UPLOADS_PER_REQUEST] for at in range(0, len(files), UPLOADS_PER_REQUEST)]


def _prepared(user: User, files: Sequence[File]) -> list[Job]:
    return [
        (user, upload, file)
        for group in _groups(files)
        for upload, file in zip(user.start_uploads(group), group, strict=True)
    ]


def _prepare_and_send(user: User, files: Sequence[File]) -> Sent:
    return _send_all(_prepared(user, files))


def _send_all(jobs: Sequence[Job]) -> Sent:
    return [_send(job) for job in jobs]


def _send(job: Job) -> tuple[str, float]:
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


def calls_per_image(stack: LocalStack, user: User, files: Sequence[File]) -> Counter[str]:
    """Calls from created to complete, by service and operation, of these images together.

    A machine's invocations stay inside the local engine, so they are counted by what the functions log.
    """
    total: Counter[str] = Counter()
    drained = partial(is_drained, stack)
    wait_for(drained, DEADLINE_S)
    since = int(time.time() * 1000)
    for file in files:
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
    drawings = [partial(draw, kind, seed=seed) for seed in range(3) for kind in KINDS]
    drawn: list[bytes] = []
    for number in count():
        if number < len(drawings):
            drawn.append(drawings[number]())
        yield File.of(f"harbour-at-dawn-{number:04d}.jpg", drawn[number % len(drawings)])


def _pid(stack: LocalStack) -> int:
    pid = stack.engine.pid()
    if pid is None:
        raise SystemExit("bench: the engine has ended")
    return pid


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def measure(stack: LocalStack, extent: Extent) -> dict[str, Any]:
    """The figures; on a stack that others use as well they are no more than a sign that it works."""
    files, run = pictures(), new_id()

    def users(what: str, images: Sequence[int]) -> dict[User, int]:
        return {User(stack, f"{what}-{number}-{run}"): many for number, many in enumerate(images)}

    flood(stack, users("warm-up", extent.warm_up), files)
    result = flood(stack, users("flood", extent.flood), files)
    idle = User(stack, f"single-{run}")
    singles = [single(idle, file) for file in islice(files, extent.singles)]
    counted = list(islice(files, extent.counted))
    calls = calls_per_image(stack, idle, counted) if counted else None
    whole = result
    if extent.course:
        whole = library(stack, User(stack, f"library-{run}", credits=extent.course), files, extent.course)
    report(result, singles)
    if calls:
        report_calls(calls, len(counted))
    return {
        "images": len(result.ends),
        "images_per_s": round(result.images_per_s, 2),
        "p50_ms": round(percentile(result.latencies, 0.5) * 1000),
        "p95_ms": round(percentile(result.latencies, 0.95) * 1000),
        "single_p50_ms": round(percentile(singles, 0.5) * 1000),
        "single_p95_ms": round(percentile(singles, 0.95) * 1000),
        "calls_per_image": round(sum(calls.values()) / len(counted), 2) if calls else None,
        "course_images": len(whole.ends),
        "course_images_per_s": round(whole.images_per_s, 2),
        **Course.of(whole.ends).figures(len(whole.ends)),
    }


def report(result: Flood, singles: Sequence[float]) -> None:
    images = len(result.ends)
    print(f"{images} images in {max(result.ends):.2f} s: {result.images_per_s:.1f} images/s")
    _print_latencies("flood, created to complete", result.latencies)
    _print_latencies("single, created to complete", singles)
    print("Processor milliseconds per image:")
    for name, used in sorted(result.cpu.items(), key=lambda item: -item[1]):
        print(f"  {name:32} {used * 1000 / images:5.1f}")


def report_calls(calls: Mapping[str, int], images: int) -> None:
    print("AWS calls per image (without SQS deliveries, which AWS bills per batch):")
    for name, number in sorted(calls.items()):
        print(f"  {name:32} {number / images:5.2f}")


def _print_latencies(what: str, seconds: Sequence[float]) -> None:
    p50, p95 = percentile(seconds, 0.5), percentile(seconds, 0.95)
    print(f"{what}: p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run everything on a stack that ends with the program; the figures as JSON in the last line."""
    parser = argparse.ArgumentParser(prog="python -m bench.pipeline")
    parser.add_argument("--images", type=int, default=IMAGES, help=f"of the course; {IMAGES} are the flood's")
    parser.add_argument("--brief", action="store_true", help="a few images, to see that it works")
    let_name_a_stack(parser)
    asked = parser.parse_args(arguments)
    extent = BRIEF if asked.brief else Extent(course=asked.images if asked.images > IMAGES else 0)
    extent = ALONG if asked.on else extent
    with named_stack(asked.on) as stack:
        print(json.dumps(measure(stack, extent)))


if __name__ == "__main__":
    main()
