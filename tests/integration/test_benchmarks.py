"""Every benchmark works, in small. Its figures are for `make bench`.

Two of the eight run along on the stack of this run, for a stack of their own would cost a minute; with stacks
of their own they are among the heavy tests, as is the bulk one, which needs two. `make bench-brief` runs
all eight.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.local_stack import LocalStack

ROOT = Path(__file__).parents[2]

KEYS = {
    "imaging": {
        "vs_sharp_vibrant",
        "vs_best_node",
        "vs_naive_pillow",
        "vs_pyvips",
        "png_vs_best_peer",
        "webp_vs_best_peer",
        "avif_vs_best_peer",
        "palette_error_oklab",
        "palette_error_cielab",
        "best_peer_error_oklab",
        "best_peer_error_cielab",
        "peak_vs_naive_100mp",
        "ssim_vs_sharp",
        "heic_vs_best_peer",
    },
    "cold": {"worst_api_vs_reference", "worst_light_task_vs_reference", "worst_ai_task_ms"},
    "warm": {"p50_ms", "p99_ms"},
    "pipeline": {
        "images",
        "images_per_s",
        "single_p50_ms",
        "single_p95_ms",
        "course_images",
        "course_images_per_s",
        "images_per_s_first_1000",
        "images_per_s_last_1000",
    },
    "ledger": {
        "winners_of_1_credit",
        "winners_of_50_credits",
        "audit_drift",
        "reserve_p50_ms",
        "reserve_p95_ms",
        "write_units_per_upload",
    },
    "search": {
        "p50_ms",
        "p95_ms",
        "first_ms",
        "p95_vs_lancedb",
        "p95_vs_numpy",
        "recall_at_10",
        "ndcg_keyword",
        "ndcg_vector",
        "ndcg_hybrid",
    },
    "cost": {
        "usd_per_1000_images",
        "usd_per_1000_images_model",
        "usd_per_1000_images_standard_model",
        "usd_per_1000_images_polling_model",
        "write_units",
        "write_units_model",
    },
    "bulk": {
        "slow_provider_s",
        "images_per_s_first_1000",
        "images_per_s_last_1000",
        "peak_mb",
        "counter_errors",
        "audit_drift",
        "interactive_p95_delay_ms",
    },
}
NONE_IS_GOOD = {"audit_drift", "counter_errors"}
MAY_BE_LESS_THAN_NOTHING = {"interactive_p95_delay_ms"}
"""A difference of two times that are nearly the same."""


@pytest.mark.parametrize("name", ["imaging", "cold", "warm", "search"])
def test_a_benchmark_tells_its_figures(stack: LocalStack, name: str) -> None:
    """The layers that a cold start needs are built with the stack."""
    check(name, brief(name))


@pytest.mark.parametrize("name", ["pipeline", "cost"])
def test_a_benchmark_of_a_stack_runs_along_on_this_one(stack: LocalStack, name: str) -> None:
    figures = brief(name, "--on", str(stack.folder), str(stack.engine.port))
    check(name, figures)
    if name == "cost":
        finish = figures["written_units_model"]["FinishImage"]
        assert figures["written_units_model"]["DescribeImage"]["UsageTable"] > 0
        assert finish["ImagesTable"] > finish["ImagesTable/by-change"] > 0
        assert figures["write_units_model"] > figures["write_units"]


@pytest.mark.heavy  # stacks of their own: half a minute each to deploy, and a model that takes its time
@pytest.mark.parametrize("name", ["pipeline", "cost", "bulk"])
def test_a_benchmark_brings_up_stacks_of_its_own(name: str) -> None:
    figures = brief(name)
    check(name, figures)
    if name == "cost":
        (describe,) = [step for step in figures["steps_model"] if step["step"] == "DescribeImage"]
        assert describe["billed_ms"] > 2500


def test_the_ledger_counts_right_under_a_crowd() -> None:
    """On an engine of its own."""
    figures = brief("ledger")
    check("ledger", figures)
    assert (figures["winners_of_1_credit"], figures["winners_of_50_credits"]) == (1, 50)
    assert figures["audit_drift"] == 0
    assert figures["reserve_p50_ms"] <= figures["reserve_p95_ms"]
    assert figures["write_units_per_upload_in_batch_of_25"] < figures["write_units_per_upload"]


def check(name: str, figures: dict[str, Any]) -> None:
    """Every key is there; a peer that is not installed here is null, and not all are."""
    told = {key: figures[key] for key in KEYS[name]}
    assert any(value is not None for value in told.values())
    for key in told.keys() - MAY_BE_LESS_THAN_NOTHING:
        assert told[key] is None or told[key] > 0 or (key in NONE_IS_GOOD and told[key] == 0), key


def brief(name: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{name}", "--brief", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": "layers/gloss/python"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures
