"""Idempotency keys: the same request twice is done once and answered twice.

Powertools keeps the answer for a day under user, route and key, and compares the body. Only successes are
kept: a refusal changed nothing, so the same key may try again.
"""

from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
    IdempotencyValidationError,
)

from gloss import aws
from gloss.errors import GlossError, IdempotencyConflict, IdempotencyInProgress, ValidationFailed
from gloss.web.app import Answer, Api, Event, refusal

KEPT_SECONDS: Final = 24 * 3600 + 600
_MAX_KEY: Final = 255
_HEADER: Final = "idempotency-key"


_POWERTOOLS: Final = (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
    IdempotencyValidationError,
)


class _NotKept(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__("the answer is a refusal")
        self.answer = answer


class IdempotentApi:
    """Answers requests of ``api`` through the table wherever a POST carries an ``Idempotency-Key``."""

    def __init__(self, api: Api, table: str) -> None:
        self._api = api
        self._store = DynamoDBPersistenceLayer(table_name=table, boto3_client=aws.dynamodb())

    def answer(self, event: Event, context: Any) -> Answer:  # noqa: ANN401 - Lambda's own
        key = _key(event)
        if event["httpMethod"] != "POST" or key is None:
            return self._api.answer(event, context)
        try:
            return self._once(event, context, key)
        except _NotKept as refused:
            return refused.answer
        except GlossError as error:
            return refusal(error)
        except _POWERTOOLS as error:
            return refusal(_meaning(error))

    def _once(self, event: Event, context: Any, key: str) -> Answer:  # noqa: ANN401
        if not 0 < len(key) <= _MAX_KEY:
            raise ValidationFailed(
                "The request is not valid.",
                fields=[{"field": "Idempotency-Key", "message": f"1 to {_MAX_KEY} characters are needed"}],
            )

        def work(*, request: dict[str, Any]) -> Answer:  # noqa: ARG001 - Powertools reads it
            answer = self._api.answer(event, context)
            if answer["statusCode"] >= HTTPStatus.BAD_REQUEST:
                raise _NotKept(answer)
            return answer

        config = IdempotencyConfig(
            event_key_jmespath="[user, route, key]",
            payload_validation_jmespath="body",
            expires_after_seconds=KEPT_SECONDS,
            raise_on_no_idempotency_key=True,
            hash_function="sha256",
            lambda_context=context,
        )
        once = idempotent_function(
            work, data_keyword_argument="request", persistence_store=self._store, config=config
        )
        kept: Answer = once(
            request={
                "user": self._api.subject(event),
                "route": f"{event['httpMethod']} {event['path']}",
                "key": key,
                "body": event.get("body") or "",
            }
        )
        return kept


def _meaning(error: Exception) -> GlossError:
    """Whatever else Powertools reports is a fault of the table, and ours."""
    kinds: dict[type[Exception], type[GlossError]] = {
        IdempotencyValidationError: IdempotencyConflict,
        IdempotencyAlreadyInProgressError: IdempotencyInProgress,
    }
    meaning = kinds.get(type(error), GlossError)()
    meaning.__cause__ = error
    return meaning


def _key(event: Event) -> str | None:
    headers = event.get("headers") or {}
    return next((value for name, value in headers.items() if name.lower() == _HEADER), None)
