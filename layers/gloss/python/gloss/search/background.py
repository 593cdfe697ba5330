"""Asking for a library to be brought in line, when a search finds images without a vector."""

import json
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_LOG: Final = logging.getLogger(__name__)

ASKING_S: Final = 2
"""How long a search may be held up by asking."""

PAUSE_S: Final = 600.0
"""How often one warm function asks for the same library."""


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
        try:
            self._client.invoke(
                FunctionName=self._function,
                InvocationType="Event",
                Payload=json.dumps({"user": user}).encode(),
            )
        except (ClientError, BotoCoreError):
            _LOG.exception("nobody could be asked to bring a library in line")
