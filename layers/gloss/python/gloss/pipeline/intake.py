"""From a queue message to a finished attempt."""

import logging
from typing import Any

from gloss.clock import Clock
from gloss.ids import new_id
from gloss.images.model import Image, Status
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
from gloss.log_scope import say
from gloss.pipeline.machine import ProcessMachine
from gloss.pipeline.model import Target, initial_state, targets
from gloss.pipeline.queues import WorkQueues

logger = logging.getLogger(__name__)


class Intake:
    def __init__(
        self,
        images: ImageStore,
        objects: ObjectStore,
        queues: WorkQueues,
        machine: ProcessMachine,
        clock: Clock,
    ) -> None:
        self._images = images
        self._objects = objects
        self._queues = queues
        self._machine = machine
        self._clock = clock

    def take(self, body: str) -> list[str]:
        """Work on every image that the message is about; what became of each, in order.

        Duplicates and late messages find nothing to claim and change nothing.

        Raises:
            UnreadableMessage: the message has an unknown form.
            MachineFault: an attempt broke; the lease runs out and the sweep takes over.
        """
        return [self._work_on(target) for target in targets(body)]

    def _work_on(self, target: Target) -> str:
        say(user=target.user, image=target.image)
        image = self._images.claim(target.user, target.image, lease=new_id(), now=self._clock())
        if image is None:
            return self._turn_away(target)
        say(job=image.work and image.work.job, attempt=image.attempt)
        verdict = self._machine.run(
            f"{image.image}-{image.attempt}-{(image.lease or '')[-12:]}", initial_state(image)
        )
        self._follow(image, verdict)
        return str(verdict["kind"])

    def _follow(self, image: Image, verdict: dict[str, Any]) -> None:
        logger.info("attempt ended", extra={"verdict": verdict["kind"]})
        if verdict["kind"] == "rate_limited" and image.work:
            self._queues.send(image.work.queue, image.user, image.image, delay_s=verdict["delay_s"])

    def _turn_away(self, target: Target) -> str:
        """Nothing to claim: a duplicate, or an object whose upload was cancelled before it came."""
        record = self._images.get(target.user, target.image) if target.arrived else None
        if target.arrived and (record is None or record.status is Status.CANCELLED):
            self._objects.delete_original(target.user, target.image)
            return "discarded"
        return "duplicate"
