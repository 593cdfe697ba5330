"""The sweep at an operator's word: the scheduled function, called and waited for."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, ReadTimeoutError

from gloss.errors import Busy

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

ANSWER_S = 25
"""The gateway gives up at 29 seconds."""


def sweep_now(client: "LambdaClient", function: str) -> dict[str, int]:
    """How often each thing was done.

    Raises:
        Busy: a sweep is under way, or this one takes longer than can be waited for and goes on.
        RuntimeError: the sweep broke off.
    """
    try:
        answer = client.invoke(FunctionName=function, Payload=b"{}")
    except ReadTimeoutError as still_running:
        raise Busy("The sweep takes longer; it goes on.", retry_after=60) from still_running
    except ClientError as error:
        if error.response["Error"]["Code"] == "TooManyRequestsException":
            raise Busy("A sweep is under way.", retry_after=30) from error
        raise
    if "FunctionError" in answer:
        raise RuntimeError("the sweep broke off")
    done: dict[str, int] = json.loads(answer["Payload"].read())
    return done
