"""Identity tokens: real ones of the pool, and what somebody else makes of them."""

import time

import jwt

from tests.integration.person import claims
from tools.local_stack import LocalStack


def issued(stack: LocalStack, token: str, *, age_s: int) -> str:
    """The claims of a token as the pool itself would have signed them so long ago, good for an hour.

    The local engine keeps each pool's private key in its state folder.
    """
    pool = stack.outputs["UserPoolId"]
    key = (stack.folder / "state" / "cognito-pool-keys" / f"{pool}-id.pem").read_bytes()
    then = int(time.time()) - age_s
    told = claims(token) | {"iat": then, "auth_time": then, "exp": then + 3600}
    return jwt.encode(told, key, algorithm="RS256", headers={"kid": jwt.get_unverified_header(token)["kid"]})
