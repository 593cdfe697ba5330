"""The audit finds every figure that somebody bent, and nothing where nobody did."""

from typing import Any

import pytest

from gloss.dynamodb import from_attributes, to_attributes
from gloss.errors import InvalidCursor
from tests.fakes.ledger import HOUR, TABLE, LedgerKit


@pytest.fixture
def busy(kit: LedgerKit) -> LedgerKit:
    """An account in which everything has happened."""
    kit.grant("gift", 3)
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


def test_a_bent_grant(busy: LedgerKit) -> None:
    key = {"account": {"S": "ann"}, "entry": {"S": "GRANTS#images"}}
    grants = from_attributes(busy.fake.get_item(TableName=TABLE, Key=key)["Item"])["grants"]
    rewrite(busy, "GRANTS#images", grants={"gift": grants["gift"] | {"amount": 9}})
    ((check, subject, expected, seen),) = found(busy)
    assert (check, subject, seen - expected) == ("grant", "images gift", 6)


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


def test_a_transaction_between_two_readings_is_no_drift(
    busy: LedgerKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = busy.fake.scan(TableName=TABLE)["Items"]
    busy.commit("d")
    fresh = busy.fake.scan(TableName=TABLE)["Items"]
    torn = [row for row in stale if not row["entry"]["S"].startswith("JRNL#")]
    torn += [row for row in fresh if row["entry"]["S"].startswith("JRNL#")]
    monkeypatch.setattr(busy.fake, "scan", lambda **_: {"Items": torn})
    assert busy.ledger.audit().clean


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
