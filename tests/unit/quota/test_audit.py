"""The audit finds every figure that somebody bent, and nothing where nobody did."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from gloss.dynamodb import from_attributes, to_attributes
from gloss.errors import Busy, InvalidCursor
from gloss.quota.auditing import AUDIT_PAUSE_S, AUDIT_QUIET, AUDIT_READINGS
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.ledger import HOUR, TABLE, LedgerKit


@pytest.fixture
def busy(kit: LedgerKit) -> LedgerKit:
    """An account in which everything has happened."""
    kit.grant("gift", 3, expires_in=99 * HOUR)
    kit.reserve("a", "b", "c", "d", amount=2)
    kit.commit("a")
    kit.commit("b", actual=1)
    kit.release("c")
    kit.change_plan("pro")
    kit.reserve("other", account="bob")
    return kit


def rewrite(kit: LedgerKit, entry: str, **changes: Any) -> None:
    """Change a stored row behind the ledger's back; ``None`` removes an attribute."""
    key = {"account": {"S": "ann"}, "entry": {"S": entry}}
    row = from_attributes(kit.fake.get_item(TableName=TABLE, Key=key)["Item"]) | changes
    kept = {name: value for name, value in row.items() if value is not None}
    kit.fake.put_item(TableName=TABLE, Item=to_attributes(kept))


def found(kit: LedgerKit) -> list[tuple[str, str, int, int]]:
    drifts = kit.ledger.audit().drifts
    assert {drift.account for drift in drifts} <= {"ann"}
    return [(drift.check, drift.subject, drift.expected, drift.found) for drift in drifts]


def test_a_sound_ledger_is_clean(busy: LedgerKit) -> None:
    report = busy.ledger.audit()
    assert report.clean
    assert report.accounts == 2
    assert report.rows == len(busy.fake.scan(TableName=TABLE)["Items"])
    assert busy.ledger.audit("ann").accounts == 1
    assert busy.ledger.audit("nobody").accounts == 0


def test_a_bent_balance(busy: LedgerKit) -> None:
    row = "METER#images#2026-11"
    assert busy.quota().held + busy.quota().used == 2
    rewrite(busy, row, spent=1)
    assert found(busy) == [("balance", "images 2026-11", 48, 49), ("spent", "images 2026-11", 2, 1)]
    rewrite(busy, row, spent=2, limit=51)
    assert found(busy) == [("balance", "images 2026-11", 48, 49)]


def bend_grant(kit: LedgerKit, **changes: Any) -> None:
    key = {"account": {"S": "ann"}, "entry": {"S": "GRANTS#images"}}
    grants = from_attributes(kit.fake.get_item(TableName=TABLE, Key=key)["Item"])["grants"]
    rewrite(kit, "GRANTS#images", grants={"gift": grants["gift"] | changes})


@pytest.mark.parametrize(
    ("changes", "drifts"),
    [
        ({"amount": 9}, {"grant": 6, "grant amount": 6}),
        ({"spent": 1}, {"grant": 2, "grant spent": -2}),
        ({"amount": 9, "spent": 9}, {"grant amount": 6, "grant spent": 6}),
        ({"expires_at": None}, {"grant expiry": -1_795_532_400}),
    ],
)
def test_a_bent_grant(busy: LedgerKit, changes: dict[str, Any], drifts: dict[str, int]) -> None:
    bend_grant(busy, **changes)
    assert {check: seen - expected for check, subject, expected, seen in found(busy)} == drifts
    assert {subject for _, subject, _, _ in found(busy)} == {"images gift"}


def test_a_grant_that_nobody_gave(busy: LedgerKit) -> None:
    rewrite(busy, "GRANT#gift", amount=9)
    bend_grant(busy, amount=9)
    drifts = {check: (expected, seen) for check, _, expected, seen in found(busy)}
    assert drifts == {"grant": (0, 6), "given": (3, 9)}


def test_a_share_of_a_grant_that_grew(busy: LedgerKit) -> None:
    allocation = [{"grant": "gift", "amount": 30}]
    rewrite(busy, "RES#d", allocation=allocation)
    drifts = found(busy)
    assert ("amount", "d", 30, 2) in drifts
    assert ("grant spent", "images gift", 33, 3) in drifts


def test_a_reservation_that_holds_more_than_was_taken_for_it(busy: LedgerKit) -> None:
    rewrite(busy, "RES#d", amount=3)
    assert found(busy)[0] == ("amount", "d", 2, 3)
    ((check, _, expected, seen),) = found(busy)[1:]
    assert (check, expected, seen) == ("reserved", 0, 1)


def test_credits_that_came_back_after_their_grant_had_expired(kit: LedgerKit) -> None:
    kit.grant("gift", 3, expires_in=HOUR)
    kit.reserve("a", "b", "c", ttl=9 * HOUR)
    kit.release("a")
    kit.clock.forward(HOUR)
    kit.release("b")
    assert kit.drifts() == []
    kit.reserve("clears the grant away")
    kit.release("c")
    assert kit.drifts() == []


def test_a_reservation_that_lost_its_state(busy: LedgerKit) -> None:
    rewrite(busy, "RES#d", status="released", open_account=None)
    assert found(busy) == [("spent", "images 2026-11", 0, 2), ("held", "d", 1, 0)]


def test_a_reservation_that_the_sweep_would_never_see(busy: LedgerKit) -> None:
    rewrite(busy, "RES#d", open_account=None)
    assert found(busy) == [("index", "d", 1, 0)]


def test_a_settled_reservation_that_is_still_in_the_index(busy: LedgerKit) -> None:
    rewrite(busy, "RES#a", open_account="ann")
    assert found(busy) == [("index", "a", 0, 1)]


def test_a_missing_journal_entry(busy: LedgerKit) -> None:
    (release,) = [entry for entry in busy.ledger.journal("ann", limit=99).entries if entry.type == "release"]
    key = {"account": {"S": "ann"}, "entry": {"S": release.entry}}
    busy.fake.delete_item(TableName=TABLE, Key=key)
    assert ("held", "c", 1, 0) in found(busy)


def torn(kit: LedgerKit, act: Callable[[], object]) -> Any:
    """An answer in which the journal is newer than all other rows: ``act`` came in between."""
    stale = kit.fake.query(**whole("ann"))["Items"]
    act()
    fresh = kit.fake.query(**whole("ann"))["Items"]
    rows = [row for row in stale if not row["entry"]["S"].startswith("JRNL#")]
    return {"Items": rows + [row for row in fresh if row["entry"]["S"].startswith("JRNL#")]}


def whole(account: str) -> dict[str, Any]:
    return {
        "TableName": TABLE,
        "KeyConditionExpression": "account = :account",
        "ExpressionAttributeValues": {":account": {"S": account}},
    }


def test_a_transaction_between_two_readings_is_no_drift(
    busy: LedgerKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = torn(busy, lambda: busy.commit("d"))
    monkeypatch.setattr(busy.fake, "scan", lambda **_: answer)
    assert busy.ledger.audit().clean
    assert busy.slept == [AUDIT_PAUSE_S]


def test_readings_that_are_torn_in_different_ways_are_no_drift(
    busy: LedgerKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [
        torn(busy, lambda: busy.reserve("v", amount=3)),
        torn(busy, lambda: busy.release("v")),
        torn(busy, lambda: busy.grant("more", 1)),
    ]
    monkeypatch.setattr(busy.fake, "query", lambda **_: answers.pop(0))
    assert busy.ledger.audit("ann").clean
    assert len(answers) == 1


def test_readings_that_are_torn_in_the_same_way_time_and_again_are_no_drift(
    busy: LedgerKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Load of one kind: every reading lacks the credit of some reservation, but never of the same one."""
    answers = [torn(busy, partial(busy.reserve, name)) for name in "stuvwxyz"]
    query = busy.fake.query
    monkeypatch.setattr(busy.fake, "query", lambda **request: answers.pop() if answers else query(**request))
    assert busy.ledger.audit("ann").clean
    assert not answers


def test_a_drift_of_an_account_that_goes_on_working_is_found(
    busy: LedgerKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its figures move between the readings; what they are wrong by does not."""
    rewrite(busy, "METER#images#2026-11", spent=1)
    names = iter("opqrstuvwxyz")
    slept = busy.slept.append

    def work_on(pause: float) -> None:
        slept(pause)
        busy.reserve(next(names))

    monkeypatch.setattr(busy.ledger, "_sleep", work_on)
    assert found(busy) == [("balance", "images 2026-11", 38, 39), ("spent", "images 2026-11", 12, 11)]
    assert len(busy.slept) == AUDIT_READINGS


def test_a_drift_of_an_account_at_rest_is_told_sooner(busy: LedgerKit) -> None:
    rewrite(busy, "METER#images#2026-11", limit=51)
    assert found(busy) == [("balance", "images 2026-11", 48, 49)]
    assert len(busy.slept) == AUDIT_QUIET


def test_the_journal_is_read_page_by_page_newest_first(busy: LedgerKit) -> None:
    whole = busy.ledger.journal("ann", limit=99).entries
    assert [entry.type for entry in whole][-3:] == ["reserve", "open_period", "grant"]
    page = busy.ledger.journal("ann", limit=2)
    seen = list(page.entries)
    while page.next:
        page = busy.ledger.journal("ann", limit=2, start=page.next)
        seen += page.entries
    assert tuple(seen) == whole
    with pytest.raises(InvalidCursor):
        busy.ledger.journal("ann", limit=2, start="METER#images#2026-11")


def test_the_quota_shows_grants_and_what_they_hold(kit: LedgerKit) -> None:
    kit.grant("gift", 3, expires_in=5 * HOUR, priority=2)
    kit.reserve("a", "b")
    kit.commit("a")
    (grant,) = kit.quota().grants
    assert (grant.id, grant.amount, grant.used, grant.held, grant.remaining) == ("gift", 3, 1, 1, 1)
    assert (grant.priority, grant.expires_at) == (2, int((kit.clock.now + 5 * HOUR).timestamp()))


class TestQuotaWhileTheIndexLags:
    """What is held is listed by an index, which on AWS is a moment behind."""

    @pytest.mark.parametrize("resolve", ["release", "commit", "expire"])
    def test_what_was_resolved_a_moment_ago_is_held_no_more(self, kit: LedgerKit, resolve: str) -> None:
        kit.grant("gift", 1, expires_in=9 * HOUR)
        kit.reserve("a", "b", ttl=HOUR)
        with kit.fake.lagging_indexes():
            if resolve == "expire":
                kit.clock.forward(HOUR)
                kit.ledger.expire_due(limit=9)
            else:
                for name in ("a", "b"):
                    kit.commit(name) if resolve == "commit" else kit.release(name)
            used = 1 if resolve == "commit" else 0
            (grant,) = kit.quota().grants
            assert (kit.quota().used, kit.quota().held, grant.used, grant.held) == (used, 0, used, 0)

    def test_what_was_reserved_a_moment_ago_is_at_least_gone(self, kit: LedgerKit) -> None:
        with kit.fake.lagging_indexes():
            kit.reserve("a")
            assert (kit.quota().used, kit.quota().held, kit.quota().remaining) == (1, 0, 9)
        assert (kit.quota().used, kit.quota().held, kit.quota().remaining) == (0, 1, 9)

    @pytest.mark.parametrize("call", range(4))
    @pytest.mark.parametrize("act", ["reserve", "release", "commit"])
    def test_whatever_happens_between_its_calls_the_figures_belong_together(
        self, kit: LedgerKit, monkeypatch: pytest.MonkeyPatch, call: int, act: str
    ) -> None:
        kit.reserve("a", "b")
        calls = _interrupted(kit.fake, monkeypatch, call, lambda: _do(kit, act))
        view = kit.quota()
        assert calls() > call or act == "reserve"
        assert view.used + view.held == 10 - view.remaining
        known = {
            "reserve": {(0, 2), (1, 2), (0, 3)},
            "release": {(0, 2), (0, 1)},
            "commit": {(0, 2), (1, 1)},
        }[act]
        assert (view.used, view.held) in known

    def test_an_account_that_never_rests_is_busy(
        self, kit: LedgerKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kit.change_plan("custom", limits={"images": 10**6, "tokens": 0})
        kit.reserve("a")
        read, names = kit.fake.batch_get_item, iter(range(10**6))

        def never_resting(**request: Any) -> Any:
            answer = read(**request)
            monkeypatch.setattr(kit.fake, "batch_get_item", read)
            kit.reserve(f"more {next(names)}")
            monkeypatch.setattr(kit.fake, "batch_get_item", never_resting)
            return answer

        monkeypatch.setattr(kit.fake, "batch_get_item", never_resting)
        with pytest.raises(Busy):
            kit.quota()


def _do(kit: LedgerKit, act: str) -> None:
    if act == "reserve":
        kit.reserve("c")
    elif act == "release":
        kit.release("a")
    else:
        kit.commit("a")


def _interrupted(
    fake: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch, call: int, act: Callable[[], None]
) -> Callable[[], int]:
    """Let ``act`` happen behind read number ``call``; gives the number of reads."""
    reads = {name: getattr(fake, name) for name in ("query", "batch_get_item")}
    seen: list[str] = []

    def intercept(name: str) -> Callable[..., Any]:
        def read(**request: Any) -> Any:
            answer = reads[name](**request)
            seen.append(name)
            if len(seen) == call + 1:
                for other, original in reads.items():
                    monkeypatch.setattr(fake, other, original)
                act()
                for other in reads:
                    monkeypatch.setattr(fake, other, intercept(other))
            return answer

        return read

    for name in reads:
        monkeypatch.setattr(fake, name, intercept(name))
    return lambda: len(seen)
