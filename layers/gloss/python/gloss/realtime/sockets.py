"""The open connections as API Gateway serves them (``@connections``)."""

from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError


class Gone(Exception):
    """The client is not there any more."""


class Unreachable(Exception):
    """The frame could not be handed over now."""


class Silent(Unreachable):
    """The client did not take the frame in the time that it was given."""


class Sockets(Protocol):
    def post(self, connection: str, data: bytes) -> None:
        """Send one frame.

        Raises:
            Gone: the connection is closed, for good.
            Silent: nobody took it in time.
            Unreachable: it was not taken for another reason; the next one may be.
        """
        ...


class Management(Protocol):
    """What is used of boto3's ``apigatewaymanagementapi`` client."""

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> object: ...  # noqa: N803 - AWS's names


class GatewaySockets:
    def __init__(self, client: Management) -> None:
        self._client = client

    def post(self, connection: str, data: bytes) -> None:
        try:
            self._client.post_to_connection(ConnectionId=connection, Data=data)
        except ClientError as error:
            if error.response["Error"]["Code"] == "GoneException":
                raise Gone from error
            raise Unreachable from error
        except BotoCoreError as error:
            raise Silent from error
