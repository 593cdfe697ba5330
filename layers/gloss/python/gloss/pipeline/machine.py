"""A state machine of which one execution is one attempt, run and waited for."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gloss.errors import GlossError
from gloss.log_scope import say

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

IMAGE_FAILED: Final = "ImageFailed"
"""Error of process_image's Fail state: the image's failure is recorded and its credit given back."""


class MachineFault(GlossError):
    """The machine ended without settling its work; the lease runs out and the sweep takes over."""


class ProcessMachine:
    """``failed`` is the error of the Fail state that means: everything is settled, there is no result."""

    def __init__(self, client: "SFNClient", arn: str, *, failed: str = IMAGE_FAILED) -> None:
        self._client = client
        self._arn = arn
        self._failed = failed

    def run(self, name: str, state: Mapping[str, Any]) -> dict[str, Any]:
        """The verdict on one attempt: its ``kind`` and what belongs to it.

        Raises:
            MachineFault: the execution timed out or broke.
        """
        say(execution=name)
        execution = self._client.start_sync_execution(
            stateMachineArn=self._arn, name=name, input=json.dumps(state)
        )
        say(execution=execution["executionArn"])
        if execution["status"] == "SUCCEEDED":
            verdict: dict[str, Any] = json.loads(execution["output"])
            return verdict
        if execution.get("error") == self._failed:
            return {"kind": "failed", "cause": execution.get("cause", "")}
        raise MachineFault(
            execution=execution["executionArn"], error=execution.get("error", execution["status"])
        )
