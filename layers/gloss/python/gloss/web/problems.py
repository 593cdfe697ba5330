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
    errors.SourceDisconnected: HTTPStatus.CONFLICT,
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


_SENTENCES: Final[Mapping[str, str]] = {
    "missing": "This is needed.",
    "extra_forbidden": "There is no such field.",
    "string_type": "A text is needed.",
    "string_sub_type": "A text is needed.",
    "string_too_short": "At least {min_length} characters are needed.",
    "string_too_long": "At most {max_length} characters are allowed.",
    "too_short": "At least {min_length} entries are needed.",
    "too_long": "At most {max_length} entries are allowed.",
    "int_type": "A whole number is needed.",
    "int_parsing": "A whole number is needed.",
    "int_parsing_size": "The number is too large.",
    "int_from_float": "A whole number is needed.",
    "float_type": "A number is needed.",
    "float_parsing": "A number is needed.",
    "finite_number": "A finite number is needed.",
    "bool_type": "true or false is needed.",
    "bool_parsing": "true or false is needed.",
    "greater_than": "This has to be greater than {gt}.",
    "greater_than_equal": "This has to be at least {ge}.",
    "less_than": "This has to be less than {lt}.",
    "less_than_equal": "This has to be at most {le}.",
    "literal_error": "This has to be {expected}.",
    "enum": "This has to be {expected}.",
    "list_type": "A list is needed.",
    "tuple_type": "A list is needed.",
    "dict_type": "An object is needed.",
    "model_type": "An object is needed.",
    "model_attributes_type": "An object is needed.",
    "timezone_aware": "The time zone is needed.",
}
"""By Pydantic's type of failure; the gaps are filled from its context."""

_UNKNOWN: Final = "This does not have the form that is needed."
_MOMENTS: Final = ("date", "time")


def of_validation(failures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The envelope of a request that has the wrong form: one message per field, never the value sent."""
    fields = [{"field": _path(failure["loc"]), "message": _sentence(failure)} for failure in failures]
    return problem(errors.ValidationFailed.code, "The request is not valid.", {"fields": fields})


def _sentence(failure: Mapping[str, Any]) -> str:
    kind, context = str(failure["type"]), failure.get("ctx") or {}
    if kind == "value_error":  # a rule of ours, in our words
        words = str(context["error"])
        return f"{words[:1].upper()}{words[1:]}."
    if kind not in _SENTENCES and kind.startswith(_MOMENTS):
        return "A date or time as ISO 8601 writes it is needed."
    if kind in {"string_too_short", "too_short"} and context["min_length"] == 1:
        return "This must not be empty."
    if kind in {"too_short", "too_long"} and isinstance(failure.get("input"), str):  # a secret is a text
        kind = f"string_{kind}"
    return _SENTENCES.get(kind, _UNKNOWN).format_map(context)


def _path(location: Sequence[object]) -> str:
    return ".".join(str(part) for part in location if part not in {"body", "query", "path"}) or "body"


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
