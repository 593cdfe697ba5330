"""Step FindImages of bulk_regenerate: asks the query that a job's selection names."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.bulk.finding import Finder
from gloss.bulk.store import JobStore
from gloss.clock import utc_now
from gloss.config import SelectImagesSettings, load
from gloss.embed.registry import embedders
from gloss.observability import logger
from gloss.pipeline.assignment import EmbedderAssignment
from gloss.pipeline.opening import office_on_demand
from gloss.providers.model import ProviderChoice
from gloss.providers.stack import stack_access
from gloss.search.configured import configured_engine
from gloss.search.meaning import Meaning, WholeSearch

office = office_on_demand(lambda: load(SelectImagesSettings))


@cache
def finder() -> Finder:
    settings = load(SelectImagesSettings)
    engine = configured_engine(settings)
    registry = embedders(stack_access(settings), settings.embed_dimensions)
    choice = ProviderChoice(settings.embed_provider, settings.embed_model)
    assigned = EmbedderAssignment(registry, choice, office)
    meaning = Meaning(engine.vectors, engine.log, registry.get(choice), assigned.for_queries)
    search = WholeSearch(engine.corpora, meaning)
    return Finder(JobStore(aws.dynamodb(), settings.jobs_table), search, utc_now)


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    log = logger()
    log.clear_state()
    log.append_keys(request=context.aws_request_id, **{key: event[key] for key in ("user", "job", "epoch")})
    finder().find(event["user"], event["job"], event["epoch"])
    return {}
