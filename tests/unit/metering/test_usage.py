"""The usage log: rows and sums are written together, and agree."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gloss.errors import Busy, InvalidCursor, ValidationFailed
from gloss.ids import new_id
from gloss.metering.model import CallRecord, OutcomeKind, Tokens, Totals, nano_usd
from gloss.metering.report import UsageReports
from gloss.metering.views import Dimension
from tests.fakes.dynamodb import Fault, conflict, timeout
from tests.fakes.metering import START, MeteringKit, call


def record(at: datetime = START, **changes: Any) -> CallRecord:
    """``changes`` to the result and to the call."""
    known: dict[str, Any] = {
        "outcome": "ok",
        "code": None,
        "tokens": Tokens(100, 10),
        "cost": 56_000,
        "latency_ms": 900,
    }
    result = {name: changes.pop(name, value) for name, value in known.items()}
    return CallRecord(id=new_id(), at=at, call=call(**changes), **result)


def reports(kit: MeteringKit) -> UsageReports:
    return UsageReports(kit.usage, kit.clock)


def test_a_row_tells_everything_about_the_call() -> None:
    kit = MeteringKit()
    kit.usage.add(record(job="job-1", outcome="transient", code="INVALID_ANSWER"))
    (row,) = kit.rows()
    assert row.pop("time").startswith("2026-11-20T12:00:00.000000Z#")
    assert row == {
        "user": "ada",
        "provider": "openai",
        "model": "gpt-4.1-mini",
        "purpose": "describe",
        "payer": "stack",
        "image": "image-1",
        "job": "job-1",
        "outcome": "transient",
        "code": "INVALID_ANSWER",
        "input_tokens": 100,
        "output_tokens": 10,
        "cost_nano_usd": 56_000,
        "latency_ms": 900,
        "expires_at": int((START + timedelta(days=400)).timestamp()),
    }


def test_a_row_written_twice_counts_once() -> None:
    kit = MeteringKit()
    one = record()
    kit.database.inject(Fault("transact_write_items", timeout(), after=True))
    with pytest.raises(Exception, match="timeout"):
        kit.usage.add(one)
    kit.usage.add(one)
    assert len(kit.rows()) == 1
    assert kit.usage.spent("ada", "2026-11") == 56_000


def test_a_crowd_at_one_sum_is_waited_out_or_reported_with_nothing_written() -> None:
    kit = MeteringKit()
    kit.database.inject(Fault("transact_write_items", conflict()))
    kit.usage.add(record())
    assert len(kit.rows()) == 1
    kit.database.inject(Fault("transact_write_items", conflict(), times=-1))
    with pytest.raises(Busy):
        kit.usage.add(record())
    kit.database.faults.clear()
    assert len(kit.rows()) == 1


def test_the_stack_sums_up_what_it_pays_for_all_users() -> None:
    kit = MeteringKit()
    for user in ("ada", "bob", "cleo"):
        for _ in range(20):
            kit.usage.add(record(user=user))
    kit.usage.add(record(payer="user"))
    assert kit.usage.spent_by_stack("2026-11") == 60 * 56_000
    assert kit.usage.spent("ada", "2026-11") == 21 * 56_000
    assert kit.usage.spent_by_stack("2026-12") == 0


def test_a_report_is_this_month_by_day_unless_asked_otherwise() -> None:
    kit = MeteringKit()
    kit.usage.add(record(START - timedelta(days=30)))
    kit.usage.add(record(START - timedelta(days=1)))
    kit.usage.add(record())
    kit.usage.add(record(outcome="permanent", cost=None, latency_ms=100))
    report = reports(kit).report("ada", None, None, ["day"])
    assert (report.first, report.last) == ("2026-11-01", "2026-11-20")
    assert [(group.day, group.totals.calls) for group in report.groups] == [
        ("2026-11-19", 1),
        ("2026-11-20", 2),
    ]
    assert report.total.model_dump() == {
        "calls": 3,
        "failures": 1,
        "unpriced": 1,
        "input_tokens": 300,
        "output_tokens": 30,
        "cost_usd": 0.000112,
        "average_latency_ms": 633,
    }


def test_a_report_may_be_by_several_dimensions() -> None:
    kit = MeteringKit()
    all_changes: list[dict[str, Any]] = [
        {},
        {"purpose": "embed"},
        {"purpose": "embed", "payer": "user"},
        {"model": "a#b"},
    ]
    for changes in all_changes:
        kit.usage.add(record(**changes))
    by: list[Dimension] = ["purpose", "payer", "purpose"]
    found = reports(kit).report("ada", None, None, by)
    assert found.by == ["purpose", "payer"]
    assert [(group.purpose, group.payer, group.totals.calls) for group in found.groups] == [
        ("describe", "stack", 2),
        ("embed", "stack", 1),
        ("embed", "user", 1),
    ]
    assert {group.model for group in reports(kit).report("ada", None, None, ["model"]).groups} == {
        "a#b",
        "gpt-4.1-mini",
    }


def test_a_report_of_nothing_is_zero() -> None:
    report = reports(MeteringKit()).report("ada", None, None, ["day"])
    assert report.groups == []
    assert report.total.average_latency_ms == 0


def test_what_others_did_is_not_in_it() -> None:
    kit = MeteringKit()
    kit.usage.add(record(user="bob"))
    assert reports(kit).report("ada", None, None, ["day"]).total.calls == 0
    assert reports(kit).calls("ada", before=None, limit=10).calls == []


@pytest.mark.parametrize(
    ("first", "last"), [(date(2026, 11, 2), date(2026, 11, 1)), (date(2025, 1, 1), date(2026, 1, 2))]
)
def test_a_range_that_makes_no_sense_is_refused(first: date, last: date) -> None:
    with pytest.raises(ValidationFailed):
        reports(MeteringKit()).report("ada", first, last, ["day"])


def test_calls_are_paged_newest_first() -> None:
    kit = MeteringKit()
    for second in range(5):
        kit.usage.add(record(START + timedelta(seconds=second), latency_ms=second))
    first = reports(kit).calls("ada", before=None, limit=3)
    rest = reports(kit).calls("ada", before=first.next, limit=3)
    assert [row.latency_ms for row in (*first.calls, *rest.calls)] == [4, 3, 2, 1, 0]
    assert rest.next is None
    assert first.calls[0].time == "2026-11-20T12:00:04.000000Z"
    assert first.calls[0].cost_usd == 0.000056


def test_a_conflict_on_one_shard_is_not_waited_for_on_the_same_one(monkeypatch: pytest.MonkeyPatch) -> None:
    kit = MeteringKit()
    taken: list[str] = []

    def another(shards: tuple[str, ...]) -> str:
        taken.append(shards[len(taken)])
        return taken[-1]

    monkeypatch.setattr("gloss.metering.store.random.choice", another)
    kit.database.inject(Fault("transact_write_items", conflict(), times=2))
    kit.usage.add(record())
    assert len(set(taken)) == 6
    assert len(kit.rows()) == 1
    assert kit.usage.spent("ada", "2026-11") == kit.usage.spent_by_stack("2026-11") == 56_000


@pytest.mark.parametrize("cursor", ["", "DAY#2026-11-20#x", "MONTH#2026-11", "~"])
def test_a_cursor_that_is_no_call_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        reports(MeteringKit()).calls("ada", before=cursor, limit=3)


KINDS: list[OutcomeKind] = ["ok", "rate_limited", "transient", "permanent"]
RECORDS = st.builds(
    lambda day, user, payer, model, outcome, tokens, cost: record(
        datetime(2026, 11, day, tzinfo=UTC),
        user=user,
        payer=payer,
        model=model,
        outcome=outcome,
        tokens=tokens,
        cost=cost,
    ),
    st.integers(1, 30),
    st.sampled_from(["ada", "bob"]),
    st.sampled_from(["stack", "user"]),
    st.sampled_from(["m1", "m2"]),
    st.sampled_from(KINDS),
    st.builds(Tokens, st.integers(0, 10_000), st.integers(0, 1000)),
    st.none() | st.integers(0, nano_usd(1)),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(RECORDS, max_size=20))
def test_sums_always_equal_the_rows(records: list[CallRecord]) -> None:
    kit = MeteringKit()
    for one in records:
        kit.usage.add(one)
    for user in ("ada", "bob"):
        own = [one for one in records if one.call.user == user]
        days = kit.usage.days(user, "2026-11-01", "2026-11-30")
        assert sum((entry.totals for entry in days), Totals()) == sum(map(Totals.of, own), Totals())
        assert len(kit.rows(user)) == len(own)
        assert kit.usage.spent(user, "2026-11") == sum(one.cost or 0 for one in own)
    paid = sum(one.cost or 0 for one in records if one.call.payer == "stack")
    assert kit.usage.spent_by_stack("2026-11") == paid
