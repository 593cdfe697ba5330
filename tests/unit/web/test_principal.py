from typing import Any

import pytest

from gloss.errors import Unauthenticated, Unauthorized
from gloss.web.principal import Principal, principal_of


def event(claims: Any) -> dict[str, Any]:
    return {"requestContext": {"authorizer": {"claims": claims}}}


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ("operators", {"operators"}),
        ("a,operators", {"a", "operators"}),
        ("[a operators]", {"a", "operators"}),
        (["a", "operators"], {"a", "operators"}),
        ("", set()),
        ("[]", set()),
    ],
)
def test_the_groups_in_each_form_that_the_gateway_gives(groups: Any, expected: set[str]) -> None:
    assert principal_of(event({"sub": "ann", "cognito:groups": groups})) == Principal(
        "ann", frozenset(expected)
    )


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"requestContext": {}},
        {"requestContext": {"authorizer": None}},
        event(None),
        event({}),
        event({"sub": ""}),
        event({"sub": "ann", "token_use": "access"}),
    ],
)
def test_whoever_passed_no_authorizer_is_nobody(found: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        principal_of(found)


def test_operators_are_a_group() -> None:
    Principal("ann", frozenset({"operators", "a"})).require_operator()
    for groups in ({"operator"}, {"Operators"}, set[str]()):
        with pytest.raises(Unauthorized):
            Principal("ann", frozenset(groups)).require_operator()
