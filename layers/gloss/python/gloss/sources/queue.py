"""The import queue: files to fetch."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gloss.ids import is_id

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class Order:
    """The image whose file is to be fetched."""

    user: str
    image: str


class UnreadableOrder(ValueError):
    """The message is none of ours. What it holds is kept out of the logs."""


def order(body: str) -> Order:
    """Raises ``UnreadableOrder`` where the body has another form."""
    try:
        message = json.loads(body)
        found = Order(message["user"], message["image"])
        readable = found.user and is_id(found.image)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableOrder(f"a body of {len(body)} characters, {type(error).__name__}") from None
    if not readable:
        raise UnreadableOrder(f"a body of {len(body)} characters")
    return found


class ImportQueue:
    """The message group makes the queue fair between users."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def fetch(self, user: str, image: str) -> None:
        body = json.dumps({"user": user, "image": image})
        self._client.send_message(QueueUrl=self._url, MessageBody=body, MessageGroupId=user)
