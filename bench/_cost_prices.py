"""What AWS charges and allows: the dated table `prices.json`, and what the template itself says."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from tools.template import read_template

_TABLE: Final = Path(__file__).with_name("prices.json")


@cache
def table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_TABLE.read_text())
    return found


def price(name: str, count: float) -> float:
    """USD of so many of what is named."""
    entry = table()["prices"][name]
    return count * float(entry["usd"]) / float(entry["per"])


def term(name: str) -> float:
    return float(table()["terms"][name]["value"])


def quota(name: str) -> float:
    return float(table()["quotas"][name]["value"])


@cache
def memory_mb(function: str) -> int:
    template = read_template()
    own = template["Resources"][function]["Properties"]
    return int(own.get("MemorySize", template["Globals"]["Function"]["MemorySize"]))


def concurrency(stage: str) -> int:
    """Invocations at once for the queue of uploads."""
    return int(read_template()["Mappings"]["Concurrency"][stage]["Interactive"])


def batch_size() -> int:
    """Uploads in one of them."""
    events = read_template()["Resources"]["Intake"]["Properties"]["Events"]
    return int(events["Interactive"]["Properties"]["BatchSize"])
