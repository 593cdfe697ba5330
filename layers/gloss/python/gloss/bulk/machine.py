"""The bulk_regenerate state machine: started here, never waited for."""

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from gloss.bulk.model import Job

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class BulkMachine:
    def __init__(self, client: "SFNClient", arn: str) -> None:
        self._client = client
        self._arn = arn

    def start(self, job: Job) -> None:
        """Give the job to an execution of its own. A job's epoch has one, however often it is started."""
        with suppress(self._client.exceptions.ExecutionAlreadyExists):
            self._client.start_execution(
                stateMachineArn=self._arn,
                name=f"{job.job}-{job.epoch}",
                input=json.dumps({"user": job.user, "job": job.job, "epoch": job.epoch, "step": 0}),
            )
