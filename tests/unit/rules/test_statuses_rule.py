"""What a route answers with is what its description says."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.rules.sources import HANDLERS

ROUTERS = {"get", "post", "put", "patch", "delete"}


def wrong_statuses(source: str) -> list[str]:
    """The routes that answer with another status than their decorator documents (200 where it has none)."""
    return [
        f"{function.name} answers {answered}, not {documented}"
        for function, documented in routes(ast.parse(source))
        for answered in answers(function)
        if answered != documented
    ]


def routes(tree: ast.AST) -> Iterator[tuple[ast.FunctionDef, str]]:
    """Every route with the status that its decorator names."""
    for function in ast.walk(tree):
        for call in getattr(function, "decorator_list", ()):
            if isinstance(function, ast.FunctionDef) and isinstance(call, ast.Call):
                router = call.func
                if isinstance(router, ast.Attribute) and router.attr in ROUTERS:
                    statuses = [
                        ast.unparse(word.value) for word in call.keywords if word.arg == "status_code"
                    ]
                    yield function, (statuses or ["HTTPStatus.OK"])[0]


def answers(function: ast.FunctionDef) -> Iterator[str]:
    """The statuses that it puts into answers of its own."""
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Response":
            given = [word.value for word in call.keywords if word.arg == "status_code"] or call.args
            yield ast.unparse(given[0])


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda path: path.parent.name)
def test_a_route_answers_as_documented(handler: Path) -> None:
    assert wrong_statuses(handler.read_text()) == []


def test_another_status_is_seen() -> None:
    route = "@api.post('/jobs')\ndef create():\n    return Response(HTTPStatus.ACCEPTED, 'text/plain', '')"
    assert wrong_statuses(route) == ["create answers HTTPStatus.ACCEPTED, not HTTPStatus.OK"]
    documented = route.replace("'/jobs'", "'/jobs', status_code=HTTPStatus.ACCEPTED")
    assert wrong_statuses(documented) == []
