"""From a queue message to the end of one attempt."""

import logging

from gloss.clock import Clock, iso
from gloss.dynamodb import ConditionFailed
from gloss.generate.ending import Ending
from gloss.generate.model import Failure, Generation, claim, is_late
from gloss.generate.queues import GenerationQueues, target
from gloss.generate.settlement import give_up
from gloss.generate.store import GenerationStore
from gloss.ids import new_id
from gloss.log_scope import say
from gloss.pipeline.machine import ProcessMachine
from gloss.quota.service import Ledger
from gloss.records import dataclass

logger = logging.getLogger(__name__)

GENERATION_FAILED = "GenerationFailed"
"""Error of generate_images' Fail state: the failure is recorded and the tokens are given back."""


@dataclass(frozen=True, slots=True)
class Intake:
    generations: GenerationStore
    queues: GenerationQueues
    machine: ProcessMachine
    ledger: Ledger
    clock: Clock

    def take(self, body: str) -> str:
        """Work on the generation that the message is about; what became of it.

        Duplicates and late messages find nothing to claim and change nothing.

        Raises:
            UnreadableTarget: the message has an unknown form.
            MachineFault: an attempt broke; the lease runs out and the sweep takes over.
        """
        asked = target(body)
        say(user=asked.user, generation=asked.generation)
        waiting = self.generations.get(asked.user, asked.generation)
        claimed = claim(waiting, self.clock(), new_id()) if waiting else None
        if waiting is None or claimed is None:
            return "duplicate"
        try:
            if is_late(waiting, self.clock()):
                return expire(Ending(self.generations, self.ledger), waiting, self.clock)
            self.generations.apply(self.generations.replace(waiting, claimed))
        except ConditionFailed:
            return "duplicate"
        return self._run(claimed)

    def _run(self, generation: Generation) -> str:
        lease = generation.lease or ""
        verdict = self.machine.run(
            f"{generation.generation}-{generation.tries}-{lease[-12:]}",
            {"user": generation.user, "generation": generation.generation, "lease": lease},
        )
        kind = str(verdict["kind"])
        logger.info("attempt ended", extra={"verdict": kind})
        if kind == "put_back":
            self.queues.send(generation, delay_s=verdict["delay_s"])
        return kind


def expire(ending: Ending, generation: Generation, clock: Clock) -> str:
    """Its deadline has passed; raises ``ConditionFailed`` where somebody moved it on meanwhile."""
    late = Failure("DEADLINE_EXCEEDED", "The pictures were not made in time.", iso(clock()), retryable=True)
    give_up(ending, generation, late, clock)
    return "late"
