"""Rate limits, with a recorded clock: the real limiter over an in-memory DynamoDB."""

import heapq
import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import count

import pytest

from gloss.describe.model import RateLimited
from gloss.errors import ConfigurationError
from gloss.metering.limiter import MAX_WAIT_S, Permit
from gloss.metering.limits import Limits
from tests.fakes.dynamodb import Fault, throttled
from tests.fakes.metering import MeteringKit, call

EMBED = call(purpose="embed")


def _chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - no secret


def test_a_minute_has_room_for_exactly_the_limit() -> None:
    kit = MeteringKit()
    answers = [kit.limiter.acquire(EMBED) for _ in range(25)]
    assert [answer.kind for answer in answers] == ["permit"] * 20 + ["rate_limited"] * 5


def test_the_next_minute_has_room_again() -> None:
    kit = MeteringKit()
    for _ in range(21):
        kit.limiter.acquire(EMBED)
    kit.forward(59.9)
    assert isinstance(kit.limiter.acquire(EMBED), RateLimited)
    kit.forward(0.1)
    assert kit.limiter.acquire(EMBED) == Permit()


def test_who_waits_is_told_the_time_to_a_minute_with_room() -> None:
    kit = MeteringKit()
    kit.forward(20)
    waits = [kit.limiter.acquire(call()) for _ in range(3 + 8)][3:]
    # Three calls a minute, overbooked by a quarter: 3.75 of those who wait belong to each minute.
    assert [answer.retry_after_s for answer in waits if isinstance(answer, RateLimited)] == [
        *[40.0] * 4,
        *[100.0] * 4,
    ]


def test_nobody_is_sent_away_for_longer_than_ten_minutes() -> None:
    kit = MeteringKit()
    answers = [kit.limiter.acquire(call()) for _ in range(100)]
    assert max(a.retry_after_s for a in answers if isinstance(a, RateLimited)) == MAX_WAIT_S


def test_jitter_spreads_those_who_wait() -> None:
    kit = MeteringKit(jitter=_chance(7).uniform)
    answers = [kit.limiter.acquire(call()) for _ in range(7)]
    waits = {a.retry_after_s for a in answers if isinstance(a, RateLimited)}
    assert len(waits) == 4
    assert all(60 <= wait <= 65 for wait in waits)


@pytest.mark.parametrize(
    "other",
    [call(purpose="embed"), call(provider="bedrock"), call(payer="user"), call(payer="user", user="bob")],
    ids=["purpose", "provider", "own key", "other's key"],
)
def test_what_is_limited_apart_does_not_share_an_allowance(other: object) -> None:
    kit = MeteringKit()
    for _ in range(3):
        assert kit.limiter.acquire(call()) == Permit()
    assert kit.limiter.acquire(other) == Permit()  # type: ignore[arg-type]  # parametrize loses the type


def test_users_share_the_allowance_of_the_stacks_key() -> None:
    kit = MeteringKit()
    kinds = [kit.limiter.acquire(call(user=f"user-{number}")).kind for number in range(4)]
    assert kinds == ["permit", "permit", "permit", "rate_limited"]


def test_the_owner_of_a_key_sets_its_limit() -> None:
    kit = MeteringKit()
    own = call(payer="user", per_minute=5)
    kinds = Counter(kit.limiter.acquire(own).kind for _ in range(8))
    assert kinds == {"permit": 5, "rate_limited": 3}


def test_a_provider_without_a_limit_is_never_counted() -> None:
    kit = MeteringKit()
    assert all(kit.limiter.acquire(call(provider="vllm")) == Permit() for _ in range(100))
    assert kit.database.calls["update_item"] == 0


def test_a_pause_holds_for_everybody_until_it_is_over() -> None:
    kit = MeteringKit()
    kit.limiter.pause(call(), 90)
    kit.forward(30)
    assert kit.limiter.acquire(call(user="bob")) == RateLimited(60.0)
    kit.forward(60)
    assert kit.limiter.acquire(call(user="bob")) == Permit()


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    kit = MeteringKit()
    kit.limiter.pause(call(), 90)
    kit.limiter.pause(call(), 10)
    kit.forward(60)
    assert kit.limiter.acquire(call()) == RateLimited(30.0)


def test_a_fault_of_the_table_is_no_permit() -> None:
    kit = MeteringKit()
    kit.database.inject(Fault("update_item", throttled()))
    with pytest.raises(Exception, match="ProvisionedThroughput"):
        kit.limiter.acquire(call())


@pytest.mark.parametrize("crowd", [30, 400])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_minute_passes_the_limit_and_the_allowance_is_used(crowd: int, seed: int) -> None:
    """Workers come back as the pipeline sends them: after ``retry_after_s`` and its own jitter."""
    chance = _chance(seed)
    kit = MeteringKit(jitter=chance.uniform)
    order = count()
    begin = kit.now.timestamp()
    due = [(begin + chance.uniform(0, 5), next(order)) for _ in range(crowd)]
    heapq.heapify(due)
    served: Counter[int] = Counter()
    tries = 0
    while due:
        at, worker = heapq.heappop(due)
        kit.forward(at - kit.now.timestamp())
        tries += 1
        answer = kit.limiter.acquire(EMBED)
        if isinstance(answer, RateLimited):
            delay = int(answer.retry_after_s + chance.uniform(0, 10))
            heapq.heappush(due, (at + delay, worker))
        else:
            served[int(at // 60)] += 1
    assert max(served.values()) <= 20
    assert served.total() == crowd
    busy = [served[minute] for minute in range(min(served), max(served))]
    assert sum(busy) >= 0.95 * 20 * len(busy)
    assert tries <= 4 * crowd


@dataclass
class Rush:
    """Bulk work from the beginning, people now and then; what became of both.

    Everybody comes back as the pipeline sends them: after ``retry_after_s`` and its own jitter.
    """

    limit: int
    seed: int
    crowd: int
    people_per_minute: float
    minutes: int = 8
    served: Counter[int] = field(default_factory=Counter)
    delays: list[float] = field(default_factory=list)
    last_bulk: int = 0

    def run(self) -> None:
        chance = _chance(self.seed)
        limits = f'{{"openai": {{"describe": {self.limit}}}}}'
        kit = MeteringKit(jitter=chance.uniform, limits=limits)
        calls = {priority: call(priority=priority) for priority in ("bulk", "interactive")}
        begin, order = kit.now.timestamp(), count()
        due = [(begin + chance.uniform(0, 5), next(order), "bulk", 0.0) for _ in range(self.crowd)]
        at = begin
        while self.people_per_minute and at < begin + 60 * self.minutes:
            at += chance.expovariate(self.people_per_minute / 60)
            due.append((at, next(order), "interactive", at))
        heapq.heapify(due)
        while due:
            at, who, priority, since = heapq.heappop(due)
            kit.forward(at - kit.now.timestamp())
            answer = kit.limiter.acquire(calls[priority])
            if isinstance(answer, RateLimited):
                asked = answer.retry_after_s
                heapq.heappush(
                    due, (at + int(asked + chance.uniform(0, min(asked / 3, 10))), who, priority, since)
                )
                continue
            self.served[int(at // 60)] += 1
            if priority == "bulk":
                self.last_bulk = int(at // 60)
            else:
                self.delays.append(at - since)

    @property
    def share_used(self) -> float:
        """Of the allowance, in the minutes in which bulk work waited all the time."""
        busy = [self.served[minute] for minute in range(min(self.served), self.last_bulk)]
        return sum(busy) / (self.limit * len(busy))


@pytest.mark.parametrize("limit", [10, 20, 60])
def test_bulk_work_alone_uses_what_is_reserved_for_people(limit: int) -> None:
    rush = Rush(limit, 1, crowd=7 * limit, people_per_minute=0)
    rush.run()
    assert max(rush.served.values()) <= limit
    assert rush.served.total() == 7 * limit
    # Of ten places one is worth ten percent.
    assert rush.share_used >= (0.95 if limit > 10 else 0.9)


@pytest.mark.parametrize(
    ("limit", "people", "seed", "minutes"),
    [
        (60, 6, 2, 6),
        *(
            pytest.param(limit, people, seed, 60, marks=pytest.mark.heavy)
            for limit, people in ((20, 1), (60, 3), (60, 6))
            for seed in (3, 4, 5)
        ),
    ],
)
def test_people_find_a_place_while_a_library_waits(
    limit: int, people: float, seed: int, minutes: int
) -> None:
    rush = Rush(limit, seed, crowd=minutes * limit, people_per_minute=people, minutes=minutes)
    rush.run()
    assert max(rush.served.values()) <= limit
    assert rush.share_used >= 0.95
    assert sorted(rush.delays)[int(0.95 * len(rush.delays))] <= 2


def test_people_do_not_queue_behind_refused_bulk_work() -> None:
    kit = MeteringKit(limits='{"openai": {"describe": 10}}')
    bulk, person = call(priority="bulk"), call()
    assert [kit.limiter.acquire(bulk).kind for _ in range(10)] == ["permit"] * 8 + ["rate_limited"] * 2
    for _ in range(500):
        kit.limiter.acquire(bulk)
    assert [kit.limiter.acquire(person).kind for _ in range(2)] == ["permit"] * 2
    assert kit.limiter.acquire(person) == RateLimited(60.0)


def test_small_limits_reserve_nothing() -> None:
    kit = MeteringKit()
    assert [kit.limiter.acquire(call(priority="bulk")).kind for _ in range(3)] == ["permit"] * 3


def test_a_library_that_is_embedded_again_shares_the_allowance_of_its_model() -> None:
    kit = MeteringKit(limits='{"openai": {"embed": 2}}')
    kinds = [kit.limiter.acquire(call(purpose=purpose)).kind for purpose in ("embed", "reindex", "embed")]
    assert kinds == ["permit", "permit", "rate_limited"]


@pytest.mark.parametrize(
    "override",
    [
        "[]",
        "{",
        '{"openai": 3}',
        '{"openai": {"embed": 0}}',
        '{"openai": {"embed": "many"}}',
        '{"openai": {"talk": 1}}',
    ],
)
def test_a_wrong_table_of_limits_is_refused(override: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Limits.load(override)
    assert refused.value.details["variable"] == "RATE_LIMITS_OVERRIDE"


def test_an_override_replaces_single_limits() -> None:
    limits = Limits.load('{"openai": {"describe": 500}}')
    assert limits.per_minute(call()) == 500
    assert limits.per_minute(EMBED) == 20
    assert limits.per_minute(call(provider="unknown")) is None
