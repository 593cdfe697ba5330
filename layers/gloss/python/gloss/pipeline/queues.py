"""The two work queues."""

from typing import TYPE_CHECKING, Final

from gloss.images.model import Queue
from gloss.pipeline.model import message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_DELAY_S: Final = 900
"""Longest delay that SQS gives a message."""


class WorkQueues:
    def __init__(self, client: "SQSClient", *, interactive: str, bulk: str) -> None:
        self._client = client
        self._urls: dict[Queue, str] = {"interactive": interactive, "bulk": bulk}

    def send(self, queue: Queue, user: str, image: str, *, delay_s: int = 0) -> None:
        """Ask for the open work of an image.

        The message group makes the queue fair: one user's flood does not hold up another's single image.
        """
        self._client.send_message(
            QueueUrl=self._urls[queue],
            MessageBody=message(user, image),
            DelaySeconds=min(delay_s, MAX_DELAY_S),
            MessageGroupId=user,
        )
