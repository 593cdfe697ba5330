"""Finds generations that nobody moves on.

pending     nobody started it for an hour
processing  its message got lost, or its worker died and the lease ran out
"""

from typing import Final

from gloss.clock import Clock, iso
from gloss.due import SETTLED_MEANWHILE, Walk
from gloss.generate.ending import Ending
from gloss.generate.intake import expire
from gloss.generate.model import (
    MAX_ATTEMPTS,
    Failure,
    Generation,
    GenerationStatus,
    epoch,
    is_late,
    put_back,
)
from gloss.generate.queues import GenerationQueues
from gloss.generate.settlement import RETRY_DELAY, give_up
from gloss.generate.store import GenerationStore
from gloss.quota.service import Ledger
from gloss.records import dataclass

ACTOR: Final = "sweep"
PAGE: Final = 100
"""Generations of one shard that one sweep looks at; the rest is the next one's."""


@dataclass(frozen=True, slots=True)
class GenerationSweep:
    generations: GenerationStore
    queues: GenerationQueues
    ledger: Ledger
    clock: Clock

    def run(self) -> dict[str, int]:
        """Do all that is due now; how often each thing was done."""
        done = Walk(self.generations.due, "generation", PAGE, self.clock).run(self._look_at)
        return {f"generation {what}": count for what, count in done.items()}

    def _look_at(self, user: str, generation_id: str) -> str:
        generation = self.generations.get(user, generation_id)
        if generation is None or generation.due_at is None or generation.due_at > epoch(self.clock()):
            return SETTLED_MEANWHILE
        if generation.status is GenerationStatus.PENDING:
            return self._forget(generation)
        return self._revive(generation)

    def _forget(self, generation: Generation) -> str:
        now = self.clock()
        expired = Failure("EXPIRED", "The generation was not started within an hour.", at=iso(now))
        after = generation.ended(now, GenerationStatus.CANCELLED, failure=expired)
        self._ending.refund(generation, after, actor=ACTOR, reason="GENERATION_EXPIRED")
        return "expired"

    def _revive(self, generation: Generation) -> str:
        """Into its queue once more; the record moves first, so that a lost message is due again."""
        now = self.clock()
        if is_late(generation, now):
            return expire(self._ending, generation, self.clock)
        if generation.attempt >= MAX_ATTEMPTS and generation.lease:
            died = Failure("WORKER_DIED", "The work broke off without an answer.", iso(now), retryable=True)
            give_up(self._ending, generation, died, self.clock)
            return "failed"
        after = put_back(generation, now, RETRY_DELAY, free=False, unmade=False, failure=generation.failure)
        self.generations.apply(self.generations.replace(generation, after))
        self.queues.send(after)
        return "queued"

    @property
    def _ending(self) -> Ending:
        return Ending(self.generations, self.ledger)
