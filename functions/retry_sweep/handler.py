"""Runs on a schedule: picks up what nobody else finished."""

from functools import cache
from typing import Any

from gloss import aws
from gloss.bulk.machine import BulkMachine
from gloss.bulk.outcomes import JobOutcomes
from gloss.bulk.store import JobStore
from gloss.bulk.sweep import JobSweep
from gloss.clock import utc_now
from gloss.config import RetrySweepSettings, load
from gloss.due import broken_parts, faults, run_parts
from gloss.generate.queues import configured_queues
from gloss.generate.store import GenerationStore
from gloss.generate.sweep import GenerationSweep
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
from gloss.metering.configured import configured_books
from gloss.observability import logger, metrics
from gloss.pipeline.queues import WorkQueues
from gloss.pipeline.sweep import Sweep
from gloss.quota.configured import configured_ledger
from gloss.sources.queue import ImportQueue
from gloss.sources.store import ImportStore
from gloss.sources.sweep import ImportSweep

settings = cache(lambda: load(RetrySweepSettings))


@cache
def sweep() -> Sweep:
    outcomes = JobOutcomes(settings().jobs_table, utc_now)
    return Sweep(
        ImageStore(aws.dynamodb(), settings().images_table, outcomes=outcomes),
        ObjectStore(aws.s3(), originals=settings().originals_bucket, derived=settings().derived_bucket),
        WorkQueues(aws.sqs(), interactive=settings().interactive_queue, bulk=settings().bulk_queue),
        configured_ledger(aws.dynamodb(), settings()),
        utc_now,
        books=configured_books(aws.dynamodb(), settings()),
        imports=ImportQueue(aws.sqs(), settings().import_queue),
    )


@cache
def job_sweep() -> JobSweep:
    return JobSweep(
        JobStore(aws.dynamodb(), settings().jobs_table),
        BulkMachine(aws.stepfunctions(), settings().bulk_machine),
        configured_ledger(aws.dynamodb(), settings()),
        utc_now,
    )


@cache
def import_sweep() -> ImportSweep:
    imports = ImportStore(aws.dynamodb(), settings().imports_table)
    return ImportSweep(imports, ImportQueue(aws.sqs(), settings().import_queue), utc_now)


@cache
def generation_sweep() -> GenerationSweep:
    return GenerationSweep(
        GenerationStore(aws.dynamodb(), settings().generations_table),
        configured_queues(aws.sqs(), settings()),
        configured_ledger(aws.dynamodb(), settings()),
        utc_now,
    )


def handle(_event: object, context: Any) -> dict[str, int]:  # noqa: ANN401 - Lambda's own
    logger().append_keys(request=context.aws_request_id)
    done = run_parts(
        {
            "images and reservations": lambda: sweep().run(),
            "jobs": lambda: job_sweep().run(),
            "imports": lambda: import_sweep().run(),
            "generations": lambda: generation_sweep().run(),
        }
    )
    logger().info("sweep done", extra={"done": done})
    with metrics() as emitted:
        emitted.add_metric(name="SweepFaults", unit="Count", value=faults(done))
    if broken := broken_parts(done):
        raise RuntimeError(f"parts of the sweep did not run: {', '.join(broken)}")
    return done
