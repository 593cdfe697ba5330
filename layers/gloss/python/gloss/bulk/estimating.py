"""What a job would do, worked out piece by piece."""

from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import Final

from gloss.bulk.candidates import Candidates
from gloss.bulk.model import Estimate, Job
from gloss.bulk.rates import Rates
from gloss.bulk.transitions import with_estimate
from gloss.clock import Clock
from gloss.quota.service import Ledger

AT_ONCE: Final = 2_000
"""Images that an API call looks at before it leaves the rest to the background; about a second."""

IN_BACKGROUND: Final = 10_000
"""Images that one step of the machine looks at."""


class Estimator:
    def __init__(self, candidates: Candidates, ledger: Ledger, rates: Rates, clock: Clock) -> None:
        self._candidates = candidates
        self._ledger = ledger
        self._rates = rates
        self._clock = clock

    def advance(self, job: Job, most: int) -> Job:
        """The job with up to ``most`` more images looked at; nothing is written."""
        estimate, place, seen, looked = job.estimate, job.place, job.seen, 0
        reasons: Counter[str] = Counter()
        for candidate in islice(self._candidates.walk(job), most):
            looked, place, seen = looked + 1, candidate.place, candidate.seen
            if candidate.meant:
                reasons[candidate.reason or ""] += 1
        process = reasons.pop("", 0)
        estimate = replace(
            estimate,
            matched=estimate.matched + process + reasons.total(),
            process=estimate.process + process,
            skipped=dict(Counter(estimate.skipped) + reasons),
        )
        if looked < most:
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
