"""What holds up how many images, and for how long."""

from collections.abc import Iterator

import pytest

from bench import _cost_growth
from bench._cost_growth import Bound, Load, growth, passage, rates
from gloss.metering.limits import Limits

LOAD = Load(
    busy_s=5.0,
    longest_s=2.5,
    path_s=3.0,
    writes={"Images": 20.0, "Images/by-status": 8.0},
    requests=0.04,
    objects=3,
    calls={"describe": 1.0, "embed": 1.0},
)


def bound(name: str, rate: float) -> Bound:
    return Bound(name, lambda _seconds: rate)


def test_the_narrowest_bound_tells_how_long_it_takes() -> None:
    assert passage(1000, [bound("wide", 100.0), bound("narrow", 2.0)]) == (500.0, "narrow")


def test_a_bound_that_grows_holds_up_the_beginning() -> None:
    doubling = Bound("new", lambda seconds: 1.0 if seconds < 100 else 50.0)
    assert passage(50, [doubling, bound("old", 5.0)]) == (50.0, "new")
    seconds, name = passage(100 + 5 * 300, [doubling, bound("old", 5.0)])
    assert (round(seconds), name) == (400, "old")


def test_a_provider_that_allows_few_calls_is_the_first_to_break() -> None:
    rows = growth(LOAD, {"": 0.001, "_model": 0.002})
    limit = Limits.load().of("openai", "embed")
    assert limit
    assert rows[0]["first_as_shipped"] == "calls to embed per minute (limits.json)"
    assert rows[0]["hours_as_shipped"] == pytest.approx(1000 / limit / 60, rel=0.01)
    assert (rows[0]["usd"], rows[0]["usd_model"]) == (1.0, 2.0)


def test_each_stage_is_faster_than_the_one_before() -> None:
    for row in growth(LOAD, {"": 0.001}):
        hours = [row[f"hours_{stage}"] for stage in _cost_growth.STAGES]
        assert hours == sorted(hours, reverse=True)
    assert row["first_provider_raised"] == "images in flight (template, prod)"
    assert row["first_concurrency_raised"] == "environments of all functions (Lambda concurrency)"


def test_a_queue_is_read_by_few_in_the_first_seconds() -> None:
    row = growth(LOAD, {"": 0.001})[0]
    assert row["first_concurrency_raised"] == "batches of a queue at once (Lambda's poller)"


def test_a_new_table_doubles_twice_an_hour_up_to_its_quota() -> None:
    (table,) = [it for it in _cost_growth.account_bounds(LOAD) if "new Images" in it.name]
    assert [table.at(seconds) for seconds in (0, 1799, 1800, 3600, 1e9)] == [200, 200, 400, 800, 2000]


def test_without_a_model_nobody_limits_calls() -> None:
    without = Load(5.0, 2.5, 3.0, {"Images": 20.0}, 0.04, 3, {})
    assert not [name for name in rates(without) if "calls to" in name]
    assert rates(LOAD)["one user: write units of Images"] == 50.0


def test_every_stage_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_load: Load) -> Iterator[Bound]:
        return iter(())

    monkeypatch.setattr(_cost_growth, "STAGES", {"alone": (nothing, _cost_growth.template_bounds)})
    (row, *_) = growth(LOAD, {"": 0.001})
    assert row["first_alone"] == "images in flight (template, prod)"
