"""How an attempt ends: completed and charged, put back into its queue, or given up, all tokens returned."""

from datetime import timedelta
from typing import Any, Final

from gloss.clock import Clock, iso
from gloss.delays import queue_delay, spread
from gloss.dynamodb import ConditionFailed
from gloss.errors import AlreadyReleased, ReservationExpired
from gloss.generate.ending import Ending
from gloss.generate.model import (
    MAX_ATTEMPTS,
    Failure,
    Generation,
    GenerationStatus,
    Picture,
    is_late,
    put_back,
)
from gloss.generate.steps import State, held
from gloss.generate.store import GenerationStore
from gloss.pipeline.model import failure, verdict
from gloss.quota.service import Ledger
from gloss.records import dataclass

ACTOR: Final = "generation"
RETRY_DELAY: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Settlement:
    generations: GenerationStore
    ledger: Ledger
    clock: Clock

    def settle(self, state: State) -> dict[str, Any]:
        """:meth:`fail` where the state holds a failure, :meth:`finish` where it does not."""
        return self.fail(state) if "failure" in state else self.finish(state)

    def finish(self, state: State) -> dict[str, Any]:
        """Publish the pictures and charge what they took, in one transaction; the rest goes back."""
        generation = held(self.generations, state)
        now = self.clock()
        pictures = tuple(Picture(**picture) for picture in state["pictures"])
        taken = sum(state["made"][str(picture.number)] for picture in pictures)
        after = generation.ended(
            now,
            GenerationStatus.COMPLETED,
            pictures=pictures,
            charged=min(taken, generation.tokens),
            failure=_short(state, iso(now), len(pictures) < generation.order.count),
        )
        try:
            Ending(self.generations, self.ledger).charge(generation, after, actor=ACTOR)
        except (AlreadyReleased, ReservationExpired):
            return failure("permanent", "RESERVATION_RELEASED", "The tokens were given back before the end.")
        except ConditionFailed:
            return verdict("superseded")
        return verdict("completed", pictures=len(pictures), charged=after.charged)

    def fail(self, state: State) -> dict[str, Any]:
        """Put it back after a rate limit or what may pass, while there are attempts and time; or give up.

        A wait that is longer than a queue can hold a message ends when the queue's does.
        """
        generation = held(self.generations, state)
        cause = state["failure"]
        free = cause["kind"] == "rate_limited"
        delay = timedelta(seconds=spread(cause["retry_after_s"])) if free else RETRY_DELAY
        again = free or (cause["kind"] == "transient" and generation.attempt < MAX_ATTEMPTS)
        try:
            if again and not is_late(generation, self.clock() + delay):
                return self._put_back(generation, state, delay, free=free)
            return give_up(
                Ending(self.generations, self.ledger),
                generation,
                Failure(
                    cause["code"],
                    cause["message"],
                    at=iso(self.clock()),
                    retryable=cause["kind"] != "permanent",
                ),
                self.clock,
            )
        except ConditionFailed:
            return verdict("superseded")

    def _put_back(
        self, generation: Generation, state: State, delay: timedelta, *, free: bool
    ) -> dict[str, Any]:
        now, cause, delay_s = self.clock(), state["failure"], queue_delay(delay.total_seconds())
        reason = None if free else Failure(cause["code"], cause["message"], at=iso(now), retryable=True)
        # Only the step that makes pictures knows that there are none; where it broke off there may be some.
        unmade = state.get("made") == {}
        waiting = timedelta(seconds=delay_s)
        after = put_back(generation, now, waiting, free=free, unmade=unmade, failure=reason)
        self.generations.apply(self.generations.replace(generation, after))
        return verdict("put_back", code=cause["code"], delay_s=delay_s)


def give_up(ending: Ending, generation: Generation, failure_: Failure, clock: Clock) -> dict[str, Any]:
    """Fail it and give all tokens back; raises ``ConditionFailed`` where somebody moved it on meanwhile."""
    after = generation.ended(clock(), GenerationStatus.FAILED, failure=failure_)
    ending.refund(generation, after, actor=ACTOR, reason=failure_.code)
    return verdict("failed", code=failure_.code, message=failure_.message)


def _short(state: State, at: str, is_short: bool) -> Failure | None:
    """Why there are fewer pictures than were asked for."""
    if not is_short:
        return None
    cause = state.get("short") or {
        "code": "INVALID_ANSWER",
        "message": "The AI provider gave an answer of another form than asked for.",
    }
    return Failure(cause["code"], cause["message"], at=at)
