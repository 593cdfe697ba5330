"""Generations as their owner asks for, starts, watches and cancels them."""

import logging
from collections.abc import Sequence
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from gloss.clock import Clock
from gloss.dynamodb import ConditionFailed
from gloss.errors import Busy, InvalidCursor, RateLimited
from gloss.generate.cancelling import Cancellations
from gloss.generate.drafting import Drafting
from gloss.generate.model import AT_ONCE, HOLD, Generation, GenerationStatus, start
from gloss.generate.pace import Pace
from gloss.generate.pictures import PictureStore
from gloss.generate.queues import GenerationQueues
from gloss.generate.requests import CreateRequest
from gloss.generate.store import GenerationStore
from gloss.generate.views import (
    GenerationCancelled,
    GenerationCreated,
    GenerationPage,
    GenerationsCreated,
    GenerationStarted,
    GenerationView,
)
from gloss.ids import is_id
from gloss.quota.service import Ledger
from gloss.records import dataclass

logger = logging.getLogger(__name__)

_NO_PLACE_S: Final = 15
"""When to come back where as many generations are processing as may be: one takes about so long."""


@dataclass(frozen=True, slots=True)
class Generations:
    generations: GenerationStore
    drafting: Drafting
    ledger: Ledger
    queues: GenerationQueues
    pictures: PictureStore
    pace: Pace
    clock: Clock

    def create(self, user: str, request: CreateRequest) -> GenerationCreated:
        """Reserve the tokens and write the record, in one transaction. Nothing is made yet.

        Raises:
            As :meth:`Drafting.draft`; RateLimited: too many in this minute.
            QuotaExceeded: fewer tokens are left than it may cost.
        """
        (generation,) = self._open(self.drafting.draft(user, [request], "interactive"))
        return GenerationCreated.of(generation)

    def create_batch(self, user: str, requests: Sequence[CreateRequest]) -> GenerationsCreated:
        """As :meth:`create` for all of them or none; they are worked on behind what is not of a batch."""
        opened = self._open(self.drafting.draft(user, requests, "batch"))
        return GenerationsCreated(
            generations=[GenerationCreated.of(generation) for generation in opened],
            estimated_cost=sum(generation.tokens for generation in opened),
        )

    def regenerate(self, user: str, generation_id: str) -> GenerationCreated:
        """A new generation from the same inputs under another seed; raises as :meth:`create`.

        Raises:
            GenerationNotFound: there is no such generation of this user.
        """
        (generation,) = self._open([self.drafting.again(self.generations.existing(user, generation_id))])
        return GenerationCreated.of(generation)

    def _open(self, drafts: Sequence[Generation]) -> Sequence[Generation]:
        user = drafts[0].user
        self.pace.admit(user, len(drafts))
        self.ledger.reserve(
            user,
            "tokens",
            [draft.reservation for draft in drafts],
            amount={draft.reservation: draft.tokens for draft in drafts},
            ttl=HOLD,
            actor=user,
            reason="generation",
            also=[self.generations.create(draft) for draft in drafts],
        )
        return drafts

    def start(self, user: str, generation_id: str) -> GenerationStarted:
        """Let the pictures be made, once, however often and however simultaneously it is asked for.

        Raises:
            GenerationNotFound: there is no such generation of this user.
            InvalidGenerationStatus: it has ended, and not in a failure that may pass.
            RateLimited: as many of the user's generations are processing as may be.
            QuotaExceeded: a failed one needs its tokens again, and there are fewer.
        """
        generation = self.generations.existing(user, generation_id)
        if generation.status is GenerationStatus.PROCESSING:
            return GenerationStarted.of(generation)
        after = start(generation, self.clock())
        try:
            self._move(generation, after)
        except ConditionFailed as refusal:
            return self._not_moved(generation, refusal)
        self._enqueue(after)
        return GenerationStarted.of(after)

    def _move(self, before: Generation, after: Generation) -> None:
        writes = [self.generations.replace(before, after), self.generations.take_place(after)]
        if before.run == after.run:
            self.generations.apply_all(writes)
            return
        self.ledger.reserve(
            after.user,
            "tokens",
            [after.reservation],
            amount=after.tokens,
            ttl=HOLD,
            actor=after.user,
            reason="generation again",
            also=writes,
        )

    def _not_moved(self, generation: Generation, refusal: ConditionFailed) -> GenerationStarted:
        """Somebody else was quicker, or there is no place."""
        now = self.generations.existing(generation.user, generation.generation)
        if now.status is GenerationStatus.PROCESSING:
            return GenerationStarted.of(now)
        if now.revision != generation.revision or 1 not in refusal.failures:
            start(now, self.clock())
            raise Busy from refusal
        most = AT_ONCE[generation.priority]
        raise RateLimited(
            f"{most} generations are processing, and no more may be at once.", retry_after=_NO_PLACE_S
        ) from refusal

    def _enqueue(self, generation: Generation) -> None:
        """What cannot be sent now waits until the sweep finds it due."""
        try:
            self.queues.send(generation)
        except (ClientError, BotoCoreError) as fault:
            logger.warning(
                "a generation is left to the sweep",
                extra={
                    "user": generation.user,
                    "generation": generation.generation,
                    "error": type(fault).__name__,
                },
            )

    def show(self, user: str, generation_id: str) -> GenerationView:
        """Raises ``GenerationNotFound`` where there is no such generation of this user."""
        return self._view(self.generations.existing(user, generation_id))

    def page(
        self, user: str, *, status: GenerationStatus | None, before: str | None, limit: int
    ) -> GenerationPage:
        """Newest first; raises ``InvalidCursor`` where ``before`` is the id of no generation."""
        if before is not None and not is_id(before):
            raise InvalidCursor
        found, place = self.generations.page(user, status=status, before=before, limit=limit)
        return GenerationPage(generations=[self._view(generation) for generation in found], next=place)

    def _view(self, generation: Generation) -> GenerationView:
        return GenerationView.of(generation, self.pictures.links(generation))

    def cancel(self, user: str, generation_id: str) -> GenerationCancelled:
        """Call it off while no provider is at work on it; may be repeated.

        Raises:
            GenerationNotFound: there is no such generation of this user.
            Busy: it kept moving; nothing was changed.
        """
        cancellations = Cancellations(self.generations, self.ledger, self.clock)
        generation, cancelled = cancellations.call_off(user, generation_id)
        if not cancelled:
            return _not_cancelled(generation)
        return GenerationCancelled(
            generation_id=generation_id, outcome="cancelled", status=generation.status, charged=False
        )


def _not_cancelled(generation: Generation) -> GenerationCancelled:
    is_open = generation.status is GenerationStatus.PROCESSING
    return GenerationCancelled(
        generation_id=generation.generation,
        outcome="too_late" if is_open else "already_done",
        status=generation.status,
        charged=None if is_open and generation.tokens else generation.charged > 0,
    )
