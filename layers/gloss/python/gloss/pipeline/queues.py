"""The two work queues."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from gloss.delays import queue_delay
from gloss.images.model import Queue
from gloss.pipeline.model import message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_BATCH: Final = 10
"""Messages in one SendMessageBatch call (service limit)."""


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
            DelaySeconds=queue_delay(delay_s),
            MessageGroupId=user,
        )

    def send_many(self, queue: Queue, user: str, images: Sequence[str]) -> None:
        """Ask for the open work of many images of one user.

        Raises:
            NotSent: the queue did not take some of them; sending all again is harmless.
        """
        for start in range(0, len(images), _BATCH):
            batch = images[start : start + _BATCH]
            answer = self._client.send_message_batch(
                QueueUrl=self._urls[queue],
                Entries=[
                    {"Id": image, "MessageBody": message(user, image), "MessageGroupId": user}
                    for image in batch
                ],
            )
            if failed := answer.get("Failed"):
                raise NotSent(f"{len(failed)} of {len(batch)} messages, first: {failed[0]['Code']}")


class NotSent(RuntimeError):
    """The queue refused some messages of a batch."""
