from types import SimpleNamespace
from typing import Any

import pytest

from bench import bulk
from bench.bulk import JobCourse, most_within


@pytest.mark.parametrize(
    ("moments", "most"),
    [
        ([], 0),
        ([5.0], 1),
        ([0.0, 2.4, 2.5, 5.0], 2),
        ([1.0, 0.5, 0.0, 9.0], 3),
    ],
)
def test_calls_of_a_length_that_overlap(moments: list[float], most: int) -> None:
    assert most_within(moments, 2.5) == most


def test_the_memory_of_workers_that_are_gone_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([{"Intake": 90.0, "BulkStep": 120.0}, {"Intake": 95.0}])
    monkeypatch.setattr(bulk, "peak_mb", lambda _pid: next(looks))
    stack: Any = SimpleNamespace(engine=SimpleNamespace(pid=lambda: 1))
    course = JobCourse()

    course.look_at_memory(stack)
    course.look_at_memory(stack)

    assert course.peaks == {"Intake": 95.0, "BulkStep": 120.0}
