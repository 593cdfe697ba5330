"""The definition of bulk_regenerate on the local engine, around a function that answers by script.

What the real steps never do on purpose: fail once, fail for good, and go on for longer than one execution.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from gloss.ids import new_id
from tools.local_engine import wait_for
from tools.local_stack import LocalStack

DEFINITION: Final = Path(__file__).parents[2] / "statemachine" / "bulk_regenerate.asl.json"
STEPS: Final = 3
DEADLINE_S: Final = 60.0
ENDED: Final = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}

FUNCTION: Final = """
import pathlib


def handle(event, context):
    if event["plot"] == "broken":
        raise RuntimeError("for good")
    marker = pathlib.Path(event["marker"])
    if event["plot"] == "flaky" and not marker.exists():
        marker.touch()
        raise RuntimeError("once")
    return {"next": "ended" if event["step"] >= event["last"] else event["answer"], "waitS": 1}
"""


class Machine:
    """A machine of this definition under a name of its own, with ``STEPS`` steps an execution."""

    def __init__(self, stack: LocalStack) -> None:
        self.name = f"scripted-{new_id()}"
        self._iam = stack.access.client("iam")
        self._functions = stack.access.client("lambda")
        self._states = stack.access.client("stepfunctions")
        prefix, _, _ = stack.outputs["BulkMachine"].rpartition(":")
        self.arn = f"{prefix}:{self.name}"
        role = self._role("*")
        self._function = self._functions.create_function(
            FunctionName=self.name,
            Runtime="python3.13",
            Handler="scripted.handle",
            Role=role,
            Code={"ZipFile": _zipped()},
        )["FunctionArn"]
        self._states.create_state_machine(name=self.name, definition=self._definition(), roleArn=role)

    def _role(self, resource: str) -> str:
        trust = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
        role = self._iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps(trust))
        allowed = {
            "Effect": "Allow",
            "Action": ["lambda:InvokeFunction", "states:StartExecution"],
            "Resource": resource,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        self._iam.put_role_policy(RoleName=self.name, PolicyName="run", PolicyDocument=policy)
        return str(role["Role"]["Arn"])

    def _definition(self) -> str:
        text = DEFINITION.read_text()
        values = {
            "BulkStepArn": self._function,
            "SelectImagesArn": self._function,
            "OwnArn": self.arn,
            "StepsAnExecution": str(STEPS),
        }
        for name, value in values.items():
            text = text.replace(f"${{{name}}}", value)
        machine = json.loads(text)
        for state in machine["States"].values():
            for retry in state.get("Retry", ()):
                retry |= {"IntervalSeconds": 1, "MaxAttempts": 2}
        return json.dumps(machine)

    def run(self, job: str, **plot: object) -> dict[str, Any]:
        """The first execution of a job, once it has ended."""
        given = {"user": "ann", "job": job, "epoch": 1, "step": 0, "plot": "", "marker": "", **plot}
        self._states.start_execution(stateMachineArn=self.arn, name=f"{job}-1", input=json.dumps(given))
        return self.execution(f"{job}-1")

    def execution(self, name: str) -> dict[str, Any]:
        """An execution once it has ended."""
        arn = f"{self.arn.replace(':stateMachine:', ':execution:')}:{name}"
        found: dict[str, Any] = {}

        def ended() -> bool:
            try:
                found.update(self._states.describe_execution(executionArn=arn))
            except self._states.exceptions.ExecutionDoesNotExist:
                return False
            return found["status"] in ENDED

        assert wait_for(ended, DEADLINE_S), (name, found)
        return found

    def remove(self) -> None:
        self._states.delete_state_machine(stateMachineArn=self.arn)
        self._functions.delete_function(FunctionName=self.name)
        self._iam.delete_role_policy(RoleName=self.name, PolicyName="run")
        self._iam.delete_role(RoleName=self.name)


def _zipped() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("scripted.py", FUNCTION)
    return archive.getvalue()


@pytest.fixture(scope="module")
def machine(stack: LocalStack) -> Iterator[Machine]:
    machine = Machine(stack)
    yield machine
    machine.remove()


@pytest.mark.parametrize("answer", ["more", "wait", "find"])
def test_a_long_job_is_handed_over_from_execution_to_execution(machine: Machine, answer: str) -> None:
    job = f"long-{answer}"
    first = machine.run(job, last=STEPS + 1, answer=answer)

    second = machine.execution(f"{job}-1-{STEPS}")

    assert (first["status"], second["status"]) == ("SUCCEEDED", "SUCCEEDED")
    assert json.loads(first["output"]) == {"job": job, "steps": STEPS}
    assert json.loads(second["output"]) == {"job": job, "steps": STEPS + 2}


def test_a_step_that_breaks_once_is_repeated(machine: Machine, tmp_path: Path) -> None:
    ended = machine.run("flaky", plot="flaky", marker=str(tmp_path / "broke"), last=1, answer="more")

    assert (tmp_path / "broke").exists()
    assert (ended["status"], json.loads(ended["output"])["steps"]) == ("SUCCEEDED", 2)


def test_a_step_that_breaks_for_good_ends_the_execution_with_its_error(machine: Machine) -> None:
    ended = machine.run("broken", plot="broken", last=1, answer="more")

    assert (ended["status"], ended["error"]) == ("FAILED", "BulkStepBroke")
    assert "for good" in ended["cause"]
