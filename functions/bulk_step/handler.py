"""Step WorkOnJob of bulk_regenerate."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss import aws
from gloss.bulk.candidates import Candidates
from gloss.bulk.configured import configured_estimator, configured_images
from gloss.bulk.feeding import Feeder
from gloss.bulk.steps import Worker
from gloss.bulk.stopping import Canceller
from gloss.bulk.store import JobStore
from gloss.bulk.undoing import Undoer
from gloss.clock import utc_now
from gloss.config import BulkStepSettings, load
from gloss.embed.local import LocalEmbedder
from gloss.images.holds import Holds
from gloss.images.model import Retention
from gloss.images.revisions import Revisions
from gloss.observability import logger
from gloss.pipeline.queues import WorkQueues
from gloss.quota.configured import configured_ledger
from gloss.search.store import VectorStore


@cache
def worker() -> Worker:
    settings = load(BulkStepSettings)
    retention = Retention(settings.versions_kept, settings.versions_kept_days)
    images = configured_images(aws.dynamodb(), settings, retention)
    jobs = JobStore(aws.dynamodb(), settings.jobs_table)
    ledger = configured_ledger(aws.dynamodb(), settings)
    queues = WorkQueues(aws.sqs(), interactive="", bulk=settings.bulk_queue)
    revisions = Revisions(images, VectorStore(settings.vectors_table), LocalEmbedder(), utc_now)
    return Worker(
        jobs=jobs,
        estimator=configured_estimator(aws.dynamodb(), settings),
        feeder=Feeder(
            jobs=jobs,
            images=images,
            candidates=Candidates(images, jobs),
            ledger=ledger,
            queues=queues,
            clock=utc_now,
        ),
        canceller=Canceller(images, Holds(images, ledger, utc_now)),
        undoer=Undoer(jobs=jobs, images=images, revisions=revisions, clock=utc_now),
        clock=utc_now,
    )


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    log = logger()
    log.clear_state()
    log.append_keys(request=context.aws_request_id, **{key: event[key] for key in ("user", "job", "epoch")})
    coming = worker().step(event["user"], event["job"], event["epoch"])
    log.info("step done", extra={"next": coming.next})
    return coming.to_dict()
