"""The resolver that every API function has: one envelope, one error table, one way in."""

import json
import os
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, Generic, Literal, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from gloss.errors import (
    GlossError,
    NotFound,
    PayloadTooLarge,
    RateLimited,
    Unauthenticated,
    UnsupportedMediaType,
    ValidationFailed,
)
from gloss.observability import logger
from gloss.schema import ApiModel
from gloss.web import problems
from gloss.web.principal import Principal, principal_of

MAX_BODY_BYTES: Final = 128 * 1024

_JSON: Final = "application/json"
_WITH_BODY: Final = ("POST", "PUT", "PATCH")

Event = Mapping[str, Any]
Answer = dict[str, Any]
Data = TypeVar("Data")


class Envelope(ApiModel, Generic[Data]):
    """The form of every answer that is no error."""

    success: Literal[True] = True
    data: Data


class Api(APIGatewayRestResolver):
    """Powertools' resolver with validation, our envelope and our errors."""

    def __init__(self) -> None:
        super().__init__(
            enable_validation=True,
            cors=CORSConfig(
                allow_origin=_origin(),
                allow_headers=["authorization", "content-type", "idempotency-key"],
                expose_headers=["retry-after", "x-next-cursor"],
            ),
        )
        self.use(middlewares=[_only_known_parameters])
        self.exception_handler(GlossError)(_refuse)
        self.exception_handler(RequestValidationError)(_refuse_form)
        self.exception_handler(NotFoundError)(_refuse_route)
        self.exception_handler(Exception)(_own_fault)

    @property
    def principal(self) -> Principal:
        return principal_of(self.current_event.raw_event)

    @property
    def user(self) -> str:
        return self.principal.user

    @staticmethod
    def subject(event: Event) -> str | None:
        """The caller's id for logs and keys; ``None`` where nobody is signed in."""
        try:
            return principal_of(event).user
        except Unauthenticated:
            return None

    def answer(self, event: Event, context: Any) -> Answer:  # noqa: ANN401 - Lambda's own
        """Route one request; whatever it holds, the answer has our form."""
        log = logger()
        log.clear_state()
        log.append_keys(request=context.aws_request_id, user=self.subject(event))
        refused = _refused_body(event)
        answer = refusal(refused) if refused else self.resolve(dict(event), context)
        log.info(
            "request",
            extra={"method": event["httpMethod"], "route": event["resource"], "status": answer["statusCode"]},
        )
        return answer


def _only_known_parameters(api: APIGatewayRestResolver, route: NextMiddleware) -> Response[Any]:
    """A misspelt filter must not be taken for none: what the route does not know is refused by its name."""
    fields = api.context["_route"].dependant.query_params
    known = {name for field in fields for name in _parameters(field.alias, field.type_)}
    sent = api.current_event.resolved_query_string_parameters
    unknown = [
        {"field": name, "message": "There is no such parameter."} for name in sent if name not in known
    ]
    if unknown:
        raise ValidationFailed("The request is not valid.", fields=unknown)
    return route(api)


def _parameters(name: str, kind: object) -> Iterator[str]:
    """The names in the query string of a parameter, or of the fields of one that is a model."""
    if isinstance(kind, type) and issubclass(kind, ApiModel):
        yield from (field.alias or name for name, field in kind.model_fields.items())
    else:
        yield name


def _refused_body(event: Event) -> GlossError | None:
    """What is wrong with the body before anybody looks at its fields: every route takes JSON or nothing.

    Powertools breaks on other media types, on nesting deeper than the stack and on endless integers.
    """
    body = event.get("body") or ""
    if len(body.encode()) > MAX_BODY_BYTES:
        return PayloadTooLarge("The request body is over the limit.", limit=MAX_BODY_BYTES)
    if event["httpMethod"] in _WITH_BODY and not _is_json(event):
        return UnsupportedMediaType("The body has to be JSON.", accepted=[_JSON])
    try:
        json.loads(body or "null")
    except (ValueError, RecursionError):
        unreadable = {"field": "body", "message": "This is not JSON that can be read."}
        return ValidationFailed("The request is not valid.", fields=[unreadable])
    return None


def _is_json(event: Event) -> bool:
    """Whether the body says that it is JSON; one that says nothing is taken for it."""
    headers = event.get("headers") or {}
    said = next((value for name, value in headers.items() if name.lower() == "content-type"), "") or _JSON
    return said.partition(";")[0].strip().lower() == _JSON


def refusal(error: GlossError) -> Answer:
    """The answer to a request that is refused before it is routed."""
    response = _refuse(error)
    headers = {"Content-Type": "application/json", "Access-Control-Allow-Origin": _origin()}
    return {
        "statusCode": response.status_code,
        "headers": headers,
        "body": response.body,
        "isBase64Encoded": False,
    }


def _origin() -> str:
    return os.environ.get("CONSOLE_ORIGIN", "*")


def _json(
    status: HTTPStatus, body: Mapping[str, Any], headers: dict[str, str] | None = None
) -> Response[Any]:
    return Response(
        status_code=status,
        content_type="application/json",
        body=json.dumps(body),
        headers=dict(headers or {}),
    )


def _refuse(error: GlossError) -> Response[Any]:
    status = problems.status_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        logger().error("fault", exc_info=error)
    headers = {}
    if isinstance(error, RateLimited) or status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(error.details.get("retry_after", 1))
    return _json(status, problems.of_error(error), headers)


def _refuse_form(error: RequestValidationError) -> Response[Any]:
    return _json(HTTPStatus.BAD_REQUEST, problems.of_validation(error.errors()))


def _refuse_route(_error: NotFoundError) -> Response[Any]:
    return _refuse(NotFound("There is no such route."))


def _own_fault(error: Exception) -> Response[Any]:
    logger().error("fault", exc_info=error)
    return _json(
        HTTPStatus.INTERNAL_SERVER_ERROR, problems.problem("INTERNAL", "Something went wrong on our side.")
    )
