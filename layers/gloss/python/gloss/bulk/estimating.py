"""What a job would do, worked out piece by piece."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Final

from gloss.bulk.candidates import Candidates
from gloss.bulk.model import Estimate, Job
from gloss.bulk.rates import Rates
from gloss.bulk.transitions import with_estimate
from gloss.clock import Clock
from gloss.quota.service import Ledger
from gloss.records import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """How much of a library is looked at in one go: whichever bound comes first, but always one image."""

    images: int
    time: timedelta


AT_ONCE: Final = Look(2_000, timedelta(seconds=1))
"""By an API call, before it leaves the rest to the background."""

IN_BACKGROUND: Final = Look(10_000, timedelta(seconds=15))
"""By one step of the machine."""

PAGE: Final = 400
"""Records that are read together: as much as DynamoDB answers with at once, for every one of them counts."""


class Estimator:
    def __init__(self, candidates: Candidates, ledger: Ledger, rates: Rates, clock: Clock) -> None:
        self._candidates = candidates
        self._ledger = ledger
        self._rates = rates
        self._clock = clock

    def advance(self, job: Job, look: Look) -> Job:
        """The job with more of its images looked at; nothing is written."""
        until = self._clock() + look.time
        estimate, place, seen, ended = job.estimate, job.place, job.seen, True
        reasons: Counter[str] = Counter()
        for looked, candidate in enumerate(self._candidates.walk(job, page=min(PAGE, look.images)), 1):
            place, seen = candidate.place, candidate.seen
            if candidate.meant:
                reasons[candidate.reason or ""] += 1
            if looked == look.images or self._clock() >= until:
                ended = False
                break
        process = reasons.pop("", 0)
        estimate = replace(
            estimate,
            matched=estimate.matched + process + reasons.total(),
            process=estimate.process + process,
            skipped=dict(Counter(estimate.skipped) + reasons),
        )
        if ended:
            return with_estimate(job, self._clock(), self._valued(job, estimate))
        return job.changed(self._clock(), estimate=estimate, place=place, seen=seen)

    def _valued(self, job: Job, estimate: Estimate) -> Estimate:
        process = estimate.process
        if job.options.max_images is not None:
            process = min(process, job.options.max_images)
        price = self._rates.price(job.request)
        return replace(
            estimate,
            complete=True,
            credits=process * job.options.credits,
            available=self._ledger.remaining(job.user, "images"),
            usd=None if price is None else round(process * price, 6),
            seconds=self._rates.duration(job.request, process, job.options),
        )
