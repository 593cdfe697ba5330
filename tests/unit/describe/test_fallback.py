import pytest

from gloss.describe.fallback import FallbackDescriber
from gloss.describe.heuristic import HeuristicDescriber
from gloss.describe.memory import ScriptedDescriber
from gloss.describe.model import (
    DescribeRequest,
    Description,
    Fallback,
    Metadata,
    Ok,
    Outcome,
    Permanent,
    RateLimited,
    Transient,
)
from gloss.providers.model import LATEST_S

REQUEST = DescribeRequest("red-boat.jpg")
DOWN = Transient("PROVIDER_UNAVAILABLE", "Down.")
OK = Ok(Description(Metadata(title="A boat"), {}))


def test_a_first_answer_is_nobody_elses_business() -> None:
    other = ScriptedDescriber(OK)
    assert FallbackDescriber(ScriptedDescriber(OK, name="openai"), other).describe(REQUEST) == OK
    assert other.requests == []


@pytest.mark.parametrize(
    "failure",
    [DOWN, Permanent("COST_CAP_REACHED", "Cap."), Permanent("BAD_KEY", "Key."), Permanent("KEY_MISSING", "")],
)
def test_the_next_one_answers_for_a_provider_that_cannot_be_used(failure: Transient | Permanent) -> None:
    describer = FallbackDescriber(ScriptedDescriber(failure, name="openai"), HeuristicDescriber())
    assert describer.name == "openai"
    outcome = describer.describe(REQUEST)
    assert isinstance(outcome, Ok)
    assert outcome.description.fallback == Fallback("openai", failure.code)
    assert outcome.description.provenance["title"].provider == "heuristic"
    assert Description.from_dict(outcome.description.to_dict()) == outcome.description


@pytest.mark.parametrize(
    "failure",
    [
        RateLimited(30),
        Transient("INVALID_ANSWER", "Garbage."),
        Permanent("CONTENT_REFUSED", "No."),
        Transient("TIMEOUT", ""),
    ],
)
def test_what_may_pass_and_what_was_declined_stays_as_it_is(failure: Outcome) -> None:
    other = ScriptedDescriber(OK)
    assert FallbackDescriber(ScriptedDescriber(failure), other).describe(REQUEST) == failure
    assert other.requests == []


def test_the_third_answers_where_the_second_fails_too() -> None:
    second = ScriptedDescriber(RateLimited(5), name="bedrock")
    outcome = FallbackDescriber(
        ScriptedDescriber(DOWN, name="openai"), second, ScriptedDescriber(OK)
    ).describe(REQUEST)
    assert isinstance(outcome, Ok)
    assert outcome.description.fallback == Fallback("openai", "PROVIDER_UNAVAILABLE")


def test_after_a_slow_refusal_only_who_answers_at_once_stands_in() -> None:
    paid = ScriptedDescriber(OK, name="bedrock", sees_pixels=True)
    clock = iter([0.0, LATEST_S + 1])
    outcome = FallbackDescriber(
        ScriptedDescriber(DOWN, name="openai"), paid, HeuristicDescriber(), stopwatch=lambda: next(clock)
    ).describe(REQUEST)
    assert isinstance(outcome, Ok)
    assert outcome.description.provenance["title"].provider == "heuristic"
    assert paid.requests == []


def test_where_all_fail_it_is_the_first_failure_that_counts() -> None:
    second = ScriptedDescriber(Permanent("BAD_KEY", "Other."))
    assert FallbackDescriber(ScriptedDescriber(DOWN), second).describe(REQUEST) == DOWN
