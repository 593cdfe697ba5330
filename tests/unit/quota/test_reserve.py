"""Setting credits aside: all or none, once per id, grants first, never below zero."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gloss import dynamodb
from gloss.dynamodb import ConditionFailed
from gloss.errors import Busy, ConfigurationError, QuotaExceeded, ReservationNotFound, ReservationReused
from gloss.quota.locking import PATIENCE_S
from gloss.quota.model import Share
from gloss.quota.plans import Plans
from gloss.quota.service import Ledger
from tests.fakes.dynamodb import Fault, conflict
from tests.fakes.ledger import HOUR, TABLE, LedgerKit


def test_credits_are_held_until_the_reservation_is_settled(kit: LedgerKit) -> None:
    reserved = kit.reserve("a", "b", amount=2)
    assert [reservation.id for reservation in reserved.reservations] == ["a", "b"]
    assert (reserved.remaining, reserved.replayed) == (6, False)
    view = kit.quota()
    assert (view.limit, view.used, view.held, view.remaining) == (10, 0, 4, 6)
    assert view.resets_at == "2026-12-01T00:00:00Z"


def test_a_batch_is_one_transaction_and_two_calls(kit: LedgerKit) -> None:
    kit.reserve("first")
    kit.fake.calls.clear()
    kit.reserve(*(f"r{number}" for number in range(9)))
    assert kit.fake.calls == {"batch_get_item": 1, "transact_write_items": 1}
    (newest, *_) = kit.ledger.journal("ann", limit=1).entries
    assert (newest.type, newest.amount, newest.delta, len(newest.reservations)) == ("reserve", 9, -9, 9)
    assert (newest.balance_before, newest.balance_after) == (9, 0)


def test_a_refusal_says_what_is_left_and_writes_nothing(kit: LedgerKit) -> None:
    kit.reserve("a", amount=8)
    with pytest.raises(QuotaExceeded) as refused:
        kit.reserve("b", "c", "d")
    assert refused.value.details == {
        "account": "ann",
        "meter": "images",
        "plan": "free",
        "requested": 3,
        "remaining": 2,
        "resets_at": "2026-12-01T00:00:00Z",
        "upgrade_url": "https://gloss.example/upgrade",
    }
    assert kit.quota().held == 8
    with pytest.raises(ReservationNotFound):
        kit.standing("b")


def test_a_new_account_is_refused_more_than_its_plan_gives(kit: LedgerKit) -> None:
    with pytest.raises(QuotaExceeded):
        kit.reserve("a", amount=11)
    assert kit.ledger.journal("ann", limit=9).entries == ()


def test_the_same_order_again_is_a_replay(kit: LedgerKit) -> None:
    first = kit.reserve("a", "b")
    again = kit.reserve("b", "a", "a")
    assert again.replayed
    assert again.reservations == first.reservations[::-1]
    assert kit.quota().held == 2


def test_a_replay_needs_no_credits(kit: LedgerKit) -> None:
    kit.reserve("a", amount=10)
    assert kit.reserve("a", amount=10).replayed


def test_a_replay_shows_what_became_of_the_reservation(kit: LedgerKit) -> None:
    kit.reserve("a")
    kit.release("a")
    assert kit.reserve("a").reservations[0].status == "released"
    assert kit.quota().held == 0


def test_missing_reservations_of_a_batch_are_made(kit: LedgerKit) -> None:
    kit.reserve("a")
    reserved = kit.reserve("a", "b")
    assert not reserved.replayed
    assert kit.quota().held == 2


def test_missing_reservations_are_made_where_only_they_can_be_paid(kit: LedgerKit) -> None:
    kit.reserve("a", amount=5)
    assert kit.reserve("a", "b", amount=5).remaining == 0


def test_reservations_of_one_order_may_have_different_amounts(kit: LedgerKit) -> None:
    kit.grant("gift", 3, expires_in=HOUR)
    reserved = kit.reserve("a", "b", "c", amount={"a": 2, "b": 5, "c": 0})
    assert [reservation.amount for reservation in reserved.reservations] == [2, 5, 0]
    assert reserved.reservations[1].allocation == (Share(grant="gift", amount=1), Share(amount=4))
    assert reserved.remaining == 6
    kit.release("b")
    with pytest.raises(QuotaExceeded) as refused:
        kit.reserve("d", "e", amount={"d": 1, "e": 11})
    assert refused.value.details["requested"] == 12
    assert kit.drifts() == []


def test_an_id_of_such_an_order_stands_for_its_own_amount(kit: LedgerKit) -> None:
    kit.reserve("a", "b", amount={"a": 2, "b": 3})
    assert kit.reserve("b", amount=3).replayed
    with pytest.raises(ReservationReused):
        kit.reserve("a", "b", amount=3)


@pytest.mark.parametrize("other", [{"amount": 2}, {"meter": "tokens"}, {"byok": True}, {"amount": 99}])
def test_an_id_stands_for_one_content_for_good(kit: LedgerKit, other: dict[str, Any]) -> None:
    kit.reserve("a")
    kit.commit("a")
    with pytest.raises(ReservationReused):
        kit.reserve("a", **other)
    assert kit.quota().used == 1


def test_nothing_can_be_reserved_where_nothing_is_left(kit: LedgerKit) -> None:
    kit.reserve("a", amount=10)
    assert kit.reserve("b", amount=0).reservations[0].allocation == ()


def test_own_keys_hold_nothing_and_leave_the_balance_alone(kit: LedgerKit) -> None:
    reserved = kit.reserve("a", "b", amount=7, byok=True)
    assert [reservation.amount for reservation in reserved.reservations] == [0, 0]
    assert kit.quota().remaining == 10
    assert kit.commit("a").changed
    assert kit.release("b")[0].changed
    assert {entry.balance_before for entry in kit.ledger.journal("ann", limit=9).entries} == {None}
    assert kit.drifts() == []


def test_what_lapses_first_burns_first_and_the_plans_own_credits_lapse_with_the_month(
    kit: LedgerKit,
) -> None:
    month_ends = datetime(2026, 12, 1, tzinfo=UTC) - kit.clock.now
    kit.grant("forever", 2)
    kit.grant("after the month", 1, expires_in=month_ends + timedelta(seconds=1))
    kit.grant("with the month", 1, expires_in=month_ends)
    kit.grant("late", 2, expires_in=3 * HOUR, priority=9)
    kit.grant("soon", 1, expires_in=HOUR)
    kit.grant("soon, preferred", 1, expires_in=HOUR, priority=1)
    (reservation,) = kit.reserve("a", amount=17).reservations
    assert reservation.allocation == (
        Share(grant="soon, preferred", amount=1),
        Share(grant="soon", amount=1),
        Share(grant="late", amount=2),
        Share(grant="with the month", amount=1),
        Share(amount=10),
        Share(grant="after the month", amount=1),
        Share(grant="forever", amount=1),
    )
    assert (kit.quota().held, kit.quota().bonus, kit.quota().remaining) == (10, 1, 1)
    assert kit.drifts() == []


def test_a_grant_that_never_expires_is_still_there_when_the_month_is_over(kit: LedgerKit) -> None:
    kit.grant("bought", 5)
    kit.reserve("a", amount=10)
    kit.commit("a")
    assert kit.quota().bonus == 5
    kit.clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    assert kit.reserve("b", amount=12).remaining == 3


def test_a_plan_that_is_overdrawn_gives_nothing_and_grants_go_on(kit: LedgerKit) -> None:
    kit.change_plan("pro")
    kit.reserve("a", amount=30)
    kit.change_plan("free")
    kit.grant("bought", 2)
    (reservation,) = kit.reserve("b", amount=2).reservations
    assert reservation.allocation == (Share(grant="bought", amount=2),)
    assert kit.drifts() == []


def test_each_reservation_of_a_batch_knows_its_own_buckets(kit: LedgerKit) -> None:
    kit.grant("gift", 3, expires_in=HOUR)
    allocations = [reservation.allocation for reservation in kit.reserve("a", "b", amount=2).reservations]
    assert allocations == [
        (Share(grant="gift", amount=2),),
        (Share(grant="gift", amount=1), Share(amount=1)),
    ]


def test_an_expired_grant_is_cleared_away_in_the_journal(kit: LedgerKit) -> None:
    kit.grant("gift", 3, expires_in=HOUR)
    kit.reserve("a")
    kit.clock.forward(HOUR)
    assert kit.quota().bonus == 0
    kit.reserve("b")
    entries = kit.ledger.journal("ann", limit=3).entries
    assert [(entry.type, entry.amount, dict(entry.grants)) for entry in entries] == [
        ("reserve", 1, {}),
        ("grant_expired", 2, {"gift": -2}),
        ("open_period", 10, {}),
    ]
    assert kit.drifts() == []


def test_a_month_opens_with_its_first_reservation(kit: LedgerKit) -> None:
    kit.reserve("a", amount=10)
    kit.clock.now = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    with pytest.raises(QuotaExceeded):
        kit.reserve("b")
    kit.clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    assert kit.quota().remaining == 10
    assert kit.reserve("b").remaining == 9
    assert kit.quota().resets_at == "2027-01-01T00:00:00Z"
    opened = [entry for entry in kit.ledger.journal("ann", limit=9).entries if entry.type == "open_period"]
    assert [(entry.period, entry.delta) for entry in opened] == [("2026-12", 10), ("2026-11", 10)]


def test_meters_and_accounts_do_not_touch_each_other(kit: LedgerKit) -> None:
    kit.reserve("a", amount=10)
    assert kit.reserve("b", amount=100, meter="tokens").remaining == 0
    assert kit.reserve("a", amount=10, account="bob").remaining == 0


def test_writes_of_the_caller_go_into_the_same_transaction(kit: LedgerKit) -> None:
    image = dynamodb.put(TABLE, {"account": "x", "entry": "image"}, condition="attribute_not_exists(entry)")
    kit.reserve("a", also=[image])
    assert kit.fake.calls["transact_write_items"] == 1
    with pytest.raises(ConditionFailed) as refused:
        kit.reserve("b", also=[dynamodb.put(TABLE, {"account": "x", "entry": "new"}), image])
    assert refused.value.failures == {1: {"account": "x", "entry": "image"}}
    assert kit.quota().held == 1
    assert kit.reserve("a", also=[image]).replayed


@pytest.mark.parametrize(
    "order",
    [
        {"ids": []},
        {"ids": [str(number) for number in range(46)]},
        {"amount": -1},
        {"ttl": timedelta(0)},
    ],
)
def test_orders_that_make_no_sense(kit: LedgerKit, order: dict[str, Any]) -> None:
    ids = order.pop("ids", ["a"])
    with pytest.raises(ValueError, match="not an order"):
        kit.reserve(*ids, **order)


def test_a_transaction_that_is_too_large(kit: LedgerKit) -> None:
    kit.change_plan("pro")
    also = [dynamodb.put(TABLE, {"account": "x", "entry": str(number)}) for number in range(60)]
    with pytest.raises(ValueError, match="too many"):
        kit.reserve(*(f"r{number}" for number in range(45)), also=also)
    assert len(kit.reserve(*(f"r{number}" for number in range(45)), also=also[:45]).reservations) == 45


def test_a_contended_balance_is_read_again(kit: LedgerKit) -> None:
    kit.reserve("a")
    kit.fake.inject(Fault("transact_write_items", conflict(), times=3))
    assert kit.reserve("b").remaining == 8
    assert len(kit.slept) == 3


def test_somebody_else_opens_the_month_first(kit: LedgerKit) -> None:
    other = LedgerKit(fake=kit.fake)
    reads = kit.fake.batch_get_item

    def read_then_lose(**request: Any) -> Any:
        answer = reads(**request)
        kit.fake.__dict__.pop("batch_get_item", None)
        other.ledger.reserve("ann", "images", ["theirs"], ttl=HOUR, actor="ann", reason="upload")
        return answer

    kit.fake.__dict__["batch_get_item"] = read_then_lose
    kit.ledger = Ledger(
        kit.fake.client, TABLE, Plans.load(), clock=kit.clock, ids=lambda: "mine", sleep=kit.slept.append
    )
    kit.reserve("mine")
    assert kit.quota().held == 2
    assert kit.drifts() == []


def test_too_much_contention_is_busy(kit: LedgerKit) -> None:
    kit.fake.inject(Fault("transact_write_items", conflict(), times=1000))
    with pytest.raises(Busy):
        kit.reserve("a")
    assert kit.quota().held == 0
    assert sum(kit.slept) <= PATIENCE_S


@pytest.mark.parametrize("seed", range(20))
def test_a_caller_hears_that_the_account_is_busy_before_a_function_is_ended(
    kit: LedgerKit, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(dynamodb, "random", random.Random(seed))  # noqa: S311 - no secret
    kit.fake.inject(Fault("transact_write_items", conflict(), times=1000))
    with pytest.raises(Busy):
        kit.reserve("a")
    assert PATIENCE_S - 2 < sum(kit.slept) <= PATIENCE_S
    # Nobody waits behind the last try.
    assert kit.fake.calls["transact_write_items"] == len(kit.slept) + 1


def test_a_plan_that_is_no_longer_offered_is_a_mistake_of_the_deployment(kit: LedgerKit) -> None:
    kit.change_plan("pro")
    only_free = Plans.load('{"default": "free", "plans": {"free": {"limits": {"images": 1, "tokens": 1}}}}')
    ledger = Ledger(kit.fake.client, TABLE, only_free, clock=kit.clock)
    with pytest.raises(ConfigurationError):
        ledger.quota("ann")
