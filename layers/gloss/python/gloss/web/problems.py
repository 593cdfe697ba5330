"""The one table from domain errors to HTTP statuses."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from gloss import errors

STATUS: Final[Mapping[type[errors.GlossError], HTTPStatus]] = {
    errors.ValidationFailed: HTTPStatus.BAD_REQUEST,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Unauthorized: HTTPStatus.FORBIDDEN,
    errors.QuotaExceeded: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.PayloadTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.ImageRejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    errors.ProviderUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.SourceUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.SourceRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ConfigurationError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""A class stands for its subclasses too; a test proves that every class of the tree is covered."""


def status_of(error: errors.GlossError) -> HTTPStatus:
    """The status of the nearest class in the table."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem(code: str, message: str, details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The failure envelope."""
    return {"success": False, "error": {"code": code, "message": message, "details": dict(details or {})}}


def of_error(error: errors.GlossError) -> dict[str, Any]:
    """The envelope of a domain error; a fault of the deployment keeps its text to the log."""
    if status_of(error) == HTTPStatus.INTERNAL_SERVER_ERROR:
        return problem("INTERNAL", "Something went wrong on our side.")
    return problem(error.code, error.message, {_camel(name): value for name, value in error.details.items()})


def of_validation(failures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The envelope of a request that has the wrong form: one message per field, never the value sent."""
    fields = [{"field": _path(failure["loc"]), "message": failure["msg"]} for failure in failures]
    return problem(errors.ValidationFailed.code, "The request is not valid.", {"fields": fields})


def _path(location: Sequence[object]) -> str:
    return ".".join(str(part) for part in location if part not in {"body", "query", "path"}) or "body"


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
