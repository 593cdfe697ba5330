"""Calls a job's work off, image by image."""

from typing import Final

from gloss.bulk.model import Job
from gloss.errors import Conflict
from gloss.images.holds import Holds
from gloss.images.model import Status
from gloss.images.store import ImageStore

REASON: Final = "JOB_CANCELLED"

AT_ONCE: Final = 100
"""Images of one status that a step calls off."""


class Canceller:
    def __init__(self, images: ImageStore, holds: Holds) -> None:
        self._images = images
        self._holds = holds

    def call_off(self, job: Job) -> None:
        """End the job's work that no worker holds; its credits go back. What is held is left to its worker.

        To be repeated until nothing is in flight: a worker may put an image back into the queue.
        """
        for status in (Status.QUEUED, Status.RETRYING):
            for image_id in self._waiting(job, status):
                # The index may be a moment old; what counts is the record.
                image = self._images.get(job.user, image_id)
                if image and image.work and image.work.job == job.job:
                    try:
                        self._holds.call_off(image, reason=REASON)
                    except Conflict:
                        continue

    def _waiting(self, job: Job, status: Status) -> list[str]:
        found: list[str] = []
        place: str | None = None
        while len(found) < AT_ONCE:
            images, place = self._images.page(job.user, status=status, before=place, limit=AT_ONCE)
            found += [image.image for image in images if image.work and image.work.job == job.job]
            if place is None:
                break
        return found
