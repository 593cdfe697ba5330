"""Usage as its owner sees it."""

from collections.abc import Iterable, Sequence
from typing import Literal

from gloss.dynamodb import Item
from gloss.metering.model import DayTotals, Totals, usd
from gloss.schema import ApiModel

Dimension = Literal["day", "provider", "model", "purpose", "payer"]


class UsageTotals(ApiModel):
    """``unpriced`` counts the calls to models of unknown price; their cost is not in ``costUsd``."""

    calls: int
    failures: int
    unpriced: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    average_latency_ms: int

    @classmethod
    def of(cls, totals: Totals) -> "UsageTotals":
        return cls(
            calls=totals.calls,
            failures=totals.failures,
            unpriced=totals.unpriced,
            input_tokens=totals.input_tokens,
            output_tokens=totals.output_tokens,
            cost_usd=usd(totals.cost_nano_usd),
            average_latency_ms=round(totals.latency_ms / totals.calls) if totals.calls else 0,
        )


class UsageGroup(ApiModel):
    """Sums over the calls that agree in the dimensions asked for; the other ones are ``null``."""

    day: str | None = None
    provider: str | None = None
    model: str | None = None
    purpose: str | None = None
    payer: str | None = None
    totals: UsageTotals


class UsageReport(ApiModel):
    """Calls from day ``first`` to day ``last`` (UTC, both included)."""

    first: str
    last: str
    by: list[Dimension]
    groups: list[UsageGroup]
    total: UsageTotals


class UsageRow(ApiModel):
    """One call; ``costUsd`` is ``null`` where the price of the model is unknown. ``pictures``: how many were
    made, where the model is paid by the picture."""

    time: str
    provider: str
    model: str
    purpose: str
    payer: str
    outcome: str
    code: str | None
    input_tokens: int
    output_tokens: int
    pictures: int = 0
    cost_usd: float | None
    latency_ms: int
    image: str | None
    job: str | None
    generation: str | None

    @classmethod
    def from_item(cls, item: Item) -> "UsageRow":
        cost = item.get("cost_nano_usd")
        own = {"time", "cost_usd", "pictures"}
        taken = {name: item.get(name) for name in cls.model_fields if name not in own}
        taken["pictures"] = item.get("pictures", 0)
        return cls.model_validate(
            taken | {"time": item["time"].split("#")[0], "cost_usd": None if cost is None else usd(cost)}
        )


class UsagePage(ApiModel):
    calls: list[UsageRow]
    next: str | None = None


def grouped(days: Iterable[DayTotals], by: Sequence[Dimension]) -> list[UsageGroup]:
    """One group per combination of the dimensions, in their order."""
    sums: dict[tuple[str, ...], Totals] = {}
    for entry in days:
        key = tuple(getattr(entry, dimension) for dimension in by)
        sums[key] = sums.get(key, Totals()) + entry.totals
    return [
        UsageGroup(**dict(zip(by, key, strict=True)), totals=UsageTotals.of(sums[key]))
        for key in sorted(sums)
    ]
