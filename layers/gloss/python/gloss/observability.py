"""Structured logs and metrics of the functions, through Powertools.

Library modules log with the standard library; :func:`logger` makes those records structured too. No line may
hold a token, a key, a presigned URL or a payload.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics

from gloss.log_scope import ScopeFilter

NAMESPACE: Final = "Gloss"
SERVICE: Final = "gloss"

_LOGGER: Final = Logger(service=SERVICE, serialize_stacktrace=False)
for _handler in _LOGGER.handlers:
    _handler.addFilter(ScopeFilter())


def logger() -> Logger:
    """The function's logger; the library's own records go the same way."""
    library = logging.getLogger("gloss")
    if not library.handlers:
        library.handlers = _LOGGER.handlers
        library.setLevel(_LOGGER.log_level)
        library.propagate = False
    return _LOGGER


@contextmanager
def metrics() -> Iterator[EphemeralMetrics]:
    """Metrics of one invocation, written as one EMF line at the end (where there are any)."""
    emitted = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
    emitted.add_dimension(name="stage", value=os.environ.get("STAGE", "local"))
    yield emitted
    if emitted.metric_set:
        emitted.flush_metrics()


Step = Callable[[Mapping[str, Any], Any], dict[str, Any]]


def step(function: Step) -> Step:
    """A task of process_image: every line it logs holds user, image, job, attempt, execution, request."""
    return _traced(
        function,
        lambda event: {
            "user": event["user"],
            "image": event["image"],
            "job": event["record"].get("work", {}).get("job"),
            "attempt": event["record"]["attempt"],
        },
    )


def generation_step(function: Step) -> Step:
    """A task of generate_images: every line it logs holds user, generation, lease, execution, request."""
    return _traced(function, lambda event: {key: event[key] for key in ("user", "generation", "lease")})


def _traced(function: Step, keys: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Step:
    @wraps(function)
    def wrapped(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
        log = logger()
        log.clear_state()
        log.append_keys(**keys(event), execution=event.get("execution"), request=context.aws_request_id)
        answer = function(event, context)
        log.info(
            "step done", extra={"function": context.function_name, "result": sorted(answer), **_told(answer)}
        )
        return answer

    return wrapped


def _told(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Kind and code of a failure or a verdict, never its text: that may quote the user's file."""
    told = answer.get("failure") or answer.get("verdict") or {}
    return {key: told[key] for key in ("kind", "code") if key in told}
