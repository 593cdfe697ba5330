"""Every call ends in the usage log, once, also where the log is busy or somebody dies."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gloss.metering.metrics import report_lost
from gloss.metering.model import CallRecord, Tokens, Totals
from tests.fakes.dynamodb import Crash, Fault, conflict, denied, throttled
from tests.fakes.metering import START, MeteringKit
from tests.unit.metering.test_usage import record
from tools.template import read_template

MADE_UP = {"usage made up": 1}


def test_what_the_log_has_no_time_for_is_made_up_for_with_its_sums() -> None:
    kit = MeteringKit()
    kit.database.inject(Fault("transact_write_items", conflict(), times=-1))
    kit.books.enter([record()])
    assert kit.rows() == []
    assert kit.books.make_up() == {"usage faulted": 1}

    kit.database.faults.clear()
    kit.forward(timedelta(days=40).total_seconds())

    assert kit.books.make_up() == MADE_UP
    assert kit.books.make_up() == {}
    (row,) = kit.rows()
    assert row["time"].startswith("2026-11-20T12:00:00")
    assert kit.usage.spent("ada", "2026-11") == kit.usage.spent_by_stack("2026-11") == 56_000
    assert kit.lost == []


def test_the_oldest_rows_are_made_up_first_and_one_fault_holds_up_no_other() -> None:
    kit = MeteringKit()
    kit.database.inject(Fault("transact_write_items", conflict(), times=-1))
    kit.books.enter([record(START + timedelta(seconds=second)) for second in (1, 0)])
    kit.database.faults.clear()
    kit.database.inject(Fault("transact_write_items", denied()))
    assert kit.books.make_up() == {"usage faulted": 1, **MADE_UP}
    assert [row["time"][17:19] for row in kit.rows()] == ["01"]
    assert kit.books.make_up() == MADE_UP


@pytest.mark.parametrize("calls", range(1, 5))
def test_wherever_the_sweep_dies_a_row_counts_once(calls: int) -> None:
    kit = MeteringKit()
    kit.usage.set_aside(record())
    kit.database.crash_after(calls)
    with suppress(Crash):
        kit.books.make_up()
    kit.database.faults.clear()
    kit.books.make_up()
    assert kit.books.make_up() == {}
    assert len(kit.rows()) == 1
    assert kit.usage.spent("ada", "2026-11") == 56_000


def test_a_row_that_can_be_put_nowhere_raises_an_alarm(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("STAGE", "dev")
    kit = MeteringKit()
    for operation in ("transact_write_items", "put_item"):
        kit.database.inject(Fault(operation, throttled(), times=-1))
    kit.books.enter([record()])
    assert len(kit.lost) == 1
    assert "usage not recorded" in caplog.text

    report_lost(kit.lost[0])

    line = json.loads(capsys.readouterr().out)
    (written,) = line["_aws"]["CloudWatchMetrics"]
    alarm = read_template()["Resources"]["UsageLostAlarm"]["Properties"]
    assert (written["Namespace"], [metric["Name"] for metric in written["Metrics"]]) == (
        alarm["Namespace"],
        [alarm["MetricName"]],
    )
    assert [set(names) for names in written["Dimensions"]] == [
        {dimension["Name"] for dimension in alarm["Dimensions"]}
    ]
    assert line["UsageLost"] == [1]


@given(
    st.builds(
        record,
        outcome=st.sampled_from(["ok", "transient"]),
        code=st.none() | st.just("X"),
        tokens=st.builds(Tokens, st.integers(0, 9), st.integers(0, 9), st.integers(0, 2)),
        cost=st.none() | st.integers(0, 9),
        job=st.none() | st.just("job-1"),
        payer=st.sampled_from(["stack", "user"]),
    )
)
def test_a_row_is_all_that_it_takes_to_enter_a_call_later(made: CallRecord) -> None:
    again = CallRecord.from_item(json.loads(json.dumps(made.to_item())))
    assert again.to_item() == made.to_item()
    assert Totals.of(again) == Totals.of(made)
