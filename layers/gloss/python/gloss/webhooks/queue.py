"""The webhook queue: what is to be delivered, now or later."""

from typing import TYPE_CHECKING

from gloss.webhooks.model import Delivery

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class WebhookQueue:
    """The message group makes the queue fair: one user's slow server does not hold up the others' news."""

    def __init__(self, client: "SQSClient", url: str, dead_letters: str = "") -> None:
        self._client = client
        self._url = url
        self._dead_letters = dead_letters

    def send(self, delivery: Delivery, *, delay_s: int = 0) -> None:
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=delivery.to_message(),
            DelaySeconds=delay_s,
            MessageGroupId=delivery.user,
        )

    def bury(self, delivery: Delivery) -> None:
        """Put aside what was tried often enough; an alarm watches."""
        self._client.send_message(QueueUrl=self._dead_letters, MessageBody=delivery.to_message())
