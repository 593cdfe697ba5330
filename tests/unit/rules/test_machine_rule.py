"""What has to hold for every state of every machine."""

import copy
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

import pytest

from gloss.generate import model as generations
from gloss.images import model as images
from tests.unit.rules.sources import ROOT
from tools.template import read_template

MACHINES: Final = {
    path.name.partition(".")[0]: json.loads(path.read_text())
    for path in sorted(ROOT.glob("statemachine/*.asl.json"))
}

State = Mapping[str, Any]


def states(machine: Mapping[str, Any]) -> Iterator[tuple[str, State]]:
    """Every state, those inside of Map and Parallel states too."""
    for name, state in machine["States"].items():
        yield name, state
        for inner in (*state.get("Branches", ()), *filter(None, [state.get("ItemProcessor")])):
            yield from states(inner)


def faults(machine: Mapping[str, Any]) -> list[str]:
    """What the states of a machine lack."""
    found = [f"{name}: {fault}" for name, state in states(machine) for fault in _faults(state)]
    return found + ([] if "TimeoutSeconds" in machine else ["the machine: no time limit"])


def _faults(state: State) -> Iterator[str]:
    if state["Type"] == "Task":
        if not {"TimeoutSeconds", "TimeoutSecondsPath"} & state.keys():
            yield "no time limit"
        retries, catches = state.get("Retry", []), state.get("Catch", [])
        if not retries:
            yield "no retry"
        if not all(map(_is_patient, retries)):
            yield "a retry without backoff, jitter or cap"
        if not any("States.ALL" in catch["ErrorEquals"] for catch in catches):
            yield "errors are not caught"
        if not all(map(_keeps_its_error, catches)):
            yield "a catch loses its error"
    if state["Type"] == "Fail" and not (
        {"Error", "ErrorPath"} & state.keys() and {"Cause", "CausePath"} & state.keys()
    ):
        yield "no error or no cause"


def _is_patient(retry: Mapping[str, Any]) -> bool:
    if retry.get("MaxAttempts") == 0:
        return True
    return (
        retry.get("BackoffRate", 0) > 1
        and retry.get("JitterStrategy") == "FULL"
        and "MaxDelaySeconds" in retry
    )


def _keeps_its_error(catch: Mapping[str, Any]) -> bool:
    kept = json.dumps([catch.get("Output"), catch.get("Assign")])
    return "$states.errorOutput" in kept or "ResultPath" in catch


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_is_safe(name: str) -> None:
    assert faults(MACHINES[name]) == []


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_can_be_reached(name: str) -> None:
    text = json.dumps(MACHINES[name])
    for state, _ in states(MACHINES[name]):
        assert (
            f'"Next": "{state}"' in text or f'"Default": "{state}"' in text or f'"StartAt": "{state}"' in text
        )


@pytest.mark.parametrize(
    ("key", "change", "fault"),
    [
        ("TimeoutSeconds", None, "no time limit"),
        ("Retry", None, "no retry"),
        ("Retry", [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2, "BackoffRate": 2}], "a retry without"),
        ("Catch", [{"ErrorEquals": ["X"], "Output": "{% $states.errorOutput %}"}], "errors are not caught"),
        ("Catch", [{"ErrorEquals": ["States.ALL"], "Next": "X"}], "a catch loses its error"),
    ],
)
def test_a_task_that_is_not_safe_is_seen(key: str, change: object, fault: str) -> None:
    machine = copy.deepcopy(MACHINES["process_image"])
    task = machine["States"]["InspectImage"]
    task.pop(key) if change is None else task.update({key: change})
    assert any(found.startswith(f"InspectImage: {fault}") for found in faults(machine))


@pytest.mark.parametrize("key", ["Error", "Cause"])
def test_an_end_that_does_not_say_why_is_seen(key: str) -> None:
    machine = copy.deepcopy(MACHINES["process_image"])
    machine["States"]["ImageFailed"].pop(key)
    assert faults(machine) == ["ImageFailed: no error or no cause"]


@pytest.mark.parametrize(
    ("machine", "intake", "queues", "lease"),
    [
        ("process_image", "Intake", ("InteractiveQueue", "BulkQueue"), images.LEASE),
        (
            "generate_images",
            "GenerationIntake",
            ("GenerationQueue", "GenerationBatchQueue"),
            generations.LEASE,
        ),
    ],
)
def test_a_machine_gives_a_worker_less_time_than_its_lease_and_its_callers(
    machine: str, intake: str, queues: tuple[str, ...], lease: timedelta
) -> None:
    template = read_template()["Resources"]
    patience = template[intake]["Properties"]["Timeout"]
    assert MACHINES[machine]["TimeoutSeconds"] < min(patience, lease.total_seconds())
    for queue in queues:
        assert template[queue]["Properties"]["VisibilityTimeout"] >= 6 * patience


@pytest.mark.parametrize("machine", ["process_image", "generate_images"])
def test_a_state_waits_longer_than_its_function_may_run(machine: str) -> None:
    template = read_template()
    default = template["Globals"]["Function"]["Timeout"]
    for name, state in states(MACHINES[machine]):
        if state["Type"] == "Task":
            called = state["Arguments"]["FunctionName"].removeprefix("${").removesuffix("Arn}")
            function = template["Resources"][called]["Properties"]
            assert state["TimeoutSeconds"] > function.get("Timeout", default), name
