"""The text and the charts of `docs/performance.md`, made of the benchmarks' figures."""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from bench import _charts, _report_cost

Figures = Mapping[str, Any]
Goal = tuple[str, str, str]
"""A key, what it is, and its goal in words: ``<= 0.5``, ``>= 1``, ``= 1``, a figure's name for the number, or
nothing."""
_SIGNS: Final[Mapping[str, Callable[[float, float], bool]]] = MappingProxyType(
    {"<=": operator.le, ">=": operator.ge, "=": operator.eq}
)

_INTRO: Final = """# Performance

Written by `make bench` from the last line of every benchmark; `make bench-NAME` runs one. Ratios are ours
divided by theirs, measured taking turns in the same run on the same files: below 1 we take less. A dash
stands for a peer that could not be installed or does not read the format.
"""

SECTIONS: Final[Mapping[str, tuple[str, Sequence[Goal]]]] = MappingProxyType(
    {
        "imaging": (
            "Imaging: one decode gives thumbnail, preview, palette and metadata (one core)",
            (
                ("vs_sharp_vibrant", "time, to sharp twice + node-vibrant on the thumbnail", "<= 0.5"),
                ("vs_best_node", "time, to the best that Node does", "<= 1.0"),
                ("vs_naive_pillow", "time, to Pillow opening the file for each of the three", "<= 0.05"),
                ("vs_pyvips", "time, to pyvips, which makes no palette", ""),
                ("png_vs_best_peer", "PNG: time, to the best peer", "<= 1.0"),
                ("webp_vs_best_peer", "WebP: time, to the best peer", "<= 1.0"),
                ("avif_vs_best_peer", "AVIF: time, to the best peer", "<= 1.0"),
                ("heic_vs_best_peer", "HEIC: time, to the best peer", "<= 1.0"),
                (
                    "palette_error_oklab",
                    "palette error, CIEDE2000 to k-means of all pixels in OKLab",
                    "<= best_peer_error_oklab",
                ),
                ("best_peer_error_oklab", "the same, best peer", ""),
                (
                    "palette_error_cielab",
                    "palette error, CIEDE2000 to k-means of all pixels in CIELAB",
                    "<= best_peer_error_cielab",
                ),
                ("best_peer_error_cielab", "the same, best peer", ""),
                ("ssim_vs_sharp", "SSIM to a Lanczos reference, to sharp's at the same JPEG quality", ">= 1"),
                ("peak_vs_naive_100mp", "peak memory at 100 megapixels, to naive Pillow", "<= 0.05"),
            ),
        ),
        "cold": (
            "Cold starts: from nothing to the first answer",
            (
                ("worst_api_vs_reference", "slowest API function, to the reference", "<= 1.0"),
                (
                    "worst_light_task_vs_reference",
                    "slowest task without a model SDK, to the reference",
                    "<= 0.6",
                ),
                ("worst_ai_task_ms", "slowest task with the model SDK, ms", ""),
                ("reference_ms", "the reference, ms", ""),
            ),
        ),
        "warm": (
            "Warm requests: our own processor time, AWS calls excluded",
            (("p50_ms", "median, ms", "<= 3"), ("p99_ms", "99th percentile, ms", "<= 10")),
        ),
        "pipeline": (
            "Pipeline: from sent to complete on one machine",
            (
                ("images_per_s", "images per second in a flood of 300", ">= 30"),
                ("single_p50_ms", "one upload on an idle stack, median, ms", "<= 1000"),
                ("single_p95_ms", "the same, 95th percentile, ms", ""),
                ("course_images", "images that the course was measured on", ""),
                ("course_images_per_s", "images per second, all of them", ""),
                ("images_per_s_first_1000", "the first 1,000 (of fewer than 3,000: the first third)", ""),
                ("images_per_s_last_1000", "the last 1,000 (or third)", ""),
                ("last_vs_first_1000", "the last to the first", ""),
            ),
        ),
        "bulk": (
            "Bulk jobs: 10,000 images in one job, uploads in between",
            (
                ("images_per_s_first_1000", "images per second, the first 1,000", ""),
                ("images_per_s_last_1000", "the last 1,000", ""),
                ("last_vs_first_1000", "the last to the first 1,000", ">= 0.8"),
                ("estimate_request_s", "slowest request for an estimate of the library, s", "<= 3"),
                (
                    "slow_provider_s",
                    "1,000 images with a model of 2.5 s, 50 calls at a time, s",
                    "<= 60",
                ),
                ("interactive_p95_delay_ms", "delay of uploads meanwhile, 95th percentile, ms", "<= 2000"),
                ("peak_mb", "largest function, MB", ""),
                ("counter_errors", "counters that differ from what they count", "<= 0"),
                ("audit_drift", "balances that differ from their journal", "<= 0"),
            ),
        ),
        "ledger": (
            "Ledger: reservations under contention",
            (
                ("winners_of_1_credit", "callers who got the last credit, of 1,000", "= 1"),
                ("winners_of_50_credits", "callers who got the last 50 credits, of 1,000", "= 50"),
                ("audit_drift", "balances that differ from their journal", "<= 0"),
                ("reserve_p50_ms", "reserve, median, ms", ""),
                ("reserve_p95_ms", "reserve, 95th percentile, ms", ""),
                ("write_units_per_upload", "write units of an upload in the ledger", ""),
            ),
        ),
        "search": (
            "Search: 100,000 vectors of 512 dimensions (one core)",
            (
                ("p50_ms", "median, ms", ""),
                ("p95_ms", "95th percentile, ms", ""),
                ("first_ms", "first answer of a fresh process, median, ms", ""),
                ("peak_mb", "memory of that process, MB", ""),
                ("p95_vs_lancedb", "95th percentile, to LanceDB's exact search", "<= 1.0"),
                ("p95_vs_numpy", "95th percentile, to plain NumPy", ""),
                ("recall_at_10", "recall of the ten nearest", ">= 1"),
                ("whole_p50_ms", "a page by words and meaning of 100,000 described images, median, ms", ""),
                ("whole_p95_ms", "the same, 95th percentile, ms", ""),
                ("whole_colour_p95_ms", "the same among those with a colour, 95th percentile, ms", ""),
                ("whole_first_ms", "first answer of a fresh process, median, ms", ""),
                ("whole_peak_mb", "memory of that process, MB", ""),
                ("ndcg_keyword", "nDCG@10 by words, all 84 queries", ""),
                ("ndcg_vector", "nDCG@10 by vectors", ""),
                ("ndcg_hybrid", "nDCG@10 by both", ""),
                ("ndcg_test_keyword", "nDCG@10 by words, the test half", ""),
                ("ndcg_test_vector", "nDCG@10 by vectors, the test half", ""),
                ("ndcg_test_hybrid", "nDCG@10 by both, the test half", ""),
            ),
        ),
        "cost": (
            "Cost: USD per 1,000 images without the model's price",
            (
                ("usd_per_1000_images", "as built, the heuristic describes", "<= 0.06"),
                ("usd_per_1000_images_model", "as built, with a model that takes 2.5 s", "<= 0.06"),
                ("usd_per_1000_uploads_one_by_one", "each upload alone, heuristic", ""),
                ("usd_per_1000_uploads_one_by_one_model", "each upload alone, model", ""),
                ("usd_per_1000_images_standard", "the same steps on a Standard machine, heuristic", ""),
                ("usd_per_1000_images_standard_model", "the same, model", ""),
                ("usd_per_1000_images_polling", "a Standard machine per image that polls, heuristic", ""),
                ("usd_per_1000_images_polling_model", "the same, model", ""),
                ("write_units", "DynamoDB write units per image, indexes included, heuristic", ""),
                ("write_units_model", "the same, model", ""),
            ),
        ),
    }
)
"""What the page tells of each benchmark, in order."""


def page(known: Mapping[str, Mapping[str, Any]]) -> str:
    parts = [_INTRO]
    for name, (title, goals) in SECTIONS.items():
        if name in known:
            entry = known[name]
            parts.append(
                f"## {title}\n\n{entry['day']}; {entry['machine']}.\n\n{_table(goals, entry['figures'])}"
            )
            parts += [f"![{chart}](performance/{chart}.svg)\n" for chart in _drawn(name, entry["figures"])]
            if name in _DETAILS:
                parts.append(_DETAILS[name](entry["figures"]))
    return "\n".join(parts)


def _table(goals: Sequence[Goal], figures: Figures) -> str:
    rows = [
        f"| {words} | {_number(figures[key])} | {_verdict(figures[key], goal, figures)} |"
        for key, words, goal in goals
        if key in figures
    ]
    return "\n".join(["| | measured | goal |", "|---|---|---|", *rows]) + "\n"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _verdict(value: float | None, goal: str, figures: Figures) -> str:
    if not goal or value is None:
        return goal
    sign, _, limit = goal.partition(" ")
    bound = figures.get(limit, limit)
    if bound is None:
        return ""
    return f"{sign} {bound}, {'kept' if _SIGNS[sign](value, float(bound)) else '**missed**'}"


def charts(told: Mapping[str, Figures]) -> dict[str, str]:
    return {chart: text for name, figures in told.items() for chart, text in _drawn(name, figures).items()}


def _drawn(name: str, figures: Figures) -> dict[str, str]:
    return dict(_CHARTS[name](figures)) if name in _CHARTS else {}


def _imaging_charts(figures: Figures) -> Iterator[tuple[str, str]]:
    for number, file in enumerate(figures["files"]):
        title = f"{file['format']}, {file['megapixels']:g} megapixels"
        yield f"imaging-{number}", _charts.bars(title, "ms", file["ms"], ours=("ours",))
    for space, errors in figures["palette_errors"].items():
        title = f"Palette error, CIEDE2000, reference in {space}"
        rounded = {name: round(error, 2) for name, error in errors.items()}
        yield f"palette-{space}", _charts.bars(title, "", rounded, ours=("ours",))


def _cold_charts(figures: Figures) -> Iterator[tuple[str, str]]:
    ratios = dict(sorted(figures["functions_vs_reference"].items(), key=lambda item: -item[1]))
    ours = [name for name in ratios if name != "reference"]
    yield "cold", _charts.bars("Cold starts, of the reference", "", ratios, ours=ours)


def _bulk_charts(figures: Figures) -> Iterator[tuple[str, str]]:
    title = f"{figures['images']:,} images in one job"
    yield "course", _charts.line(title, figures["course"], across="s", up="images done")


def _pipeline_charts(figures: Figures) -> Iterator[tuple[str, str]]:
    if "course" in figures:
        title = f"{figures['course_images']:,} uploads, from the first sent to the last complete"
        yield "pipeline-course", _charts.line(title, figures["course"], across="s", up="images done")


_CHARTS: Final[Mapping[str, Callable[[Figures], Iterator[tuple[str, str]]]]] = MappingProxyType(
    {
        "imaging": _imaging_charts,
        "cold": _cold_charts,
        "pipeline": _pipeline_charts,
        "cost": _report_cost.charts,
        "bulk": _bulk_charts,
    }
)


_DETAILS: Final[Mapping[str, Callable[[Figures], str]]] = MappingProxyType({"cost": _report_cost.details})
