"""The generation queues: interactive work, and work of batches, which never delays the other."""

import json
from typing import TYPE_CHECKING

from gloss.delays import queue_delay
from gloss.generate.model import Generation, Priority
from gloss.ids import is_id
from gloss.records import dataclass

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from gloss.config import GenerationQueueSettings


@dataclass(frozen=True, slots=True)
class Target:
    """The generation that a message is about."""

    user: str
    generation: str


class UnreadableTarget(ValueError):
    """The message is none of ours. What it holds is kept out of the logs."""


def target(body: str) -> Target:
    """Raises ``UnreadableTarget`` where the body has another form."""
    try:
        message = json.loads(body)
        found = Target(message["user"], message["generation"])
        readable = bool(found.user) and is_id(found.generation)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableTarget(f"a body of {len(body)} characters, {type(error).__name__}") from None
    if not readable:
        raise UnreadableTarget(f"a body of {len(body)} characters")
    return found


class GenerationQueues:
    """The message group makes each queue fair between users."""

    def __init__(self, client: "SQSClient", *, interactive: str, batch: str) -> None:
        self._client = client
        self._urls: dict[Priority, str] = {"interactive": interactive, "batch": batch}

    def send(self, generation: Generation, *, delay_s: int = 0) -> None:
        """Ask for the open work of a generation."""
        body = {"user": generation.user, "generation": generation.generation}
        self._client.send_message(
            QueueUrl=self._urls[generation.priority],
            MessageBody=json.dumps(body),
            DelaySeconds=queue_delay(delay_s),
            MessageGroupId=generation.user,
        )


def configured_queues(client: "SQSClient", settings: "GenerationQueueSettings") -> GenerationQueues:
    return GenerationQueues(
        client, interactive=settings.generation_queue, batch=settings.generation_batch_queue
    )
