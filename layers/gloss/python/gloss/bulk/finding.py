"""Asks a job's query once, and keeps what it finds as the list that the job works through.

The job changes what a search would find: texts that it writes move in the ranking. A list that stands keeps
it from meeting an image twice, or none, and a crash goes on at a number in it.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from gloss.bulk.conditions import Conditions
from gloss.bulk.model import Hits
from gloss.bulk.store import JobStore
from gloss.bulk.transitions import ESTIMATE_KEPT
from gloss.clock import Clock
from gloss.dynamodb import ConditionFailed
from gloss.ids import new_id
from gloss.images.model import epoch
from gloss.search.colours import DEFAULT_TOLERANCE, near_hex
from gloss.search.model import Filters

Search = Callable[[str, str, Filters], Sequence[str] | None]
"""All that a user's query finds, best first; ``None`` while the library is still being read in."""

LIST_KEPT: Final = timedelta(days=400)
"""How long a job can find what its query found: longer than anybody pauses one."""

_LOG: Final = logging.getLogger(__name__)


class Finder:
    def __init__(self, jobs: JobStore, search: Search, clock: Clock) -> None:
        self._jobs = jobs
        self._search = search
        self._clock = clock

    def find(self, user: str, job_id: str, job_epoch: int) -> None:
        """Give the job its list, if it lacks one and is still this execution's.

        May be repeated: each attempt writes a list of its own, and the record names the one that counts.
        """
        job = self._jobs.existing(user, job_id)
        if job.epoch != job_epoch or not job.searches:
            return
        ids = self._search(user, job.selection.query or "", filters(job.selection))
        if ids is None:
            return
        if job.selection.is_search_alone:
            ids = ids[: job.selection.end]
        hits, now = Hits(new_id(), len(ids)), self._clock()
        kept = epoch(now + (ESTIMATE_KEPT if job.options.dry_run else LIST_KEPT))
        for write in self._jobs.add_hits(job, hits.list, ids, expires_at=kept):
            self._jobs.apply(write)
        after = job.changed(now, hits=hits)
        # Refused where somebody paused or cancelled the job meanwhile: the next execution searches anew.
        with suppress(ConditionFailed):
            self._jobs.apply(self._jobs.replace(job, after))
        _LOG.info("query asked", extra={"user": user, "job": job_id, "found": len(ids)})


def filters(selection: Conditions) -> Filters:
    """What only the index knows how to look for; all other conditions are met on the way."""
    colour = selection.color and near_hex(selection.color, selection.tolerance or DEFAULT_TOLERANCE)
    return Filters(tags=tuple(selection.tags or ()), colour=colour or None)
