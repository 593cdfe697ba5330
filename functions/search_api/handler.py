"""Search in a user's library: GET /search, /search/similar/{image_id}, /search/color."""

from functools import cache
from typing import Annotated, Any

from gloss import aws
from gloss.config import SearchApiSettings, load
from gloss.embed.registry import embedders
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
from gloss.pipeline.assignment import EmbedderAssignment
from gloss.pipeline.opening import office_on_demand
from gloss.providers.model import ProviderChoice
from gloss.providers.stack import stack_access
from gloss.search.background import ASKING_S, ReindexRequests
from gloss.search.configured import configured_engine
from gloss.search.questions import ColourQuestion, Question, TextQuestion
from gloss.search.service import Search
from gloss.search.views import HitPage
from gloss.web.app import Api, Envelope, Event
from gloss.web.pagination import decode, encode
from gloss.web.routing import Query

api = Api()


office = office_on_demand(lambda: load(SearchApiSettings))


@cache
def reindexing() -> ReindexRequests:
    return ReindexRequests(aws.functions(ASKING_S), load(SearchApiSettings).reindex_function)


@cache
def search() -> Search:
    settings = load(SearchApiSettings)
    engine = configured_engine(settings)
    registry = embedders(stack_access(settings), settings.embed_dimensions)
    choice = ProviderChoice(settings.embed_provider, settings.embed_model)
    return Search(
        images=ImageStore(aws.dynamodb(), settings.images_table),
        objects=ObjectStore(aws.s3(), originals=settings.originals_bucket, derived=settings.derived_bucket),
        corpora=engine.corpora,
        log=engine.log,
        vectors=engine.vectors,
        on_unembedded=lambda user: reindexing().ask(user),
        embedder=registry.get(choice),
        embedder_of=EmbedderAssignment(registry, choice, office).for_queries,
    )


def shown(page: HitPage) -> Envelope[HitPage]:
    return Envelope(data=page.model_copy(update={"next": encode(page.next)}))


@api.get("/search", summary="Search by words and meaning", tags=["search"])
def by_query(query: Annotated[TextQuestion, Query()]) -> Envelope[HitPage]:
    return shown(search().by_query(api.user, query.q, query.wanted(decode(query.cursor))))


@api.get("/search/similar/<image_id>", summary="Images like this one", tags=["search"])
def similar(image_id: str, query: Annotated[Question, Query()]) -> Envelope[HitPage]:
    return shown(search().similar(api.user, image_id, query.wanted(decode(query.cursor))))


@api.get("/search/color", summary="Images with this colour", tags=["search"])
def by_colour(query: Annotated[ColourQuestion, Query()]) -> Envelope[HitPage]:
    return shown(search().by_colour(api.user, query.near(), query.wanted(decode(query.cursor))))


def handle(event: Event, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    return api.answer(event, context)
