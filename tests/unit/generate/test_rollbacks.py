"""Generations taken back by the reservation that holds their tokens."""

import pytest

from gloss.describe.model import Transient
from gloss.errors import AlreadyCommitted, AlreadyProcessing, GlossError, ReservationNotFound
from gloss.generate.cancelling import Cancellations, generation_of
from gloss.generate.model import GenerationStatus
from gloss.ids import new_id
from tests.fakes.generation import TOKENS, GenerationKit
from tests.fakes.product import USER


def roll_back(kit: GenerationKit, reservation: str, user: str = USER) -> None:
    Cancellations(kit.store, kit.product.ledger, kit.product.clock).roll_back(user, reservation)


@pytest.mark.parametrize("started", [False, True])
def test_what_waits_is_cancelled_and_its_tokens_are_free(kit: GenerationKit, started: bool) -> None:
    generation = kit.started() if started else kit.create()
    for _ in range(2):
        roll_back(kit, kit.record(generation).reservation)
    assert kit.record(generation).status is GenerationStatus.CANCELLED
    assert kit.left == TOKENS


def test_while_a_provider_is_at_work_it_is_too_late(kit: GenerationKit) -> None:
    generation = kit.started()
    refusals: list[GlossError] = []

    def too_late(*_: object) -> None:
        with pytest.raises(AlreadyProcessing) as refused:
            roll_back(kit, kit.record(generation).reservation)
        refusals.append(refused.value)

    kit.maker.script = too_late
    assert kit.deliver() == "completed"
    assert len(refusals) == 1
    with pytest.raises(AlreadyCommitted):
        roll_back(kit, kit.record(generation).reservation)
    assert kit.left < TOKENS


def test_an_earlier_run_is_not_the_one_that_is_under_way(kit: GenerationKit) -> None:
    generation = kit.started()
    kit.maker.always(Transient("DOWN", "The provider is down."))
    while kit.record(generation).status is GenerationStatus.PROCESSING:
        kit.deliver_all()
    first = kit.record(generation).reservation
    kit.start(generation)
    assert kit.record(generation).reservation != first
    roll_back(kit, first)
    assert kit.record(generation).status is GenerationStatus.PROCESSING
    assert kit.left < TOKENS


@pytest.mark.parametrize("user", [USER, "eve"])
def test_what_there_is_not(kit: GenerationKit, user: str) -> None:
    generation = kit.create()
    reservation = kit.record(generation).reservation if user == "eve" else f"generation-{new_id()}-0"
    with pytest.raises(ReservationNotFound):
        roll_back(kit, reservation, user)
    assert kit.record(generation).status is GenerationStatus.PENDING


def test_which_reservations_are_generations() -> None:
    number = new_id()
    assert generation_of(f"generation-{number}-2") == number
    assert [generation_of(it) for it in ("generation-", "generation-x-1", f"upload-{number}", "")] == [
        None
    ] * 4
