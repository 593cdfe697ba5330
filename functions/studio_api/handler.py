"""What stands around generations: templates, and pictures on their way into the library."""

from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import StudioApiSettings, load
from gloss.generate.configured import configured_generations
from gloss.generate.library import PictureLibrary
from gloss.generate.requests import MAX_COUNT, ApplyRequest, Configuration, TemplateName
from gloss.generate.templates import Templates
from gloss.generate.views import GenerationCreated, PictureAdded, TemplateList, TemplateRemoved, TemplateView
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
from gloss.settings.model import Offer
from gloss.settings.service import WorkTerms
from gloss.settings.store import SettingsStore
from gloss.web.app import Api, Envelope, Event
from gloss.web.idempotency import IdempotentApi
from gloss.web.routing import Path

api = Api()
settings = cache(lambda: load(StudioApiSettings))
idempotent = cache(lambda: IdempotentApi(api, settings().idempotency_table))
generations = cache(lambda: configured_generations(settings()))
templates = cache(lambda: Templates(generations().generations, generations()))

Name = Annotated[TemplateName, Path()]


@cache
def library() -> PictureLibrary:
    its, dynamodb = settings(), aws.dynamodb()
    return PictureLibrary(
        generations().generations,
        generations().pictures,
        ImageStore(dynamodb, its.images_table),
        ObjectStore(aws.s3(), originals=its.originals_bucket),
        generations().ledger,
        WorkTerms(SettingsStore(dynamodb, its.settings_table), Offer(its.describe_provider)),
        utc_now,
    )


@api.get("/generation/templates", summary="List templates", tags=["generation"])
def list_templates() -> Envelope[TemplateList]:
    return Envelope(data=templates().list(api.user))


@api.put("/generation/templates/<name>", summary="Save a template", tags=["generation"])
def save_template(name: Name, configuration: Configuration) -> Envelope[TemplateView]:
    return Envelope(data=templates().save(api.user, name, configuration))


@api.delete("/generation/templates/<name>", summary="Delete a template", tags=["generation"])
def remove_template(name: Name) -> Envelope[TemplateRemoved]:
    return Envelope(data=templates().remove(api.user, name))


@api.post(
    "/generation/templates/<name>/apply",
    summary="Create a generation from a template",
    tags=["generation"],
    status_code=HTTPStatus.CREATED,
)
def apply_template(name: Name, request: ApplyRequest) -> Envelope[GenerationCreated]:
    return Envelope(data=templates().apply(api.user, name, request))


@api.post(
    "/generations/<generation_id>/pictures/<number>/library",
    summary="Add a picture to the library",
    tags=["generation"],
    status_code=HTTPStatus.ACCEPTED,
)
def keep(generation_id: str, number: Annotated[int, Path(ge=1, le=MAX_COUNT)]) -> Envelope[PictureAdded]:
    return Envelope(data=library().add(api.user, generation_id, number))


def handle(event: Event, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    return idempotent().answer(event, context)
