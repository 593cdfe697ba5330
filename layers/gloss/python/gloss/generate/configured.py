"""What several functions of generations put together from their settings."""

from gloss import aws
from gloss.config import GenerationQueueSettings
from gloss.generate.queues import GenerationQueues


def configured_queues(settings: GenerationQueueSettings) -> GenerationQueues:
    return GenerationQueues(
        aws.sqs(), interactive=settings.generation_queue, batch=settings.generation_batch_queue
    )
