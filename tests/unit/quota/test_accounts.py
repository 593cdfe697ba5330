"""Plans and grants: what an operator may do, and what it leaves alone."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gloss.errors import Busy, IdempotencyConflict, QuotaExceeded, ValidationFailed
from gloss.quota.accounts import Accounts
from gloss.quota.plans import Plans
from tests.fakes.dynamodb import Fault, conflict
from tests.fakes.ledger import HOUR, PLANS, TABLE, LedgerKit


def test_an_upgrade_keeps_what_is_used(kit: LedgerKit) -> None:
    kit.reserve("a", "b", amount=4)
    kit.commit("a")
    kit.change_plan("pro")
    view = kit.quota()
    assert (view.limit, view.used, view.held, view.remaining) == (50, 4, 4, 42)
    assert kit.ledger.quota("ann").plan == "pro"
    (newest,) = [entry for entry in kit.ledger.journal("ann", limit=2).entries if entry.meter == "images"]
    assert (newest.type, newest.amount, newest.delta) == ("plan_change", 50, 40)
    assert (newest.balance_before, newest.balance_after, newest.actor) == (2, 42, "operator")
    assert kit.drifts() == []


def test_a_downgrade_below_what_is_used_leaves_nothing_but_takes_nothing_back(kit: LedgerKit) -> None:
    kit.change_plan("pro")
    kit.reserve("a", "b", amount=15)
    kit.change_plan("free")
    view = kit.quota()
    assert (view.limit, view.held, view.remaining) == (10, 30, 0)
    with pytest.raises(QuotaExceeded) as refused:
        kit.reserve("c")
    assert refused.value.details["remaining"] == 0
    kit.grant("gift", 1)
    assert kit.reserve("c").remaining == 0
    kit.release("a")
    assert kit.quota().remaining == 0
    kit.release("b")
    assert kit.quota().remaining == 10
    assert kit.drifts() == []


def test_a_plan_before_the_first_reservation(kit: LedgerKit) -> None:
    kit.change_plan("pro")
    assert kit.quota().limit == 50
    assert kit.reserve("a").remaining == 49
    assert kit.drifts() == []


def test_a_plan_lasts_over_the_month(kit: LedgerKit) -> None:
    kit.reserve("a")
    kit.change_plan("pro")
    kit.clock.forward(24 * 30 * HOUR)
    assert kit.quota().remaining == 50
    assert kit.reserve("b").remaining == 49


def test_a_custom_plan_carries_its_own_limits(kit: LedgerKit) -> None:
    kit.change_plan("custom", limits={"images": 7, "tokens": 0})
    assert kit.reserve("a").remaining == 6
    kit.change_plan("custom", limits={"images": 9, "tokens": 0})
    assert kit.quota().remaining == 8


def test_the_same_plan_again_changes_nothing(kit: LedgerKit) -> None:
    kit.change_plan("free")
    entries = len(kit.ledger.journal("ann", limit=9).entries)
    kit.change_plan("free")
    assert len(kit.ledger.journal("ann", limit=9).entries) == entries == 2


@pytest.mark.parametrize(
    ("plan", "limits"),
    [
        ("gold", None),
        ("pro", {"images": 1, "tokens": 1}),
        ("custom", None),
        ("custom", {"images": 1}),
        ("custom", {"images": -1, "tokens": 1}),
    ],
)
def test_plans_that_are_refused(kit: LedgerKit, plan: str, limits: Any) -> None:
    with pytest.raises(ValidationFailed):
        kit.change_plan(plan, limits=limits)


def test_a_month_that_opens_during_a_plan_change_is_not_missed(
    kit: LedgerKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = kit.fake.transact_write_items

    def reserve_first(**request: Any) -> Any:
        monkeypatch.undo()
        kit.reserve("a")
        return write(**request)

    monkeypatch.setattr(kit.fake, "transact_write_items", reserve_first)
    kit.change_plan("pro")
    assert (kit.quota().limit, kit.quota().remaining) == (50, 49)
    assert kit.drifts() == []


def test_a_plan_change_during_the_opening_of_a_month_is_not_missed(
    kit: LedgerKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.change_plan("free")
    write = kit.fake.transact_write_items

    def upgrade_first(**request: Any) -> Any:
        monkeypatch.undo()
        kit.change_plan("pro")
        return write(**request)

    monkeypatch.setattr(kit.fake, "transact_write_items", upgrade_first)
    assert kit.reserve("a").remaining == 49
    assert kit.quota().limit == 50


def open_december(kit: LedgerKit) -> None:
    """As a host does whose clock is ahead, or a call that came a moment later."""
    november, kit.clock.now = kit.clock.now, datetime(2026, 12, 1, tzinfo=UTC)
    kit.reserve("of december", amount=2)
    kit.clock.now = november


@pytest.mark.parametrize("chosen", [None, "free"])
def test_a_plan_change_reaches_the_next_month_where_that_opens_at_this_moment(
    kit: LedgerKit, monkeypatch: pytest.MonkeyPatch, chosen: str | None
) -> None:
    kit.clock.now = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    kit.reserve("of november")
    if chosen:
        kit.change_plan(chosen)
    write = kit.fake.transact_write_items

    def december_first(**request: Any) -> Any:
        monkeypatch.undo()
        open_december(kit)
        return write(**request)

    monkeypatch.setattr(kit.fake, "transact_write_items", december_first)
    kit.change_plan("pro")
    assert kit.quota().limit == 50
    kit.clock.forward(HOUR)
    assert (kit.quota().limit, kit.quota().remaining) == (50, 48)
    changes = [entry for entry in kit.ledger.journal("ann", limit=20).entries if entry.amount == 50]
    assert sorted(entry.period for entry in changes) == ["2026-11", "2026-12"]
    assert kit.drifts() == []


def test_the_same_plan_again_corrects_a_month_that_is_open_with_other_limits(kit: LedgerKit) -> None:
    kit.change_plan("pro")
    kit.reserve("a")
    plans = Plans.load(PLANS.replace('"images": 50', '"images": 60'))
    accounts = Accounts(kit.fake.client, TABLE, plans, clock=kit.clock)
    accounts.change_plan("ann", "pro", actor="operator", reason="the plan gives more now")
    assert (kit.quota().limit, kit.quota().remaining) == (60, 59)
    assert kit.drifts() == []


def test_a_grant_is_given_once(kit: LedgerKit) -> None:
    kit.grant("gift", 5, expires_in=HOUR)
    kit.grant("gift", 5, expires_in=HOUR)
    view = kit.quota()
    assert (view.bonus, view.remaining, view.limit) == (5, 15, 10)
    with pytest.raises(IdempotencyConflict):
        kit.grant("gift", 6, expires_in=HOUR)
    (newest,) = kit.ledger.journal("ann", limit=9).entries
    assert (newest.type, newest.amount, newest.grants, newest.delta) == ("grant", 5, {"gift": 5}, 0)
    assert (newest.bonus_before, newest.bonus_after, newest.balance_after) == (0, 5, None)


def test_a_grant_that_has_expired_is_not_given_again(kit: LedgerKit) -> None:
    kit.grant("gift", 5, expires_in=HOUR)
    kit.clock.forward(2 * HOUR)
    kit.grant("gift", 5, expires_in=-HOUR)
    kit.grant("next", 1)
    assert kit.quota().bonus == 1
    cleared = [entry for entry in kit.ledger.journal("ann", limit=9).entries if entry.type == "grant_expired"]
    assert [entry.amount for entry in cleared] == [5]
    assert kit.drifts() == []


@pytest.mark.parametrize(("amount", "hours"), [(0, 1), (-1, 1), (1, 0)])
def test_grants_that_are_refused(kit: LedgerKit, amount: int, hours: int) -> None:
    with pytest.raises(ValidationFailed):
        kit.grant("gift", amount, expires_in=hours * HOUR)
    assert kit.quota().bonus == 0


def test_operators_meet_contention_too(kit: LedgerKit) -> None:
    kit.fake.inject(Fault("transact_write_items", conflict()))
    kit.grant("gift", 1)
    kit.fake.inject(Fault("transact_write_items", conflict()))
    kit.change_plan("pro")
    assert kit.quota().remaining == 51
    kit.fake.inject(Fault("transact_write_items", conflict(), times=99))
    with pytest.raises(Busy):
        kit.change_plan("free")
