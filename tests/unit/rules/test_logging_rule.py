"""No log line holds a token, a key, a presigned URL or a payload."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.rules.sources import HANDLERS, MODULES

_LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log", "append_keys"}
_SECRETS = {
    "event",
    "body",
    "token",
    "authorization",
    "headers",
    "payload",
    "form",
    "fields",
    "url",
    "link",
    "secret",
    "password",
    "api_key",
    "state",
}
"""Names of what must not be logged whole. A part of it may be: ``event["image"]``."""


def told_secrets(source: str) -> list[str]:
    """What log calls pass on that they must not."""
    return [
        ast.unparse(argument)
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and _is_log(call)
        for argument in _told(call)
        if _name(argument) in _SECRETS
    ]


def _is_log(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr in _LEVELS
        and any(word in ast.unparse(function.value).lower() for word in ("log",))
    )


def _told(call: ast.Call) -> Iterator[ast.expr]:
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        if isinstance(argument, ast.Dict):
            yield from (value for value in argument.values)
        elif isinstance(argument, ast.JoinedStr):
            yield from (part.value for part in argument.values if isinstance(part, ast.FormattedValue))
        else:
            yield argument


def _name(argument: ast.expr) -> str:
    if isinstance(argument, ast.Name):
        return argument.id
    if isinstance(argument, ast.Attribute):
        return argument.attr
    if isinstance(argument, ast.Subscript) and isinstance(argument.slice, ast.Constant):
        return str(argument.slice.value)
    return ""


@pytest.mark.parametrize("module", [*MODULES, *HANDLERS], ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_no_log_call_passes_on_what_it_must_not(module: Path) -> None:
    assert told_secrets(module.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "logger.info(event)",
        "logger().error('x', extra={'request': event})",
        "log.warning(f'took {record[\"body\"]}')",
        "self._logger.exception('x', extra={'link': form.url})",
        "logger.append_keys(token=token)",
    ],
)
def test_a_call_that_does_is_seen(line: str) -> None:
    assert told_secrets(line)


def test_ids_may_be_told() -> None:
    assert told_secrets("logger.info('x', extra={'image': event['image'], 'n': len(body)})") == []
