"""Prices, quotas and the orchestrations that are compared."""

import pytest

from bench._cost_units import STEPS, Units
from bench.cost import Run, designs, growth, on_lambda_ms, price, rates, step_costs, table, transitions

RUNS = {name: Run(invocations=1.0, billed_ms=10.0, cpu_ms=4.0, log_bytes=1000.0) for name in STEPS}
COUNTED = {name: Units(read=1.0, write=2.0, s3_reads=1, s3_writes=1) for name in STEPS}


def test_every_price_has_its_source_and_its_day() -> None:
    for entry in table()["prices"].values():
        assert entry["source"].startswith("https://aws.amazon.com/")
        assert len(entry["since"].split("-")) == 3
    assert price("standard_transition", 1000) == pytest.approx(0.025)


def test_a_smaller_share_of_a_core_takes_longer() -> None:
    assert on_lambda_ms("InspectImage", RUNS["InspectImage"]) == 10.0  # a whole core
    assert on_lambda_ms("UploadsApi", RUNS["UploadsApi"]) == pytest.approx(10 + 4 * (1769 / 512 - 1))


def test_an_image_walks_ten_states() -> None:
    assert transitions() == 10


def test_other_orchestrations_cost_more() -> None:
    total = sum(sum(services.values()) for services in step_costs(RUNS, COUNTED).values())
    usd = designs(total, RUNS, seconds=0.5)
    assert usd["express"] == total
    assert usd["polling"] - usd["standard"] > price("standard_transition", 3)
    assert usd["standard"] > total


def test_the_bill_grows_with_the_images_and_the_first_quota_tells_the_hours() -> None:
    ceilings = rates(RUNS, COUNTED)
    rows = growth(0.001, {"slow": 10.0, "fast": 100.0, "one_user_key": 1.0})
    assert rows[0] == {"images": 1000, "usd": 1.0, "hours": round(1000 / 10 / 3600, 2)}
    assert ceilings["express_starts"] == 6000.0
    assert ceilings["table_writes"] == pytest.approx(40_000 / (2 * len(STEPS)))
