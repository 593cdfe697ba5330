"""Takes a job's changes back, image by image, but for those that somebody has changed since."""

from contextlib import suppress
from datetime import timedelta
from typing import Final

from gloss.bulk.model import Item, Job, JobStatus
from gloss.bulk.store import JobStore
from gloss.clock import Clock
from gloss.describe.model import Metadata
from gloss.dynamodb import ConditionFailed
from gloss.errors import VersionConflict
from gloss.images.model import Image
from gloss.images.revisions import Revision, Revisions
from gloss.images.store import ImageStore

PAGE: Final = 50

UNDOING: Final = timedelta(seconds=15)
"""How long one step undoes; the page at hand ends all the same."""


class Undoer:
    def __init__(self, *, jobs: JobStore, images: ImageStore, revisions: Revisions, clock: Clock) -> None:
        self._jobs = jobs
        self._images = images
        self._revisions = revisions
        self._clock = clock

    def advance(self, job: Job) -> Job:
        """Take back what one step has time for; what was taken back before stays as it is.

        Raises:
            ConditionFailed: somebody changed the job.
        """
        until = self._clock() + UNDOING
        while job.status is JobStatus.UNDOING and self._clock() < until:
            job = self._next_page(job)
        return job

    def _next_page(self, job: Job) -> Job:
        items, place = self._jobs.items(job.user, job.job, outcome="done", after=job.place, limit=PAGE)
        open_ = {item.image: item for item in items if item.undo is None}
        found = {image.image: image for image in self._images.get_many(job.user, [*open_])}
        for item in open_.values():
            self._undo(job, item, found.get(item.image))
        status = JobStatus.UNDOING if place else JobStatus.UNDONE
        after = job.changed(self._clock(), place=place, status=status)
        self._jobs.apply(self._jobs.replace(job, after))
        return after

    def _undo(self, job: Job, item: Item, image: Image | None) -> None:
        if image is None:
            self._keep(job, item, "image_deleted")
        elif image.version != item.after:
            self._keep(job, item, "changed_since")
        elif (revision := self._revision(job, item)) is None:
            self._keep(job, item, "version_expired")
        else:
            self._restore(job, item, image, revision)

    def _restore(self, job: Job, item: Item, image: Image, revision: Revision) -> None:
        try:
            self._revisions.write(image, revision, also=self._jobs.set_undo(job, item.image, "undone"))
        except VersionConflict:
            self._keep(job, item, "changed_since")

    def _keep(self, job: Job, item: Item, reason: str) -> None:
        # Refused where another execution has dealt with the item.
        with suppress(ConditionFailed):
            self._jobs.apply_all(self._jobs.set_undo(job, item.image, reason))

    def _revision(self, job: Job, item: Item) -> Revision | None:
        """The text before the job; ``None`` where it is not kept any more."""
        before = item.before or 0
        version = self._images.version(job.user, item.image, before) if before else None
        if before and version is None:
            return None
        return Revision(
            metadata=version.metadata if version else Metadata(),
            provenance=version.provenance if version else {},
            cause="restore",
            actor=job.user,
            details={"job": job.job, "restored": before},
        )
