"""Decides who may open a socket. The token stands in the address: nothing of the event is ever logged."""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from gloss.config import SocketAuthorizerSettings, load
from gloss.errors import Unauthenticated
from gloss.observability import logger
from gloss.realtime.tokens import SigningKeys, TokenVerifier, fetch_keys


@cache
def verifier() -> TokenVerifier:
    settings = load(SocketAuthorizerSettings)
    keys = SigningKeys(partial(fetch_keys, settings.keys_url))
    return TokenVerifier(keys, issuer=settings.issuer_url, audience=settings.audience)


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    token = (event.get("queryStringParameters") or {}).get("token", "")
    try:
        user = verifier().user(token)
    except Unauthenticated:
        logger().info("socket refused", extra={"request": context.aws_request_id})
        return _policy("nobody", "Deny", event["methodArn"])
    return _policy(user, "Allow", event["methodArn"])


def _policy(user: str, effect: str, resource: str) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
    return {
        "principalId": user,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"user": user},
    }
