"""Asking for a library to be brought in line, when a search finds images without a vector, and going on."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

    from gloss.search.reindexing import Report

_LOG: Final = logging.getLogger(__name__)

ASKING_S: Final = 2
"""How long a search may be held up by asking."""

PAUSE_S: Final = 600.0
"""How often one warm function asks for the same library."""

TURNS: Final = 12
"""How often the function may call itself: three hours. Lambda ends a function's loops at sixteen."""


class ReindexRequests:
    """Never fails: a search is answered whether or not anybody can be asked."""

    def __init__(
        self, client: "LambdaClient", function: str, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._function = function
        self._timer = timer
        self._asked: dict[str, float] = {}

    def ask(self, user: str) -> None:
        now = self._timer()
        if now - self._asked.get(user, -PAUSE_S) < PAUSE_S:
            return
        self._asked[user] = now
        self._invoke({"user": user, "turns": TURNS})

    def go_on(self, event: Mapping[str, Any], report: "Report") -> bool:
        """Ask for the rest of a library; whether that was done.

        Not where all is done or nothing can be done now, and only as often as whoever asked first allowed:
        the last search in that library asks again.
        """
        turns = event.get("turns", 0)
        if report.done or report.failure or turns < 1:
            return False
        return self._invoke({"user": event["user"], "before": report.before, "turns": turns - 1})

    def _invoke(self, event: Mapping[str, Any]) -> bool:
        try:
            self._client.invoke(
                FunctionName=self._function, InvocationType="Event", Payload=json.dumps(event).encode()
            )
        except (ClientError, BotoCoreError):
            _LOG.exception("nobody could be asked to bring a library in line")
            return False
        return True
