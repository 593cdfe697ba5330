"""A reservation whose time is over is reserved anew: no credit is lost on the way, none is taken twice."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gloss import dynamodb
from gloss.dynamodb import ConditionFailed
from gloss.errors import AlreadyCommitted, AlreadyReleased, QuotaExceeded, ReservationNotFound
from gloss.quota.model import Reservation, Share, first_of, renewal_of
from tests.fakes.dynamodb import Crash, Fault, conflict
from tests.fakes.ledger import HOUR, TABLE, LedgerKit


def renew(kit: LedgerKit, name: str = "a", **more: Any) -> Reservation:
    return kit.ledger.renew("ann", name, ttl=HOUR, actor="pipeline", reason="renewed", **more)


def run_out(kit: LedgerKit, *, amount: int = 1, swept: bool = False) -> None:
    kit.reserve("a", amount=amount, ttl=HOUR)
    kit.clock.forward(HOUR)
    if swept:
        kit.ledger.expire_due(limit=9)


@pytest.mark.parametrize("swept", [False, True])
def test_an_accounts_last_credit_is_enough(kit: LedgerKit, swept: bool) -> None:
    run_out(kit, amount=10, swept=swept)
    renewed = renew(kit)
    assert (renewed.id, renewed.amount, renewed.status) == ("a~1", 10, "held")
    assert kit.standing("a").status == "expired"
    assert (kit.quota().held, kit.quota().remaining) == (10, 0)
    kit.commit("a~1")
    assert (kit.quota().used, kit.quota().remaining) == (10, 0)
    assert kit.drifts() == []


def test_both_transitions_are_one_transaction_with_two_journal_entries(kit: LedgerKit) -> None:
    run_out(kit)
    kit.fake.calls.clear()
    renew(kit)
    assert kit.fake.calls["transact_write_items"] == 1
    reserved, expired = kit.ledger.journal("ann", limit=2).entries
    assert (expired.type, expired.reservations, expired.delta) == ("expire", ("a",), 1)
    assert (reserved.type, reserved.reservations, reserved.delta) == ("reserve", ("a~1",), -1)
    assert (expired.actor, reserved.reason) == ("pipeline", "renewed")


def test_a_renewal_is_made_once_and_renewed_in_turn(kit: LedgerKit) -> None:
    run_out(kit)
    first = renew(kit)
    assert renew(kit) == first
    kit.clock.forward(HOUR)
    assert renew(kit).id == "a~1"
    assert renew(kit, "a~1").id == "a~2"
    assert (kit.quota().held, kit.quota().remaining) == (1, 9)
    assert kit.drifts() == []


def test_a_renewal_that_stands_writes_nothing_of_the_caller(kit: LedgerKit) -> None:
    run_out(kit)
    renew(kit)
    refused = dynamodb.put(TABLE, {"account": "x", "entry": "i"}, condition="attribute_exists(entry)")
    assert renew(kit, also=[refused]).id == "a~1"


def test_what_the_caller_refuses_renews_nothing(kit: LedgerKit) -> None:
    run_out(kit)
    refused = dynamodb.put(TABLE, {"account": "x", "entry": "i"}, condition="attribute_exists(entry)")
    with pytest.raises(ConditionFailed) as refusal:
        renew(kit, also=[refused])
    assert refusal.value.failures == {0: None}
    assert kit.standing("a").status == "held"
    assert kit.drifts() == []


def test_credits_of_a_month_that_is_over_stay_there(kit: LedgerKit) -> None:
    kit.clock.now = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    run_out(kit, amount=4)
    renewed = renew(kit)
    assert (renewed.period, renewed.allocation) == ("2026-12", (Share(amount=4),))
    assert (kit.quota().held, kit.quota().remaining) == (4, 6)
    periods = [(entry.type, entry.period) for entry in kit.ledger.journal("ann", limit=3).entries]
    assert periods == [("reserve", "2026-12"), ("open_period", "2026-12"), ("expire", "2026-11")]
    assert kit.drifts() == []


def test_a_grant_is_taken_again_across_the_month(kit: LedgerKit) -> None:
    """The grants of a meter are one row, whichever month takes from them."""
    kit.grant("gift", 3)
    kit.clock.now = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    run_out(kit, amount=12)
    assert renew(kit).allocation == (Share(amount=10), Share(grant="gift", amount=2))
    assert (kit.quota().bonus, kit.quota().remaining) == (1, 1)
    assert kit.drifts() == []


@pytest.mark.parametrize("swept", [False, True])
def test_without_credits_nothing_changes(kit: LedgerKit, swept: bool) -> None:
    """What it held came from a grant that has expired since."""
    kit.grant("gift", 2, expires_in=HOUR)
    kit.reserve("a", amount=2, ttl=HOUR)
    kit.reserve("rest", amount=9, ttl=9 * HOUR)
    kit.clock.forward(HOUR)
    if swept:
        kit.ledger.expire_due(limit=9)
    with pytest.raises(QuotaExceeded) as refused:
        renew(kit)
    assert (refused.value.details["requested"], refused.value.details["remaining"]) == (2, 1)
    assert kit.standing("a").status == ("expired" if swept else "held")
    assert kit.drifts() == []


def test_a_key_of_ones_own_stays_free(kit: LedgerKit) -> None:
    kit.reserve("all", amount=10, ttl=9 * HOUR)
    kit.reserve("a", byok=True, ttl=HOUR)
    kit.clock.forward(HOUR)
    assert renew(kit).amount == 0
    assert kit.drifts() == []


def test_what_is_not_over_is_answered_or_refused(kit: LedgerKit) -> None:
    kit.reserve("open", "done", "back")
    kit.commit("done")
    kit.release("back")
    assert renew(kit, "open").id == "open"
    with pytest.raises(AlreadyCommitted):
        renew(kit, "done")
    with pytest.raises(AlreadyReleased):
        renew(kit, "back")
    with pytest.raises(ReservationNotFound):
        renew(kit, "none")
    assert kit.quota().held == 1


def test_the_sweep_may_come_in_between(kit: LedgerKit, monkeypatch: pytest.MonkeyPatch) -> None:
    run_out(kit, amount=10)
    write = kit.fake.transact_write_items

    def sweep_first(**request: Any) -> Any:
        monkeypatch.undo()
        assert len(kit.ledger.expire_due(limit=9).settled) == 1
        return write(**request)

    monkeypatch.setattr(kit.fake, "transact_write_items", sweep_first)
    assert renew(kit).id == "a~1"
    assert (kit.quota().held, kit.quota().remaining) == (10, 0)
    assert kit.drifts() == []


@pytest.mark.parametrize("calls", range(1, 9))
def test_a_crash_behind_any_call_is_made_good_by_a_repeat(kit: LedgerKit, calls: int) -> None:
    run_out(kit, amount=10)
    kit.fake.crash_after(calls)
    try:
        renew(kit)
    except Crash:
        kit.fake.faults.clear()
        assert kit.drifts() == []
    kit.fake.faults.clear()
    assert renew(kit).id == "a~1"
    assert (kit.quota().held, kit.quota().remaining) == (10, 0)
    assert kit.drifts() == []


def test_contention_is_waited_for(kit: LedgerKit) -> None:
    run_out(kit)
    kit.fake.inject(Fault("transact_write_items", conflict(), times=3))
    assert renew(kit).id == "a~1"


@pytest.mark.parametrize(
    ("before", "after"), [("a", "a~1"), ("a~1", "a~2"), ("a~9", "a~10"), ("a~1.0", "a~1.0~1"), ("~1", "~1~1")]
)
def test_ids_of_renewals(before: str, after: str) -> None:
    assert renewal_of(before) == after
    assert first_of(after) == first_of(before)
