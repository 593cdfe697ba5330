"""How a generation ends: its record, its tokens and its place among those under way, in one transaction."""

from gloss.dynamodb import ConditionFailed, Write
from gloss.errors import AlreadyCommitted
from gloss.generate.model import Generation, GenerationStatus
from gloss.generate.store import GenerationStore
from gloss.quota.service import Ledger
from gloss.records import dataclass


@dataclass(frozen=True, slots=True)
class Ending:
    generations: GenerationStore
    ledger: Ledger

    def charge(self, before: Generation, after: Generation, *, actor: str) -> None:
        """Use ``after.charged`` tokens for good and give the rest back.

        Raises:
            ConditionFailed: somebody changed the record meanwhile; nothing was written.
            AlreadyReleased, ReservationExpired: the tokens went back before.
        """
        self.ledger.commit(
            before.user,
            before.reservation,
            actual=after.charged,
            actor=actor,
            reason="generation",
            also=self._writes(before, after),
        )

    def refund(self, before: Generation, after: Generation, *, actor: str, reason: str) -> None:
        """Give all tokens back. That they went back before does not hold ``after`` up.

        Raises:
            ConditionFailed: somebody changed the record meanwhile; nothing was written.
        """
        writes = self._writes(before, after)
        try:
            (settlement,) = self.ledger.release(
                before.user, [before.reservation], reason=reason, actor=actor, also=writes
            )
        except AlreadyCommitted as done:
            raise ConditionFailed({}) from done
        if not settlement.changed:
            self.generations.apply_all(writes)

    def _writes(self, before: Generation, after: Generation) -> list[Write]:
        record = self.generations.replace(before, after)
        if before.status is GenerationStatus.PROCESSING:
            return [record, self.generations.give_place(before)]
        return [record]
