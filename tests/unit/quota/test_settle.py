"""Resolving a reservation: once, in time, and back to where the credits came from."""

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from gloss import dynamodb
from gloss.dynamodb import ConditionFailed, Write
from gloss.errors import (
    AlreadyCommitted,
    AlreadyReleased,
    GlossError,
    ReservationExpired,
    ReservationNotFound,
    ReservationReused,
    ValidationFailed,
)
from gloss.quota.locking import SWEEP_PATIENCE_S
from gloss.quota.model import Claim
from tests.fakes.dynamodb import Fault, conflict, denied, timeout
from tests.fakes.ledger import HOUR, TABLE, LedgerKit


def claim(name: str = "a", amount: int = 1) -> Claim:
    return Claim(account="ann", id=name, meter="images", amount=amount)


def image(*, finished: bool) -> Write:
    """A write of the caller that is refused unless the image is (not) finished."""
    wanted = "attribute_exists(entry)" if finished else "attribute_not_exists(entry)"
    return dynamodb.put(TABLE, {"account": "x", "entry": "image"}, condition=wanted)


def test_a_commit_uses_the_credits_for_good(kit: LedgerKit) -> None:
    kit.reserve("a", amount=3)
    settled = kit.commit("a")
    assert (settled.status, settled.actual, settled.returned, settled.changed) == ("committed", 3, 0, True)
    view = kit.quota()
    assert (view.used, view.held, view.remaining) == (3, 0, 7)


def test_a_commit_in_full_does_not_touch_the_balance(kit: LedgerKit) -> None:
    kit.reserve("a")
    before = kit.fake.get_item(TableName=TABLE, Key=_key("METER#images#2026-11"))
    kit.ledger.settle(claim(), actor="pipeline", reason="complete")
    assert kit.fake.get_item(TableName=TABLE, Key=_key("METER#images#2026-11")) == before
    (newest,) = kit.ledger.journal("ann", limit=1).entries
    assert (newest.type, newest.amount, newest.delta, newest.balance_after) == ("commit", 1, 0, None)
    assert newest.reservations == ("a",)


def _key(entry: str) -> dict[str, Any]:
    return {"account": {"S": "ann"}, "entry": {"S": entry}}


def test_a_partial_commit_returns_the_rest_last_burned_first(kit: LedgerKit) -> None:
    kit.grant("gift", 3, expires_in=9 * HOUR)
    kit.reserve("a", amount=5)
    settled = kit.commit("a", actual=2)
    assert (settled.actual, settled.returned) == (2, 3)
    view = kit.quota()
    assert (view.used, view.bonus, view.remaining) == (0, 1, 11)
    assert (view.grants[0].used, view.grants[0].held) == (2, 0)
    (newest,) = kit.ledger.journal("ann", limit=1).entries
    assert (newest.amount, newest.delta, newest.grants) == (2, 2, {"gift": 1})


def test_nothing_may_be_used_in_the_end(kit: LedgerKit) -> None:
    kit.reserve("a", amount=2)
    assert kit.commit("a", actual=0).returned == 2
    assert kit.commit("a", actual=0).changed is False
    assert kit.quota().remaining == 10
    assert kit.ledger.journal("ann", limit=1).entries[0].amount == 0


@pytest.mark.parametrize("actual", [-1, 3])
def test_more_than_reserved_cannot_be_used(kit: LedgerKit, actual: int) -> None:
    kit.reserve("a", amount=2)
    with pytest.raises(ValidationFailed):
        kit.commit("a", actual=actual)


@pytest.mark.parametrize("first", [None, 1])
def test_the_same_commit_again_changes_nothing(kit: LedgerKit, first: int | None) -> None:
    kit.reserve("a", amount=2)
    kit.commit("a", actual=first)
    again = kit.commit("a", actual=first)
    assert (again.changed, again.status, again.actual) == (False, "committed", first or 2)
    assert len(kit.ledger.journal("ann", limit=9).entries) == 3


def test_a_contradicting_attempt_is_an_error_that_says_why(kit: LedgerKit) -> None:
    kit.reserve("done", "back", "late", amount=2, ttl=HOUR)
    kit.commit("done")
    kit.release("back")
    refusals: list[type[GlossError]] = []
    for attempt in (
        lambda: kit.commit("done", actual=1),
        lambda: kit.release("done"),
        lambda: kit.commit("back"),
        lambda: kit.commit("back", actual=1),
        lambda: kit.commit("none"),
        lambda: kit.release("none"),
    ):
        with pytest.raises(GlossError) as refused:
            attempt()
        refusals.append(type(refused.value))
    assert refusals == [
        AlreadyCommitted,
        AlreadyCommitted,
        AlreadyReleased,
        AlreadyReleased,
        ReservationNotFound,
        ReservationNotFound,
    ]


@pytest.mark.parametrize("swept", [False, True])
@pytest.mark.parametrize("actual", [None, 1])
def test_an_expired_reservation_cannot_be_committed(kit: LedgerKit, swept: bool, actual: int | None) -> None:
    kit.reserve("a", amount=2, ttl=HOUR)
    kit.clock.forward(HOUR)
    if swept:
        kit.ledger.expire_due(limit=9)
    with pytest.raises(ReservationExpired):
        kit.commit("a", actual=actual)
    with pytest.raises(ReservationExpired):
        kit.ledger.settle(claim(amount=2), actor="pipeline", reason="complete")


def test_releases_touch_the_balance_once(kit: LedgerKit) -> None:
    kit.reserve("a", "b", "c")
    kit.fake.calls.clear()
    settled = kit.release("c", "a", "c")
    assert [(it.id, it.status, it.returned, it.changed) for it in settled] == [
        ("c", "released", 1, True),
        ("a", "released", 1, True),
    ]
    assert kit.fake.calls["transact_write_items"] == 1
    (newest,) = kit.ledger.journal("ann", limit=1).entries
    assert (newest.type, newest.amount, newest.balance_before, newest.balance_after) == ("release", 2, 7, 9)
    assert kit.quota().held == 1


def test_a_second_release_says_that_it_is_one(kit: LedgerKit) -> None:
    kit.reserve("a", "b")
    kit.release("a")
    assert [settlement.changed for settlement in kit.release("a", "b")] == [False, True]
    assert kit.quota().remaining == 10


def test_nothing_is_released_where_one_cannot_be(kit: LedgerKit) -> None:
    kit.reserve("a", "b")
    kit.commit("b")
    with pytest.raises(AlreadyCommitted) as refused:
        kit.release("a", "b")
    assert refused.value.details["reservations"] == ["b"]
    with pytest.raises(ReservationNotFound):
        kit.release("a", "none")
    assert kit.standing("a").status == "held"


def test_a_release_goes_back_to_its_own_month_and_meter(kit: LedgerKit) -> None:
    kit.grant("gift", 2)
    kit.reserve("old", amount=12, ttl=24 * 30 * HOUR)
    kit.reserve("words", amount=50, meter="tokens", ttl=24 * 30 * HOUR)
    kit.clock.now = datetime(2026, 12, 2, tzinfo=UTC)
    kit.grant("second gift", 1)
    kit.reserve("new", amount=11)
    kit.release("old", "words", "new")
    view = kit.quota()
    assert (view.bonus, view.remaining, kit.quota(meter="tokens").remaining) == (3, 13, 100)
    released = [entry for entry in kit.ledger.journal("ann", limit=3).entries if entry.type == "release"]
    assert {
        (entry.meter, entry.period): (entry.delta, entry.bonus_before, entry.bonus_after)
        for entry in released
    } == {
        ("images", "2026-11"): (10, 0, 2),
        ("images", "2026-12"): (10, 2, 3),
        ("tokens", "2026-11"): (50, None, None),
    }
    assert kit.drifts() == []


def test_what_came_from_a_grant_that_has_expired_is_gone_with_it(kit: LedgerKit) -> None:
    kit.grant("gift", 3, expires_in=HOUR)
    kit.reserve("a", "b", amount=1, ttl=9 * HOUR)
    kit.clock.forward(HOUR)
    kit.release("a")  # the grant has expired, but still has its place in the row
    assert kit.ledger.journal("ann", limit=1).entries[0].grants == {}
    kit.reserve("c")  # clears it away
    kit.release("b")
    assert (kit.quota().bonus, kit.quota().remaining) == (0, 9)
    assert kit.drifts() == []


def test_the_sweep_expires_what_is_due_in_every_account(kit: LedgerKit) -> None:
    kit.reserve("a", "b", ttl=HOUR)
    kit.reserve("later", ttl=2 * HOUR)
    kit.reserve("c", account="bob", ttl=HOUR)
    assert kit.ledger.expire_due(limit=9).settled == ()
    kit.clock.forward(HOUR)
    settled = kit.ledger.expire_due(limit=9).settled
    assert sorted((it.account, it.id, it.status) for it in settled) == [
        ("ann", "a", "expired"),
        ("ann", "b", "expired"),
        ("bob", "c", "expired"),
    ]
    assert kit.ledger.expire_due(limit=9).settled == ()
    assert (kit.quota().held, kit.quota("bob").held) == (1, 0)
    assert kit.release("a")[0].changed is False


def test_the_sweep_takes_no_more_than_asked_for(kit: LedgerKit) -> None:
    kit.change_plan("pro")
    for start in (0, 25):
        kit.reserve(*(f"r{number}" for number in range(start, start + 25)), ttl=HOUR)
    kit.clock.forward(HOUR)
    assert len(kit.ledger.expire_due(limit=3).settled) == 3
    assert len(kit.ledger.expire_due(limit=99).settled) == 47
    assert kit.quota().remaining == 50


def test_the_sweep_passes_over_what_was_settled_meanwhile(
    kit: LedgerKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.reserve("a", "b", "c", ttl=HOUR)
    stale = kit.fake.scan(TableName=TABLE, IndexName="open-reservations")
    kit.release("a")
    kit.commit("c")
    kit.clock.forward(HOUR)
    monkeypatch.setattr(kit.fake, "scan", lambda **_: stale)
    assert [settlement.id for settlement in kit.ledger.expire_due(limit=9).settled] == ["b"]


@pytest.mark.parametrize("fault", [conflict(), denied(), timeout(), ValueError("a row of no known form")])
def test_the_sweep_leaves_an_account_that_faults_to_the_next(
    kit: LedgerKit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: Exception
) -> None:
    kit.reserve("a", "b", ttl=HOUR)
    kit.reserve("c", account="bob", ttl=HOUR)
    kit.clock.forward(HOUR)
    write = kit.fake.transact_write_items

    def write_for_bob(**request: Any) -> Any:
        if "'ann'" in str(request):
            raise fault
        return write(**request)

    monkeypatch.setattr(kit.fake, "transact_write_items", write_for_bob)
    expiry = kit.ledger.expire_due(limit=9)
    assert ([settlement.account for settlement in expiry.settled], expiry.faulted) == (["bob"], 2)
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [record.__dict__["account"] for record in errors] == ["ann"]
    monkeypatch.undo()
    assert [settlement.id for settlement in kit.ledger.expire_due(limit=9).settled] == ["a", "b"]


def test_the_sweep_does_not_wait_long_for_a_busy_account(kit: LedgerKit) -> None:
    """Two hundred of them must not use up the time of its function."""
    kit.reserve("a", ttl=HOUR)
    kit.clock.forward(HOUR)
    kit.fake.inject(Fault("transact_write_items", conflict(), times=1000))
    assert kit.ledger.expire_due(limit=9).faulted == 1
    assert sum(kit.slept) <= SWEEP_PATIENCE_S


@pytest.mark.parametrize("way", ["settle", "commit", "partial", "release"])
def test_the_caller_joins_its_own_writes(kit: LedgerKit, way: str) -> None:
    kit.reserve("a", amount=2)

    def resolve(also: Write) -> bool:
        if way == "settle":
            return kit.ledger.settle(claim(amount=2), actor="p", reason="r", also=[also]).changed
        if way == "release":
            return kit.release("a", also=[also])[0].changed
        return kit.commit("a", actual=1 if way == "partial" else None, also=[also]).changed

    with pytest.raises(ConditionFailed) as refused:
        resolve(image(finished=True))
    assert refused.value.failures == {0: None}
    assert kit.standing("a").status == "held"
    assert resolve(image(finished=False))
    # Both refuse now: the ledger's own answer goes first.
    assert not resolve(image(finished=False))


def test_a_claim_has_to_fit(kit: LedgerKit) -> None:
    kit.reserve("a", amount=2)
    with pytest.raises(ReservationReused):
        kit.ledger.settle(claim(amount=1), actor="pipeline", reason="complete")
    with pytest.raises(ReservationNotFound):
        kit.ledger.settle(claim("none"), actor="pipeline", reason="complete")


def test_a_settlement_that_meets_another_transaction_is_tried_again(kit: LedgerKit) -> None:
    kit.reserve("a", "b")
    kit.fake.inject(Fault("transact_write_items", conflict(), times=2))
    assert kit.ledger.settle(claim(), actor="pipeline", reason="complete").changed
    kit.fake.inject(Fault("transact_write_items", conflict(), times=2))
    assert kit.release("b")[0].changed


@pytest.mark.parametrize("ids", [[], [str(number) for number in range(46)]])
def test_releases_that_make_no_sense(kit: LedgerKit, ids: list[str]) -> None:
    with pytest.raises(ValueError, match="released together"):
        kit.release(*ids)


def test_each_transition_is_one_structured_log_record(
    kit: LedgerKit, caplog: pytest.LogCaptureFixture
) -> None:
    kit.reserve("a", "b", "c", amount=2, ttl=HOUR)
    caplog.set_level(logging.INFO, logger="gloss.quota")
    caplog.clear()
    kit.commit("a")
    kit.release("b")
    kit.clock.forward(HOUR)
    kit.ledger.expire_due(limit=1)
    told = [
        {
            name: record.__dict__[name]
            for name in ("transition", "account", "actor", "reason", "amount", "reservations")
        }
        | {"balance": (record.__dict__["balance_before"], record.__dict__["balance_after"])}
        for record in caplog.records
    ]
    common = {"account": "ann"}
    assert told == [
        common
        | {"transition": "commit", "actor": "pipeline", "reason": "complete", "amount": 2}
        | {"reservations": ("a",), "balance": (None, None)},
        common
        | {"transition": "release", "actor": "ann", "reason": "cancelled", "amount": 2}
        | {"reservations": ("b",), "balance": (4, 6)},
        common
        | {"transition": "expire", "actor": "sweep", "reason": "time to live is over", "amount": 2}
        | {"reservations": ("c",), "balance": (6, 8)},
    ]


def test_a_release_of_what_a_grant_paid_logs_the_bonus_before_and_after(
    kit: LedgerKit, caplog: pytest.LogCaptureFixture
) -> None:
    kit.grant("gift", 3, expires_in=HOUR)
    kit.reserve("a", amount=2)
    caplog.set_level(logging.INFO, logger="gloss.quota")
    caplog.clear()
    kit.release("a")
    (record,) = caplog.records
    names = ("transition", "reservations", "reason", "amount", "grants", "bonus_before", "bonus_after")
    assert [record.__dict__[name] for name in names] == [
        "release",
        ("a",),
        "cancelled",
        2,
        {"gift": 2},
        1,
        3,
    ]
    assert (record.__dict__["balance_before"], record.__dict__["balance_after"]) == (None, None)
