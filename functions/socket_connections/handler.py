"""Sockets come and go; whatever a client sends is answered with a ``hello``."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import SocketConnectionsSettings, load
from gloss.observability import logger
from gloss.realtime.service import Connections
from gloss.realtime.store import ConnectionStore


@cache
def connections() -> Connections:
    return Connections(
        ConnectionStore(aws.dynamodb(), load(SocketConnectionsSettings).connections_table), utc_now
    )


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    request = event["requestContext"]
    user, connection, kind = request["authorizer"]["user"], request["connectionId"], request["eventType"]
    logger().info("socket", extra={"event": kind, "user": user, "request": context.aws_request_id})
    if kind == "CONNECT":
        connections().open(user, connection)
    elif kind == "DISCONNECT":
        connections().close(user, connection)
    else:
        return {"statusCode": 200, "body": connections().hello(user, connection)}
    return {"statusCode": 200}
