"""Bulk jobs on one machine: 10,000 images, uploads in between, and a slow AI service.

    python -m bench.bulk [--images N] [--brief]

Two local stacks of its own (real `sam deploy`, IAM enforced), one after the other:

1. 10,000 images through one job with the heuristic provider, while single files are uploaded now and then.
   The images stand in the table as an earlier import left them (inspected, poorly described), so that the
   job's own work is measured: feed, describe, embed, publish, count. The delay of an upload is its time from
   sent to complete, less the same on the idle stack. Before the job, requests for estimates of the whole
   library are timed; during it, the memory of every worker is looked at again and again, for workers come
   and go.
2. 1,000 images with an OpenAI-compatible server that takes 2.5 s per call, 50 calls at a time. The job's
   window is twice that: while a worker holds fifty images, fifty more wait in the queue, or the workers
   would idle from one look of the feeder to the next.
"""

import argparse
import json
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from itertools import islice
from typing import Any, Final

import httpx

from bench._course import Course
from bench._measure import peak_mb, percentile
from bench._stack import stack_of_its_own
from bench.pipeline import User, pictures, single
from gloss.bulk.model import counters
from gloss.bulk.store import JobStore
from gloss.images.model import derived_key
from gloss.quota.plans import Plans
from gloss.quota.service import Ledger
from tests.libraries import fill
from tests.servers.openai_script import CHAT, Call, Reply, chat
from tests.servers.openai_server import OpenAiServer
from tools.ai_access import AiAccess
from tools.client import Refused
from tools.local_engine import wait_for
from tools.local_stack import LocalStack
from tools.pictures import draw

IMAGES: Final = 10_000
SLOW_IMAGES: Final = 1_000
SLOW_CALL_S: Final = 2.5
IN_FLIGHT: Final = 50
NO_LIMIT: Final = json.dumps({"openai": {"describe": 1_000_000}})
BATCH: Final = 5
"""Messages that one intake takes, as in the template."""

BRIEF_IMAGES: Final = 90
BRIEF_SLOW_IMAGES: Final = 20
BRIEF_IN_FLIGHT: Final = 10
ESTIMATES: Final[tuple[dict[str, Any], ...]] = ({}, {"missing": ["caption"]}, {"qualityBelow": 50})
"""Selections over the whole library; each record is read for them."""

IDLE_UPLOADS: Final = 15
UPLOAD_EVERY_S: Final = 4.0
DEADLINE_S: Final = 3_600.0


@dataclass
class JobCourse(Course):
    """What was seen of a job besides: single uploads in s, and memory."""

    uploads: list[float] = field(default_factory=list)
    peaks: dict[str, float] = field(default_factory=dict)

    def look_at_memory(self, stack: LocalStack) -> None:
        """The largest memory so far of each function, in MB: the workers that live at this moment count."""
        if pid := stack.engine.pid():
            for name, peak in peak_mb(pid).items():
                self.peaks[name] = max(peak, self.peaks.get(name, 0.0))


class Owner(User):
    """Somebody with a library and credits for all of it."""

    def __init__(self, stack: LocalStack, name: str, images: int) -> None:
        super().__init__(stack, name, credits=2 * images + 1_000)
        self.stack, self._tables = stack, stack.outputs
        self.images_there = fill(self._dynamodb, self._tables["ImagesTable"], self.account, images)

    def start(self, **request: object) -> str:
        job: str = self._call("POST", "/jobs", json=request)["id"]
        return job

    def slowest_estimate_s(self) -> float:
        """The longest that a request for an estimate of the whole library takes, first of all a cold one.

        Returns when the background has ended all of them, too.
        """

        def timed(selection: dict[str, Any]) -> tuple[float, str]:
            begin = time.perf_counter()
            job = self.start(selection=selection, dryRun=True)
            return time.perf_counter() - begin, job

        found = [timed(selection) for selection in ESTIMATES]
        for _, job in found:
            if not wait_for(partial(self._is_estimated, job), DEADLINE_S):
                raise SystemExit(f"bench: the estimate {job} never ended")
        return max(seconds for seconds, _ in found)

    def _is_estimated(self, job: str) -> bool:
        view = self.job(job)
        return view is not None and view["status"] == "estimated"

    def job(self, job: str) -> dict[str, Any] | None:
        """``None`` where nobody answers in time: dozens of processes may be starting on two cores."""
        try:
            return self._call("GET", f"/jobs/{job}")
        except httpx.TimeoutException:
            return None
        except Refused as refusal:
            if refusal.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            return None

    def errors(self, job: str) -> int:
        """By how much the counters differ from the rows that they count."""
        store = JobStore(self._dynamodb, self._tables["JobsTable"])
        found = counters(*store.with_tally(self.account, job))
        outcomes: dict[str, int] = {}
        place: str | None = None
        while True:
            items, place = store.items(self.account, job, after=place, limit=1_000)
            for item in items:
                outcomes[item.outcome] = outcomes.get(item.outcome, 0) + 1
            if place is None:
                break
        names = ("done", "skipped", "failed", "cancelled")
        wrong: int = sum(abs(getattr(found, name) - outcomes.get(name, 0)) for name in names)
        return wrong + abs(found.in_flight - outcomes.get("open", 0))

    def drift(self) -> int:
        ledger = Ledger(self._dynamodb, self._tables["LedgerTable"], Plans.load())
        return len(ledger.audit(self.account).drifts)


def follow(owner: Owner, job: str, uploader: User | None = None) -> JobCourse:
    """Watch a job to its end; with an uploader, send a single file every few seconds."""
    course, files, begin = JobCourse(), pictures(), time.time()
    view: dict[str, Any] = {"status": "running", "counters": {"done": 0}}
    next_upload = begin + UPLOAD_EVERY_S
    while time.time() < begin + DEADLINE_S:
        view = owner.job(job) or view
        course.done.append((time.time() - begin, view["counters"]["done"]))
        course.look_at_memory(owner.stack)
        if view["status"] == "complete":
            return course
        if uploader and time.time() > next_upload:
            course.uploads.append(single(uploader, next(files)))
            next_upload = time.time() + UPLOAD_EVERY_S
        time.sleep(0.5)
    raise SystemExit(f"bench: the job is {view['status']} after {DEADLINE_S:.0f} s: {view['counters']}")


def large_library(images: int) -> dict[str, Any]:
    with stack_of_its_own() as stack:
        warm = Owner(stack, "warm", 60)
        follow(warm, warm.start(regenerate={"force": True}))
        uploader = Owner(stack, "uploader", 0)
        files = pictures()
        idle = [single(uploader, file) for file in islice(files, IDLE_UPLOADS)][5:]
        owner = Owner(stack, "owner", images)
        estimate_s = owner.slowest_estimate_s()
        job = owner.start(regenerate={"force": True})
        course = follow(owner, job, uploader)
        peaks = course.peaks
        print("images done by second:", [(round(at), done) for at, done in course.done[::40]])
        print("peak MB by function:", {name: round(mb) for name, mb in sorted(peaks.items())})
        return {
            "images": images,
            "images_per_s": round(course.pace(0, images), 2),
            **course.figures(images),
            "estimate_request_s": round(estimate_s, 2),
            "peak_mb": round(max((mb for name, mb in peaks.items() if name != "engine"), default=0)),
            "counter_errors": owner.errors(job),
            "audit_drift": owner.drift() + uploader.drift(),
            "uploads_meanwhile": len(course.uploads),
            "interactive_p95_delay_ms": round(
                (percentile(course.uploads, 0.95) - percentile(idle, 0.95)) * 1000
            )
            if course.uploads
            else None,
        }


def slowly(call: Call) -> Reply | None:
    """As usual, but after the time that a vision model takes."""
    if call.path != CHAT:
        return None
    usual = chat(call)
    return Reply(usual.status, usual.body, usual.headers, delay_s=SLOW_CALL_S)


def slow_provider(images: int, in_flight: int) -> dict[str, Any]:
    with (
        OpenAiServer(slowly) as server,
        stack_of_its_own(AiAccess("sk-bench", server.base_url, rate_limits=NO_LIMIT)) as stack,
    ):
        warm = Owner(stack, "warm", in_flight)
        _put_previews(stack, warm.account, warm.images_there)
        # Fifty processes that start at once on two cores outlast every deadline: ten more at a time.
        for at_once in range(10, in_flight + 1, 10):
            _allow_in_flight(stack, at_once)
            follow(warm, warm.start(regenerate={"force": True}, window=at_once))
        owner = Owner(stack, "owner", images)
        _put_previews(stack, owner.account, owner.images_there)
        server.calls.clear()
        course = follow(owner, owner.start(regenerate={"force": True}, window=2 * in_flight))
        print(f"one after the other: {images * SLOW_CALL_S:.0f} s")
        begun = [call.at for call in server.calls if call.path == CHAT]
        return {
            "slow_provider_s": round(course.done[-1][0], 1),
            "slow_provider_calls": len(begun),
            "slow_provider_calls_at_once": most_within(begun, SLOW_CALL_S),
            "slow_provider_audit_drift": owner.drift(),
        }


def most_within(moments: Sequence[float], seconds: float) -> int:
    """How many of these moments lie within so many seconds of each other, at most."""
    ordered = sorted(moments)
    begins = (bisect_right(ordered, moment - seconds) for moment in ordered)
    return max((number - begin for number, begin in enumerate(begins, 1)), default=0)


def _allow_in_flight(stack: LocalStack, images: int) -> None:
    """The local stack is made for a laptop; this part of the bench mostly waits."""
    functions = stack.access.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        if "BulkQueue" in mapping.get("EventSourceArn", ""):
            functions.update_event_source_mapping(
                UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": images // BATCH}
            )


def _put_previews(stack: LocalStack, user: str, images: Sequence[str]) -> None:
    preview, s3 = draw("mountains", size=(256, 192)), stack.access.client("s3")
    for image in images:
        key = derived_key(user, image, "preview")
        s3.put_object(Bucket=stack.outputs["DerivedBucket"], Key=key, Body=preview)


def main() -> None:
    parser = argparse.ArgumentParser(description="10,000 images, and 1,000 with a slow service")
    parser.add_argument("--images", type=int, default=IMAGES, help="of the large library")
    parser.add_argument("--brief", action="store_true", help="few images, to see that it works")
    asked = parser.parse_args()
    images = BRIEF_IMAGES if asked.brief else asked.images
    large = large_library(images)
    print(json.dumps(large))
    slow = (BRIEF_SLOW_IMAGES, BRIEF_IN_FLIGHT) if asked.brief else (min(SLOW_IMAGES, images), IN_FLIGHT)
    print(json.dumps(large | slow_provider(*slow)))


if __name__ == "__main__":
    main()
