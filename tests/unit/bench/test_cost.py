"""Prices, and the orchestrations that are compared."""

from dataclasses import replace

import pytest

from bench._cost_growth import GROWTH
from bench._cost_prices import price, table
from bench._cost_units import STEPS, Units
from bench.cost import (
    Account,
    Observation,
    Run,
    designs,
    figures,
    load,
    on_lambda_ms,
    step_costs,
    transitions,
    with_waiting,
)

RUNS = {name: Run(invocations=1.0, billed_ms=10.0, cpu_ms=4.0, log_bytes=1000.0) for name in STEPS}
COUNTED = {
    name: Units(read=1.0, write=3.0, s3_reads=1, s3_writes=1, written={"Images": 2, "Images/by-status": 1})
    for name in STEPS
}
SLOW = RUNS | {"DescribeImage": replace(RUNS["DescribeImage"], billed_ms=2510.0)}


def account(runs: dict[str, Run]) -> Account:
    return Account(Observation(runs, runs, 0.5, dict.fromkeys(STEPS, 90.4)), COUNTED, COUNTED)


@pytest.mark.parametrize("kind", ["prices", "terms", "quotas"])
def test_every_entry_has_its_source(kind: str) -> None:
    for name, entry in table()[kind].items():
        assert entry["source"].startswith(("https://aws.amazon.com/", "https://docs.aws.amazon.com/"))
        assert kind == "terms" or len(entry.get("since", entry.get("asOf")).split("-")) == 3, name


def test_a_price_is_that_of_its_unit() -> None:
    assert price("standard_transition", 1000) == pytest.approx(0.025)


def test_a_smaller_share_of_a_core_takes_longer() -> None:
    assert on_lambda_ms("InspectImage", RUNS["InspectImage"]) == 10.0  # a whole core
    assert on_lambda_ms("UploadsApi", RUNS["UploadsApi"]) == pytest.approx(10 + 4 * (1769 / 512 - 1))
    assert on_lambda_ms("UploadsApi", RUNS["UploadsApi"], 256) == pytest.approx(10 + 4 * (1769 / 256 - 1))


def test_the_intake_waits_for_the_machine() -> None:
    ms = with_waiting(RUNS)
    longer = sum(ms[name] - 10 for name in ("InspectImage", "DescribeImage", "EmbedImage", "FinishImage"))
    assert ms["Intake"] == pytest.approx(on_lambda_ms("Intake", RUNS["Intake"]) + longer)


def test_an_image_walks_ten_states() -> None:
    assert transitions() == 10


def test_other_orchestrations_cost_more() -> None:
    total = sum(sum(services.values()) for services in step_costs(RUNS, COUNTED).values())
    usd = designs(total, RUNS, seconds=0.5)
    assert usd["express"] == total
    assert usd["polling"] - usd["standard"] > price("standard_transition", 3)
    assert usd["standard"] > total


def test_a_model_that_is_waited_for_costs_describe_image_and_the_machine() -> None:
    fast, slow = step_costs(RUNS, COUNTED), step_costs(SLOW, COUNTED)
    more = slow["DescribeImage"]["Lambda"] - fast["DescribeImage"]["Lambda"]
    assert more == pytest.approx(2.5 * 0.5 * 0.0000133334)
    assert slow["ProcessImage"]["Step Functions"] - fast["ProcessImage"]["Step Functions"] == pytest.approx(
        2.5 / 16 * 0.00001667
    )


def test_a_batch_claims_each_of_its_images() -> None:
    batched = RUNS | {"Intake": replace(RUNS["Intake"], invocations=0.2)}
    alone, together = (step_costs(runs, COUNTED)["Intake"] for runs in (RUNS, batched))
    assert together["DynamoDB"] == alone["DynamoDB"]
    assert together["Lambda"] == pytest.approx(alone["Lambda"] / 5)
    assert load(batched, COUNTED, model=False).writes["Images"] == 2 * len(STEPS)


def test_what_an_image_asks_of_the_account() -> None:
    asked = load(SLOW, COUNTED, model=True)
    assert asked.writes == {"Images": 2 * len(STEPS), "Images/by-status": len(STEPS)}
    assert asked.busiest == ("Images", 2 * len(STEPS))
    assert 2.5 < asked.longest_s < asked.busy_s
    assert asked.calls == {"describe": 1.0, "embed": 1.0}
    assert load(RUNS, COUNTED, model=False).calls == {}


def test_the_figures_tell_both_ways_to_describe_and_each_step() -> None:
    told = figures(account(RUNS), account(SLOW))
    assert told["usd_per_1000_images"] < told["usd_per_1000_images_model"]
    (describe,) = [row for row in told["steps_model"] if row["step"] == "DescribeImage"]
    assert describe["billed_ms"] == pytest.approx(2510 + 4 * (1769 / describe["memory_mb"] - 1), abs=0.1)
    assert (describe["peak_mb"], describe["write_units"]) == (90, 3)
    assert told["write_units"] == 3 * len(STEPS)
    sizes = told["describe_usd_per_1000_by_mb"]
    assert sizes["256"] < sizes["512"] < sizes["1024"]
    assert [row["images"] for row in told["growth"]] == list(GROWTH)
    assert told["growth"][-1]["usd_model"] > told["growth"][-1]["usd"] > told["growth"][0]["usd"] > 0
