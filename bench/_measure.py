"""What several benchmarks measure with: percentiles, processor time by function, AWS calls."""

import os
import re
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Self, cast

import boto3
import httpx

from tools.local_engine import REGION, ROOT_CREDENTIALS
from tools.local_stack import LocalStack

_WORKER: Final = re.compile(rb"ministack-lambda-gloss-([A-Za-z]+)-")
_PEAK: Final = re.compile(r"VmHWM:\s+(\d+) kB")
_MAX_EVENTS: Final = 50
"""Events that one LookupEvents call of the local engine answers with; there is no second page."""


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of ``values`` that at least ``share`` of them do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -(-int(share * 100) * len(ranked) // 100) - 1)]


def cpu_seconds(engine_pid: int) -> dict[str, float]:
    """Processor time used so far by the engine, by its workers under their function's name, and by us.

    Empty but for ourselves where there is no ``/proc``.
    """
    used: defaultdict[str, float] = defaultdict(float, client=sum(os.times()[:2]))
    group = os.getpgid(engine_pid)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == group:
            worker = _WORKER.search(command)
            name = worker[1].decode() if worker else "engine"
            used[name] += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def peak_mb(engine_pid: int) -> dict[str, float]:
    """The largest resident memory so far of the engine, and of any worker under its function's name.

    Empty where there is no ``/proc``.
    """
    peaks: dict[str, float] = {}
    group = os.getpgid(engine_pid)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes()
            found = _PEAK.search((folder / "status").read_text())
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == group and found:
            worker = _WORKER.search(command)
            name = worker[1].decode() if worker else "engine"
            peaks[name] = max(peaks.get(name, 0.0), int(found[1]) / 1024)
    return peaks


class CallRecorder:
    """Counts the AWS calls that reach the engine while the block runs, by the engine's own CloudTrail.

    What the engine does inside itself (delivering queue messages, a machine invoking a function) is no call
    to it, and not counted here.
    """

    def __init__(self, stack: LocalStack) -> None:
        self._endpoint = stack.engine.endpoint
        session = boto3.Session(
            aws_access_key_id=ROOT_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ROOT_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )
        self._trail: Any = cast("Any", session.client)("cloudtrail", endpoint_url=self._endpoint)
        self._begin = 0.0

    def __enter__(self) -> Self:
        self._record(on=True)
        self._begin = time.time()
        return self

    def __exit__(self, *_: object) -> None:
        self._record(on=False)

    def calls(self) -> Counter[str]:
        """Calls of everybody but ourselves since the block began, as ``service.Operation``.

        Raises:
            OverflowError: more than can be asked for.
        """
        events = self._trail.lookup_events(StartTime=self._begin, MaxResults=_MAX_EVENTS)["Events"]
        if len(events) == _MAX_EVENTS:
            raise OverflowError("record fewer calls at a time")
        ourselves = ROOT_CREDENTIALS["AWS_ACCESS_KEY_ID"]
        return Counter(
            f"{event['EventSource'].removesuffix('.amazonaws.com')}.{event['EventName']}"
            for event in events
            if event["AccessKeyId"] != ourselves
        )

    def _record(self, *, on: bool) -> None:
        setting = {"cloudtrail._recording_enabled": str(on).lower()}
        httpx.post(f"{self._endpoint}/_ministack/config", json=setting).raise_for_status()
