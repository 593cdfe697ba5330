"""What `docs/performance.md` tells of the cost beyond its goals: steps, sizes, growth."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from bench import _charts

Figures = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]

_STAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "as_shipped": "as shipped",
        "provider_raised": "provider's limits raised",
        "concurrency_raised": "concurrency raised too",
    }
)


def charts(figures: Figures) -> Iterator[tuple[str, str]]:
    yield "cost", _charts.stacks("USD per 1,000 images, heuristic", figures["steps_usd_per_1000"])
    yield "cost-model", _charts.stacks("USD per 1,000 images, model", figures["steps_usd_per_1000_model"])
    designs = {
        f"{words}, {way}": figures[f"usd_per_1000_images{key}{suffix}"]
        for way, suffix in (("heuristic", ""), ("model", "_model"))
        for words, key in (("as built", ""), ("Standard machine", "_standard"), ("polling", "_polling"))
    }
    ours = [words for words in designs if words.startswith("as built")]
    yield "designs", _charts.bars("USD per 1,000 images, by design", "USD", designs, ours=ours)
    hours = {
        words: [(row["images"], row[f"hours_{stage}"]) for row in figures["growth"]]
        for stage, words in _STAGES.items()
    }
    yield "growth", _charts.lines("Hours, on paper", hours, across="images", up="hours")


def details(figures: Figures) -> str:
    return "\n".join(
        [
            *_steps("Per image of a flood, the heuristic describes", figures["steps"]),
            *_steps("Per image of a flood, a model describes", figures["steps_model"]),
            *_sizes(figures["describe_usd_per_1000_by_mb"]),
            *_growth(figures["growth"]),
            *_bounds(figures["images_per_s_at_bound"]),
        ]
    )


def _steps(title: str, steps: Rows) -> Iterator[str]:
    yield f"{title}. Time and memory (the most here, of what it is given) are one invocation's.\n"
    yield "| step | invocations | ms billed | ms computing | MB | write units | USD per 1,000 |"
    yield "|---|---|---|---|---|---|---|"
    for row in steps:
        memory = f"{row['peak_mb'] or '–'} of {row['memory_mb']}"
        cells = (
            row["step"],
            f"{row['invocations']:g}",
            f"{row['billed_ms']:g}",
            f"{row['cpu_ms']:g}",
            memory,
            f"{row['write_units']:g}",
            f"{row['usd_per_1000']:.5f}",
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _sizes(usd: Mapping[str, float]) -> Iterator[str]:
    told = ", ".join(f"{price:.4f} at {memory} MB" for memory, price in usd.items())
    yield f"DescribeImage's time with the model, USD per 1,000 images by its memory: {told}.\n"


def _growth(rows: Rows) -> Iterator[str]:
    yield "Growth on paper, with the model (quotas: `bench/prices.json`): hours, and what binds for most of"
    yield "them. As shipped; with the provider's limits per minute raised; with the template's concurrency"
    yield "raised too, so that the default quotas of an account are what remains.\n"
    yield f"| images | USD, heuristic | USD, model | {' | '.join(_STAGES.values())} |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        stages = " | ".join(f"{row[f'hours_{stage}']:,.2f}: {row[f'first_{stage}']}" for stage in _STAGES)
        yield f"| {row['images']:,} | {row['usd']:,.2f} | {row['usd_model']:,.2f} | {stages} |"
    yield ""


def _bounds(rates: Mapping[str, float]) -> Iterator[str]:
    yield "Images per second that each bound allows in the end, the narrowest first. One user's are those of"
    yield "a single partition; DynamoDB splits a hot library by its sort key.\n"
    yield "| bound | images/s |"
    yield "|---|---|"
    for name, rate in sorted(rates.items(), key=lambda item: item[1]):
        yield f"| {name} | {rate:,.2f} |"
    yield ""
