"""Every benchmark that needs no stack of its own works, in small. Its figures are for `make bench`."""

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
}


@pytest.mark.parametrize("name", KEYS)
def test_a_benchmark_tells_its_figures(stack: LocalStack, name: str) -> None:
    """The layers that a cold start needs are built with the stack."""
    figures = brief(name)
    assert KEYS[name] <= figures.keys()
    assert all(figures[key] is None or figures[key] > 0 for key in KEYS[name])
    assert any(figures[key] is not None for key in KEYS[name])


def test_the_ledger_counts_right_under_a_crowd() -> None:
    """On an engine of its own."""
    figures = brief("ledger")
    assert (figures["winners_of_1_credit"], figures["winners_of_50_credits"]) == (1, 50)
    assert figures["audit_drift"] == 0
    assert 0 < figures["reserve_p50_ms"] <= figures["reserve_p95_ms"]
    assert figures["write_units_per_upload_in_batch_of_25"] < figures["write_units_per_upload"]


def test_units_are_counted_per_step() -> None:
    """What `bench.cost` prices; its run on a stack is the pipeline's."""
    code = (
        "import json; from bench._cost_units import units;"
        "one, five = units(1), units(5);"
        "print(json.dumps({'inspect': one['InspectImage'].s3_writes, 'finish': one['FinishImage'].write,"
        " 'one': one['UploadsApi'].write, 'five': five['UploadsApi'].write}))"
    )
    found = last_line("-c", code)
    assert found["inspect"] == 2
    assert found["finish"] > 0
    assert found["five"] > 3 * found["one"]


def brief(name: str) -> dict[str, Any]:
    return last_line("-m", f"bench.{name}", "--brief")


def last_line(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": "layers/gloss/python"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures
