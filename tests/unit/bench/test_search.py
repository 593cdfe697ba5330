"""Where LanceDB is missing its ratios are null; nothing else changes."""

import sys

import pytest

from bench import _search_subjects
from bench.search import summary

OURS = {"p50_ms": 1.0, "p95_ms": 2.0, "first_ms": 30.0, "peak_mb": 90, "recall_at_10": 1.0}


@pytest.fixture(autouse=True)
def fresh() -> None:
    _search_subjects._has_lancedb.cache_clear()


def test_a_peer_that_cannot_be_loaded_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lancedb", None)
    assert list(_search_subjects.available()) == ["gloss", "numpy"]


def test_its_ratios_are_null() -> None:
    figures = dict.fromkeys(("gloss", "numpy", "described", "coloured"), OURS)
    told = summary(figures, figures)
    assert told["p95_vs_lancedb"] is None
    assert told["first_vs_lancedb"] is None
    assert told["p95_vs_numpy"] == 1.0
    assert 0 < told["ndcg_hybrid"] <= 1
