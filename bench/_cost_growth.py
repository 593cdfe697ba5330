"""From a thousand images to a hundred million, on paper: how long they take, and what holds them up first.

Three stages of a deployment, each with what bounds it: as it is shipped; with the provider's limits raised;
with the template's concurrency raised too, so that the account's default quotas remain. A bound is a rate in
images per second that may grow with time: Lambda adds environments, a new table its capacity.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from bench._cost_prices import batch_size, concurrency, quota
from gloss.metering.limits import Limits
from gloss.metering.model import Purpose

GROWTH: Final = (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
PROVIDER: Final = "openai"
STAGE: Final = "prod"
_STEP_S: Final = 10.0
_EVER: Final = 1e9


@dataclass(frozen=True, slots=True)
class Load:
    """What one image asks for, in a flood.

    ``busy_s`` are seconds of environments of any function, ``longest_s`` of the function that needs most,
    ``path_s`` the way from the queue to the end. ``writes`` are units by table and by index, ``requests``
    those to the API, ``objects`` those written to S3, ``calls`` those to the provider by purpose.
    """

    busy_s: float
    longest_s: float
    path_s: float
    writes: Mapping[str, float]
    requests: float
    objects: float
    calls: Mapping[Purpose, float]

    @property
    def busiest(self) -> tuple[str, float]:
        """The table or index that is written to most, and how many units."""
        return max(self.writes.items(), key=lambda item: item[1])


@dataclass(frozen=True, slots=True)
class Bound:
    """Images per second at most, so many seconds after the beginning."""

    name: str
    at: Callable[[float], float]

    @property
    def in_the_end(self) -> float:
        return self.at(_EVER)


def provider_bounds(load: Load) -> Iterator[Bound]:
    """What `limits.json` allows per minute, by purpose."""
    limits = Limits.load()
    for purpose, calls in load.calls.items():
        limit = limits.of(PROVIDER, purpose)
        if limit and calls:
            yield _constant(f"calls to {purpose} per minute (limits.json)", limit / 60 / calls)


def template_bounds(load: Load) -> Iterator[Bound]:
    """MaximumConcurrency of the queue of uploads."""
    in_flight = concurrency(STAGE) * batch_size()
    yield _constant(f"images in flight (template, {STAGE})", in_flight / load.path_s)


def account_bounds(load: Load) -> Iterator[Bound]:
    """Default quotas; none is about one user."""
    environments, added = quota("lambda_concurrency"), quota("lambda_environments_per_10_s")
    place, units = load.busiest
    table = quota("table_write_units_per_s")

    def batches(seconds: float) -> float:
        grown = quota("sqs_first_batches") + quota("sqs_batches_per_minute") * seconds / 60
        return min(quota("sqs_batches"), grown) * batch_size() / load.path_s

    def started(seconds: float) -> float:
        return min(environments, added * (1 + seconds // 10)) / load.longest_s

    def written(seconds: float) -> float:
        doublings = min(seconds // quota("table_doubling_s"), 30)
        return float(min(table, quota("new_table_write_units_per_s") * 2**doublings) / units)

    yield _constant("environments of all functions (Lambda concurrency)", environments / load.busy_s)
    yield Bound("environments of one function (Lambda scaling rate)", started)
    yield Bound("batches of a queue at once (Lambda's poller)", batches)
    yield Bound(f"write units of a new {place}", written)
    yield _constant("Express executions started", quota("express_starts_per_s"))
    yield _constant("requests to the API", quota("rest_api_requests_per_s") / load.requests)
    for purpose, calls in load.calls.items():
        rate = quota("partition_write_units_per_s") / calls
        yield _constant(f"the minute's counter of calls to {purpose}, one key", rate)


def user_bounds(load: Load) -> Iterator[Bound]:
    """What one user alone can have, before a hot partition is split."""
    place, units = load.busiest
    yield _constant(f"one user: write units of {place}", quota("partition_write_units_per_s") / units)
    yield _constant("one user: objects of a prefix", quota("s3_writes_per_prefix_per_s") / load.objects)


def _constant(name: str, rate: float) -> Bound:
    return Bound(name, lambda _seconds: rate)


STAGES: Final[Mapping[str, Sequence[Callable[[Load], Iterator[Bound]]]]] = MappingProxyType(
    {
        "as_shipped": (provider_bounds, template_bounds, account_bounds),
        "provider_raised": (template_bounds, account_bounds),
        "concurrency_raised": (account_bounds,),
    }
)


def growth(load: Load, usd: Mapping[str, float]) -> list[dict[str, Any]]:
    """By size: the bill (``usd`` per image by way to describe it), and by stage the hours and what bound the
    images for most of them."""
    rows = []
    for images in GROWTH:
        row: dict[str, Any] = {"images": images}
        row |= {f"usd{way}": round(images * each, 2) for way, each in usd.items()}
        for stage, kinds in STAGES.items():
            seconds, first = passage(images, [bound for kind in kinds for bound in kind(load)])
            row |= {f"hours_{stage}": round(seconds / 3600, 3), f"first_{stage}": first}
        rows.append(row)
    return rows


def rates(load: Load) -> dict[str, float]:
    """Images per second that each bound allows in the end."""
    kinds = (provider_bounds, template_bounds, account_bounds, user_bounds)
    return {bound.name: round(bound.in_the_end, 2) for kind in kinds for bound in kind(load)}


def passage(images: int, bounds: Sequence[Bound]) -> tuple[float, str]:
    """Seconds that so many images take, and the bound that held them up for most of them."""
    held: defaultdict[str, float] = defaultdict(float)
    seconds, left = 0.0, float(images)
    while True:
        rate, name = min((bound.at(seconds), bound.name) for bound in bounds)
        lasts = all(bound.at(seconds) == bound.in_the_end for bound in bounds)
        taken = left / rate if lasts else min(_STEP_S, left / rate)
        held[name] += taken
        seconds += taken
        left -= taken * rate
        if lasts or left <= 0:
            return seconds, max(held, key=held.__getitem__)
