"""What travels between the steps. Plain JSON all the way, for it passes through queues and a state machine.

A step answers with its result under its own key, or with a ``failure``; both are data that a Choice state
reads. An exception out of a step means a bug or a fault of the infrastructure.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

from gloss.describe.model import Failure as ProviderFailure
from gloss.describe.model import RateLimited
from gloss.ids import is_id
from gloss.images.model import Image
from gloss.metering.model import CallRecord
from gloss.records import dataclass

BROKE_OFF: Final = "TASK_FAILED"
"""The machine's own code for a step that ended without an answer."""

State = Mapping[str, Any]
"""The machine's state: ``user``, ``image``, ``record`` (the claimed image as an item), one key per step."""


@dataclass(frozen=True, slots=True)
class Target:
    """The image that a message is about; ``arrived`` when the message announces its object."""

    user: str
    image: str
    arrived: bool = False


class UnreadableMessage(ValueError):
    """The body is neither an S3 event nor one of our messages. What it holds is kept out of the logs."""


def targets(body: str) -> list[Target]:
    """The images that a queue message is about; none for the test event of a new S3 notification.

    Raises:
        UnreadableMessage: the body has another form.
    """
    try:
        message = json.loads(body)
        if "Records" in message:
            return [_of_key(record["s3"]["object"]["key"]) for record in message["Records"]]
        if message.get("Event") == "s3:TestEvent":
            return []
        return [_target(message["user"], message["image"])]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableMessage(f"a body of {len(body)} characters, {type(error).__name__}") from None


def _of_key(key: str) -> Target:
    user, image = unquote_plus(key).split("/")
    return _target(user, image, arrived=True)


def _target(user: str, image: str, *, arrived: bool = False) -> Target:
    """Raises ``ValueError`` where no user or image of ours can be meant."""
    if not user.isprintable() or not user or not is_id(image):
        raise ValueError("not one of our images")
    return Target(user, image, arrived=arrived)


def message(user: str, image: str) -> str:
    """The body of a queue message that asks for the open work of an image."""
    return json.dumps({"user": user, "image": image})


def initial_state(image: Image) -> dict[str, Any]:
    """The machine's input. What earlier attempts found out goes in where the steps would have put it."""
    state: dict[str, Any] = {"user": image.user, "image": image.image, "record": image.to_item()}
    if image.inspection:
        state["inspection"] = image.inspection
    known = known_description(image)
    if known and not any(owed_rows(known)):
        state["description"] = known
    return state


_OF_THE_DESCRIPTION: Final = ("provider", "model", "detail", "context")
"""What a description depends on; the other wishes, such as policies, are met when it is merged."""


def request_hash(image: Image) -> str:
    """Equal where the work asks for the same description (SHA-256, hex)."""
    asked = image.work.request if image.work else {}
    wishes = {name: asked[name] for name in _OF_THE_DESCRIPTION if name in asked}
    return hashlib.sha256(json.dumps(wishes, sort_keys=True, default=str).encode()).hexdigest()


def known_description(image: Image) -> Mapping[str, Any] | None:
    """What an earlier attempt or an earlier work was told already, where it had asked for the same."""
    if image.checkpoint and image.checkpoint.get("request") == request_hash(image):
        return image.checkpoint
    return None


_OWED: Final = "owed"
"""Rows of the usage log that a checkpoint holds beside what was paid: of words, or of their vector."""


def owing(paid: Mapping[str, Any], rows: Iterable[CallRecord]) -> dict[str, Any]:
    """What was paid, with its rows where there are any."""
    owed = [row.to_item() for row in rows]
    return {**paid, _OWED: owed} if owed else dict(paid)


def owed_rows(description: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All rows that a checkpoint holds. They may have been written: it says that they were to be."""
    yield from description.get(_OWED, ())
    yield from description.get("embedding", {}).get(_OWED, ())


def settled(description: Mapping[str, Any]) -> dict[str, Any]:
    """A description as the steps hand it on: its rows are in the log."""
    bare = {name: value for name, value in description.items() if name != _OWED}
    if "embedding" in bare:
        bare["embedding"] = {name: value for name, value in bare["embedding"].items() if name != _OWED}
    return bare


def record(state: State) -> Image:
    return Image.from_item(state["record"])


def failure(kind: str, code: str, message: str) -> dict[str, Any]:
    """A step's answer where it has no result; ``kind`` is rate_limited, transient or permanent."""
    return {"failure": {"kind": kind, "code": code, "message": message}}


def refused(outcome: ProviderFailure) -> dict[str, Any]:
    """A provider's failure as a step tells it."""
    if isinstance(outcome, RateLimited):
        answer = failure("rate_limited", "RATE_LIMITED", "The provider takes no more calls for now.")
        answer["failure"]["retry_after_s"] = outcome.retry_after_s
        return answer
    return failure(outcome.kind, outcome.code, outcome.message)


def verdict(kind: str, **details: object) -> dict[str, Any]:
    """What became of the attempt: complete, stale, superseded, rate_limited, retrying or failed."""
    return {"verdict": {"kind": kind, **details}}
