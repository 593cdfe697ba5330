"""Faults of the database and many callers at once: nothing is taken twice, nothing is lost."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import sleep
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from gloss.errors import QuotaExceeded
from gloss.quota.model import Claim
from gloss.quota.plans import Plans
from gloss.quota.service import Ledger
from tests.fakes.dynamodb import Crash, Fault, denied, throttled, timeout
from tests.fakes.ledger import HOUR, TABLE, LedgerKit

Action = Callable[[LedgerKit], Any]


def prepared() -> LedgerKit:
    kit = LedgerKit()
    kit.grant("gift", 1)
    kit.reserve("a", "b", amount=2, ttl=HOUR)
    return kit


def settle(kit: LedgerKit) -> None:
    claim = Claim(account="ann", id="a", meter="images", amount=2)
    kit.ledger.settle(claim, actor="pipeline", reason="complete")


def expire(kit: LedgerKit) -> None:
    kit.clock.now = kit.clock.now.replace(hour=14)
    kit.ledger.expire_due(limit=9)


ACTIONS: dict[str, Action] = {
    "reserve": lambda kit: kit.reserve("c", "d"),
    "open month": lambda kit: kit.reserve("c", meter="tokens"),
    "settle": settle,
    "commit": lambda kit: kit.commit("a"),
    "partial commit": lambda kit: kit.commit("a", actual=1),
    "release": lambda kit: kit.release("a", "b"),
    "expire": expire,
    "grant": lambda kit: kit.grant("more", 5),
    "plan": lambda kit: kit.change_plan("pro"),
}
actions = pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS.keys())


def state(kit: LedgerKit) -> Any:
    journal = kit.ledger.journal("ann", limit=99).entries
    return kit.ledger.quota("ann"), Counter(entry.type for entry in journal)


@actions
def test_an_answer_that_got_lost_and_a_second_call(action: Action) -> None:
    undisturbed, kit = prepared(), prepared()
    action(undisturbed)
    kit.fake.inject(Fault("transact_write_items", timeout(), after=True))
    with suppress(ReadTimeoutError):
        action(kit)
    assert kit.fake.faults[0].times == 0
    action(kit)
    assert state(kit) == state(undisturbed)
    assert kit.drifts() == []


@actions
def test_a_throttled_table_is_waited_for(action: Action) -> None:
    undisturbed, kit = prepared(), prepared()
    action(undisturbed)
    kit.fake.inject(Fault("transact_write_items", throttled(), times=4))
    action(kit)
    assert state(kit) == state(undisturbed)
    assert len(kit.slept) == 4


@actions
def test_a_crash_after_any_call_leaves_all_or_nothing(action: Action) -> None:
    before, after = prepared(), prepared()
    action(after)
    if action is expire:
        before.clock.now = after.clock.now
    crashes = 0
    while True:
        kit = prepared()
        kit.fake.faults.clear()
        kit.fake.crash_after(crashes + 1)
        try:
            action(kit)
        except Crash:
            crashes += 1
        else:
            break
        kit.fake.faults.clear()
        assert kit.drifts() == []
        assert state(kit) in (state(before), state(after))
        action(kit)
        assert state(kit) == state(after)
    assert crashes >= 1


@pytest.mark.parametrize("action", [action for action in ACTIONS.values() if action is not expire])
def test_a_denied_call_is_not_hidden(action: Action) -> None:
    """The sweep over all accounts tells of it and goes on (test_settle)."""
    kit = prepared()
    kit.fake.inject(Fault("transact_write_items", denied()))
    with pytest.raises(ClientError, match="AccessDenied"):
        action(kit)


def test_keys_that_the_table_did_not_get_to_are_asked_for_again(
    kit: LedgerKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.reserve("a", "b")
    read = kit.fake.batch_get_item

    def first_key_only(**request: Any) -> Any:
        wanted = request["RequestItems"][TABLE]
        answer = read(RequestItems={TABLE: wanted | {"Keys": wanted["Keys"][:1]}})
        rest = wanted["Keys"][1:]
        return answer | {"UnprocessedKeys": {TABLE: wanted | {"Keys": rest}} if rest else {}}

    monkeypatch.setattr(kit.fake, "batch_get_item", first_key_only)
    assert [settlement.changed for settlement in kit.release("a", "b")] == [True, True]


@pytest.mark.parametrize(("credits_left", "callers"), [(1, 40), (50, 80)])
def test_exactly_as_many_callers_win_as_there_are_credits(credits_left: int, callers: int) -> None:
    kit = LedgerKit()
    limits = f'{{"images": {credits_left}, "tokens": 0}}'
    plans = Plans.load(f'{{"default": "test", "plans": {{"test": {{"limits": {limits}}}}}}}')
    ledger = Ledger(kit.fake.client, TABLE, plans, clock=kit.clock, sleep=lambda wait: sleep(wait / 50))

    def try_to_reserve(number: int) -> bool:
        try:
            reserved = ledger.reserve("ann", "images", [f"r{number}"], ttl=HOUR, actor="ann", reason="upload")
        except QuotaExceeded:
            return False
        return not reserved.replayed

    with ThreadPoolExecutor(16) as pool:
        winners = sum(pool.map(try_to_reserve, range(callers)))
    assert winners == credits_left
    assert ledger.quota("ann").meters["images"].held == credits_left
    assert ledger.audit().clean


def test_one_reservation_is_settled_by_one_of_many(kit: LedgerKit) -> None:
    kit.reserve("a")
    with ThreadPoolExecutor(8) as pool:
        settled = list(pool.map(lambda _: kit.release("a")[0].changed, range(24)))
    assert sum(settled) == 1
    assert kit.quota().remaining == 10
    assert kit.drifts() == []
