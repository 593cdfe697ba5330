"""Calling a generation off while no provider is at work on it."""

from typing import Final

from gloss.clock import Clock, iso
from gloss.dynamodb import ConditionFailed
from gloss.errors import AlreadyProcessing, Busy
from gloss.generate.ending import Ending
from gloss.generate.model import (
    RESERVATION,
    Failure,
    Generation,
    GenerationStatus,
)
from gloss.generate.store import GenerationStore
from gloss.ids import ID_LENGTH, is_id
from gloss.quota.service import Ledger
from gloss.records import dataclass

_ATTEMPTS: Final = 5
"""Tries to cancel a generation that workers move on meanwhile; it moves only so often."""

_OPEN: Final = (GenerationStatus.PENDING, GenerationStatus.PROCESSING)


def generation_of(reservation: str) -> str | None:
    """The generation that a reservation pays for; ``None`` where it pays for something else."""
    generation = reservation.removeprefix(RESERVATION)[:ID_LENGTH]
    return generation if reservation.startswith(RESERVATION) and is_id(generation) else None


@dataclass(frozen=True, slots=True)
class Cancellations:
    generations: GenerationStore
    ledger: Ledger
    clock: Clock

    def call_off(self, user: str, generation_id: str, *, run: str | None = None) -> tuple[Generation, bool]:
        """The generation as it stands then, and whether this call cancelled it; ``run`` is the reservation of
        the only run that is meant.

        Raises:
            GenerationNotFound: there is no such generation of this user.
            Busy: it kept moving; nothing was changed.
        """
        for _ in range(_ATTEMPTS):
            generation = self.generations.existing(user, generation_id)
            if not _can_be_cancelled(generation) or run not in {None, generation.reservation}:
                return generation, False
            try:
                return self._cancel(generation), True
            except ConditionFailed:
                continue
        raise Busy

    def _cancel(self, generation: Generation) -> Generation:
        now = self.clock()
        failure = Failure("CANCELLED", "The generation was cancelled by its owner.", at=iso(now))
        after = generation.ended(now, GenerationStatus.CANCELLED, failure=failure)
        Ending(self.generations, self.ledger).refund(
            generation, after, actor=generation.user, reason="GENERATION_CANCELLED"
        )
        return after

    def roll_back(self, user: str, reservation: str) -> None:
        """Call off the run that a reservation pays for. Repeating it is harmless.

        Raises:
            ReservationNotFound: the caller has no such reservation.
            AlreadyProcessing: a provider is at work; what it makes is kept and charged.
            AlreadyCommitted: it was made and charged.
        """
        generation_id = generation_of(reservation) or ""
        if self.generations.get(user, generation_id):
            generation, cancelled = self.call_off(user, generation_id, run=reservation)
            is_at_work = not cancelled and generation.status in _OPEN
            if is_at_work and generation.reservation == reservation:
                raise AlreadyProcessing("A provider is at work on this generation.")
        # No change where it was called off just now; else it says what became of the tokens.
        self.ledger.release(user, [reservation], reason="ROLLED_BACK", actor=user)


def _can_be_cancelled(generation: Generation) -> bool:
    return generation.status in _OPEN and not generation.begun
