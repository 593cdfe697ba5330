"""Bring a user's part of the index in line with the records; `make reindex` asks for one user after another.

``before`` is where an earlier call stopped; ``rebuild`` has the packed library made anew; ``turns`` is how
often the function may call itself for the rest.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.config import ReindexSettings, load
from gloss.embed.registry import embedders
from gloss.images.store import ImageStore
from gloss.observability import logger
from gloss.pipeline.assignment import EmbedderAssignment
from gloss.pipeline.opening import office_on_demand
from gloss.providers.model import ProviderChoice
from gloss.providers.stack import stack_access
from gloss.search.background import ASKING_S, ReindexRequests
from gloss.search.manifest import Manifests, S3Objects
from gloss.search.reindexing import Reindexing
from gloss.search.store import ChangeLog, VectorStore

office = office_on_demand(lambda: load(ReindexSettings))


@cache
def reindexing() -> Reindexing:
    settings = load(ReindexSettings)
    registry = embedders(stack_access(settings), settings.embed_dimensions)
    choice = ProviderChoice(settings.embed_provider, settings.embed_model)
    return Reindexing(
        ImageStore(aws.dynamodb(), settings.images_table),
        VectorStore(settings.vectors_table),
        ChangeLog(aws.dynamodb(), settings.vectors_table),
        EmbedderAssignment(registry, choice, office).for_library,
        Manifests(aws.dynamodb(), settings.vectors_table, S3Objects(aws.s3(), settings.search_bucket)).forget,
    )


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    log = logger()
    log.clear_state()
    log.append_keys(request=context.aws_request_id, user=event["user"])
    report = reindexing().run(
        event["user"],
        lambda: context.get_remaining_time_in_millis() / 1000,
        event.get("before"),
        rebuild=event.get("rebuild", False),
    )
    goes_on = ReindexRequests(aws.functions(ASKING_S), context.function_name).go_on(event, report)
    log.info("reindexed", extra={**report.to_dict(), "goes_on": goes_on})
    return report.to_dict()
