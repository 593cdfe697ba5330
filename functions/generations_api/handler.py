"""Generations: create, start, watch, cancel, regenerate."""

from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from gloss.config import GenerationsApiSettings, load
from gloss.generate.configured import configured_generations
from gloss.generate.model import GenerationStatus
from gloss.generate.requests import BatchRequest, CreateRequest, GenerateRequest
from gloss.generate.views import (
    GenerationCancelled,
    GenerationCreated,
    GenerationPage,
    GenerationsCreated,
    GenerationStarted,
    GenerationView,
)
from gloss.web.app import Api, Envelope, Event
from gloss.web.idempotency import IdempotentApi
from gloss.web.pagination import decode, encode
from gloss.web.routing import Query

api = Api()
settings = cache(lambda: load(GenerationsApiSettings))
idempotent = cache(lambda: IdempotentApi(api, settings().idempotency_table))


generations = cache(lambda: configured_generations(settings()))


@api.post("/generation/create", summary="Create a generation", tags=["generation"], status_code=201)
def create(request: CreateRequest) -> Envelope[GenerationCreated]:
    return Envelope(data=generations().create(api.user, request))


@api.post(
    "/generation/batch", summary="Create generations, all or none", tags=["generation"], status_code=201
)
def create_batch(request: BatchRequest) -> Envelope[GenerationsCreated]:
    return Envelope(data=generations().create_batch(api.user, request.generations))


@api.post("/generate", summary="Start a generation", tags=["generation"], status_code=HTTPStatus.ACCEPTED)
def generate(request: GenerateRequest) -> Envelope[GenerationStarted]:
    return Envelope(data=generations().start(api.user, request.generation_id))


@api.get("/generations", summary="List generations, newest first", tags=["generation"])
def page(
    status: Annotated[GenerationStatus | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
) -> Envelope[GenerationPage]:
    found = generations().page(api.user, status=status, before=decode(cursor), limit=limit)
    return Envelope(data=found.model_copy(update={"next": encode(found.next)}))


@api.get("/generations/<generation_id>", summary="Show a generation", tags=["generation"])
def show(generation_id: str) -> Envelope[GenerationView]:
    return Envelope(data=generations().show(api.user, generation_id))


@api.post("/generations/<generation_id>/cancel", summary="Cancel a generation", tags=["generation"])
def cancel(generation_id: str) -> Envelope[GenerationCancelled]:
    return Envelope(data=generations().cancel(api.user, generation_id))


@api.post("/generations/<generation_id>/regenerate", summary="Again", tags=["generation"], status_code=201)
def regenerate(generation_id: str) -> Envelope[GenerationCreated]:
    return Envelope(data=generations().regenerate(api.user, generation_id))


def handle(event: Event, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    return idempotent().answer(event, context)
