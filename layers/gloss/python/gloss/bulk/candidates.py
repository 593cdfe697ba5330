"""A selection turned into images, page by page; never more than one page is in memory."""

from collections.abc import Iterator, Sequence
from typing import Final

from gloss.bulk.conditions import SkipReason, skip_reason
from gloss.bulk.model import Job, JobStatus
from gloss.bulk.store import JobStore
from gloss.images.model import Image
from gloss.images.store import ImageStore
from gloss.records import dataclass

PAGE: Final = 100
"""Records that are read together; some 250 KB."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image that the walk has come to; ``image`` is ``None`` where there is none.

    ``place`` is where to go on behind it. ``meant``: the job is about it, and ``reason`` says why nothing
    will be done all the same. ``seen`` counts the matching images up to this one.
    """

    id: str
    image: Image | None
    place: str
    meant: bool = True
    seen: int = 0
    reason: SkipReason | None = None


class Candidates:
    def __init__(self, images: ImageStore, jobs: JobStore) -> None:
        self._images = images
        self._jobs = jobs

    def walk(self, job: Job, *, fresh: bool = False, page: int = PAGE) -> Iterator[Candidate]:
        """What is left of the job's selection, or of its failed items, from ``job.place`` on.

        Records may be a moment old; with ``fresh`` each is read again before it is judged. A library is read
        ``page`` records at a time.
        """
        if job.status is JobStatus.RETRYING:
            return self._failed(job)
        return self._limited(job, self._found(job, fresh=fresh, page=page))

    def _found(self, job: Job, *, fresh: bool, page: int) -> Iterator[tuple[str, Image | None, str]]:
        ids = job.selection.ids
        if ids is not None:
            places = range(int(job.place or 0), len(ids), PAGE)
            return self._listed(job, (ids[at : at + PAGE] for at in places))
        if job.hits is not None:
            return self._listed(job, self._jobs.hits(job, int(job.place or 0), PAGE))
        return self._library(job, fresh=fresh, page=page)

    def _limited(self, job: Job, found: Iterator[tuple[str, Image | None, str]]) -> Iterator[Candidate]:
        """With the selection's offset and limit, which count matching images."""
        selection, seen, work = job.selection, job.seen, job.work("")
        end = selection.end
        for image_id, image, place in found:
            if image is not None and not selection.matches(image):
                yield Candidate(image_id, image, place, meant=False, seen=seen)
                continue
            seen += 1
            meant = seen > selection.offset
            yield Candidate(image_id, image, place, meant, seen, skip_reason(image, work))
            if seen == end:
                return

    def _library(self, job: Job, *, fresh: bool, page: int) -> Iterator[tuple[str, Image | None, str]]:
        place = job.place
        while True:
            images, place = self._images.page(job.user, status=job.selection.status, before=place, limit=page)
            now = self._fresh(job, [image.image for image in images]) if fresh else {}
            for image in images:
                current = now.get(image.image) if fresh else image
                if current is not None:
                    yield image.image, current, image.image
            if place is None:
                return

    def _listed(self, job: Job, parts: Iterator[Sequence[str]]) -> Iterator[tuple[str, Image | None, str]]:
        """Images of a list that does not change; the place is a number in it."""
        number = int(job.place or 0)
        for part in parts:
            found = self._fresh(job, part)
            for image_id in part:
                number += 1
                yield image_id, found.get(image_id), str(number)

    def _failed(self, job: Job) -> Iterator[Candidate]:
        place, work = job.place, job.work("")
        while True:
            items, place = self._jobs.items(job.user, job.job, outcome="failed", after=place, limit=PAGE)
            found = self._fresh(job, [item.image for item in items])
            for item in items:
                image = found.get(item.image)
                yield Candidate(item.image, image, item.image, reason=skip_reason(image, work))
            if place is None:
                return

    def _fresh(self, job: Job, ids: Sequence[str]) -> dict[str, Image]:
        """These images as they stand at this moment, by id."""
        return {image.image: image for image in self._images.get_many(job.user, ids)}
