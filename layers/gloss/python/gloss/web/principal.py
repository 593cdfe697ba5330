"""Who is calling, as the Cognito authorizer says."""

from collections.abc import Mapping
from typing import Any, Final

from gloss.errors import Unauthenticated, Unauthorized
from gloss.records import dataclass

OPERATORS: Final = "operators"


@dataclass(frozen=True, slots=True)
class Principal:
    """``user`` is the Cognito ``sub``: the key of everything that this user owns."""

    user: str
    groups: frozenset[str]

    def require_operator(self) -> None:
        """Raises ``Unauthorized`` for everybody outside the operators group."""
        if OPERATORS not in self.groups:
            raise Unauthorized("Only operators may do this.")


def principal_of(event: Mapping[str, Any]) -> Principal:
    """The caller of an API Gateway event.

    Raises:
        Unauthenticated: the event passed no authorizer, or with a token that says what its bearer may do at
            Cognito instead of who it is.
    """
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    claims = authorizer.get("claims") or {}
    if not claims.get("sub") or claims.get("token_use", "id") != "id":
        raise Unauthenticated
    return Principal(claims["sub"], _groups(claims.get("cognito:groups", "")))


def _groups(claim: str | list[str]) -> frozenset[str]:
    """API Gateway hands the list over as a text: ``a,b`` or ``[a b]``."""
    if isinstance(claim, list):
        return frozenset(claim)
    return frozenset(claim.strip("[]").replace(",", " ").split())
