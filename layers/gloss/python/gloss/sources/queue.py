"""The import queue: files to fetch, and folders whose listing goes on."""

import json
from typing import TYPE_CHECKING

from gloss.ids import is_id
from gloss.records import dataclass

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class Order:
    """Exactly one of ``image`` (to be fetched) and ``import_id`` (to be listed further) is given."""

    user: str
    image: str = ""
    import_id: str = ""


class UnreadableOrder(ValueError):
    """The message is none of ours. What it holds is kept out of the logs."""


def order(body: str) -> Order:
    """Raises ``UnreadableOrder`` where the body has another form."""
    try:
        message = json.loads(body)
        found = Order(message["user"], message.get("image", ""), message.get("import", ""))
        readable = found.user and is_id(found.image or found.import_id)
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
        self._send(user, {"user": user, "image": image})

    def turn_page(self, user: str, import_id: str) -> None:
        self._send(user, {"user": user, "import": import_id})

    def _send(self, user: str, message: dict[str, str]) -> None:
        self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(message), MessageGroupId=user)
