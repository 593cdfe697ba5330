"""The page and its charts come from the figures alone."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import _charts
from bench._report import write
from bench._report_pages import SECTIONS, page

KNOWN = {
    "warm": {"day": "2026-11-20", "machine": "a machine", "figures": {"p50_ms": 0.5, "p99_ms": 12.0}},
    "bulk": {
        "day": "2026-11-20",
        "machine": "a machine",
        "figures": {"images": 100, "course": [[0.0, 0], [5.0, 60], [9.0, 100]], "peak_mb": None},
    },
}


def parsed(chart: str) -> ElementTree.Element:
    return ElementTree.fromstring(chart)  # noqa: S314 - of our own making


def test_a_page_tells_what_was_measured_and_which_goals_were_kept() -> None:
    text = page(KNOWN)
    assert "| median, ms | 0.5 | <= 3, kept |" in text
    assert "| 99th percentile, ms | 12 | <= 10, **missed** |" in text
    assert "| largest function, MB | – |  |" in text
    assert "Cost" not in text


def test_charts_are_written_beside_the_page(tmp_path: Path) -> None:
    write(KNOWN, tmp_path / "charts", tmp_path / "page.md")
    (chart,) = (tmp_path / "charts").iterdir()
    assert f"(performance/{chart.name})" in (tmp_path / "page.md").read_text()
    parsed(chart.read_text())


@pytest.mark.parametrize(
    "chart",
    [
        _charts.bars("A & B", "ms", {"<ours>": 1.0, "theirs": 2.0}, ours=("<ours>",)),
        _charts.stacks("A", {"one": {"x": 1.0, "y": 2.0}, "two": {"x": 1.0}}),
        _charts.line("A", [(0.0, 0.0), (2.0, 5.0)], across="s", up="done"),
        _charts.lines(
            "A", {"one": [(1000, 0.5), (1e8, 40.0)], "two": [(10, 1)]}, across="images", up="hours"
        ),
    ],
)
def test_a_chart_is_well_formed(chart: str) -> None:
    assert parsed(chart).tag.endswith("svg")


def test_a_longer_bar_is_a_larger_value() -> None:
    chart = parsed(_charts.bars("A", "", {"one": 1.0, "four": 4.0}))
    one, four = (float(bar.attrib["width"]) for bar in chart.iter("{http://www.w3.org/2000/svg}rect"))
    assert four == pytest.approx(4 * one, rel=0.01)


def test_a_decade_is_as_long_as_any_other() -> None:
    series = {"hours": [(10, 1), (100, 10), (1000, 100)]}
    chart = parsed(_charts.lines("A", series, across="images", up="hours"))
    (line,) = chart.iter("{http://www.w3.org/2000/svg}polyline")
    (x1, y1), (x2, y2), (x3, y3) = (map(float, pair.split(",")) for pair in line.attrib["points"].split())
    assert (x2 - x1, y1 - y2) == pytest.approx((x3 - x2, y2 - y3), abs=0.2)


def test_the_committed_page_is_what_its_figures_give() -> None:
    docs = Path(__file__).parents[3] / "docs"
    known = json.loads((docs / "performance/figures.json").read_text())
    assert set(known) <= set(SECTIONS)
    assert (docs / "performance.md").read_text() == page(known)
