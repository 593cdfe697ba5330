"""Batches of queue messages: each is answered for by itself."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from gloss.log_scope import scope
from gloss.records import dataclass

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Batch(Generic[Result]):
    """What became of the messages that were taken, and the ids of those that have to come again."""

    results: list[Result]
    failed: list[str]

    @property
    def answer(self) -> dict[str, Any]:
        """What the event source has to be told (partial batch response)."""
        return {"batchItemFailures": [{"itemIdentifier": message} for message in self.failed]}


def take_batch(event: Mapping[str, Any], take: Callable[[str], Result]) -> Batch[Result]:
    """Give the body of every message to ``take``, side by side, for they mostly wait.

    A message whose ``take`` raises comes again, and it alone. Each has a log scope of its own.
    """
    failed: list[str] = []

    def attempt(record: Mapping[str, Any]) -> list[Result]:
        with scope(message_id=record["messageId"]):
            try:
                return [take(record["body"])]
            except Exception:
                logger.exception("message failed")
                failed.append(record["messageId"])
                return []

    with ThreadPoolExecutor(max_workers=len(event["Records"])) as pool:
        results = [result for taken in pool.map(attempt, event["Records"]) for result in taken]
    return Batch(results, failed)
