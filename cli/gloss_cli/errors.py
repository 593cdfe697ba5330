"""What can go wrong, what the command says of it, and the code it exits with.

CliError
├── UsageError      the command was not used as it can be
├── SignInNeeded    nobody is signed in, or no longer
├── Unreachable     the network or the service does not answer
├── Incomplete      some of many went wrong
├── Detached        the user left while the service works on
└── Refused         the service said no; its code decides
"""

from collections.abc import Mapping
from enum import IntEnum
from http import HTTPStatus
from typing import Any, Final


class ExitCode(IntEnum):
    """The documented exit codes."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    SIGN_IN = 3
    QUOTA = 4
    NOT_FOUND = 5
    CONFLICT = 6
    PARTIAL = 7
    INTERRUPTED = 130


class CliError(Exception):
    """One sentence that says what went wrong and what to do."""

    exit_code = ExitCode.FAILURE


class UsageError(CliError):
    exit_code = ExitCode.USAGE


class SignInNeeded(CliError):
    exit_code = ExitCode.SIGN_IN


class Unreachable(CliError):
    pass


class Incomplete(CliError):
    """``exit_code`` says how much went wrong, and why."""

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.PARTIAL) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Detached(CliError):
    exit_code = ExitCode.INTERRUPTED


_ADVICE: Final[Mapping[str, str]] = {
    "QUOTA_EXCEEDED": "`gloss quota` shows what is left and when it is renewed.",
    "VERSION_CONFLICT": "Look at it again with `gloss images show`, then repeat the change.",
    "ALREADY_PROCESSING": "Wait until it is done, then try again.",
    "UNAUTHENTICATED": "Sign in with `gloss login`.",
    "RATE_LIMITED": "Try again later.",
    "BUSY": "Nothing was changed: try again.",
    "PROVIDER_UNAVAILABLE": "Try again later, or name another one with --provider.",
}

_GATEWAYS: Final[Mapping[int, str]] = {HTTPStatus.UNAUTHORIZED: "UNAUTHENTICATED"}
"""What the API would say where something before it answers."""

_BY_STATUS: Final[Mapping[int, ExitCode]] = {
    HTTPStatus.BAD_REQUEST: ExitCode.USAGE,
    HTTPStatus.UNAUTHORIZED: ExitCode.SIGN_IN,
    HTTPStatus.NOT_FOUND: ExitCode.NOT_FOUND,
    HTTPStatus.CONFLICT: ExitCode.CONFLICT,
}


class Refused(CliError):
    """``error`` is the API's: ``code``, ``message``, ``details``; empty where a gateway answered."""

    def __init__(self, status: int, error: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(error.get("code") or _GATEWAYS.get(status, f"HTTP_{status}"))
        self.details: Mapping[str, Any] = error.get("details") or {}
        self.exit_code = (
            ExitCode.QUOTA if self.code == "QUOTA_EXCEEDED" else _BY_STATUS.get(status, ExitCode.FAILURE)
        )
        super().__init__(self._sentence(str(error.get("message") or f"The service answered HTTP {status}.")))

    def _sentence(self, message: str) -> str:
        fields = "; ".join(
            f"{field.get('field')}: {field.get('message')}" for field in self.details.get("fields", ())
        )
        parts = [message, fields and f"({fields})", _ADVICE.get(self.code, "")]
        return " ".join(part for part in parts if part)
