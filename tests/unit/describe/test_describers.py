from dataclasses import replace

import pytest

from gloss.describe.heuristic import HeuristicDescriber
from gloss.describe.limits import MAX_CHARACTERS
from gloss.describe.memory import ScriptedDescriber
from gloss.describe.model import Describer, Ok, Permanent, RateLimited
from gloss.describe.service import describe
from tests.unit.describe.contract import DescriberContract
from tests.unit.describe.samples import AI, METADATA, answer, request

LONG = replace(METADATA, title="Fish " * 40, alt_text="Image of fish")


class TestHeuristic(DescriberContract):
    @pytest.fixture
    def describer(self) -> Describer:
        return HeuristicDescriber()


class TestScripted(DescriberContract):
    @pytest.fixture
    def describer(self) -> Describer:
        return ScriptedDescriber(answer(LONG, replace(AI, provider="scripted")))

    def test_it_follows_the_script_and_stays_at_its_end(self) -> None:
        describer = ScriptedDescriber(RateLimited(2), Permanent("REFUSED", "no"), name="other")
        assert [describer.describe(request()).kind for _ in range(3)] == [
            "rate_limited",
            "permanent",
            "permanent",
        ]
        assert describer.requests == [request()] * 3
        assert describer.name == "other"


def test_the_service_enforces_the_limits_on_what_a_provider_says() -> None:
    outcome = describe(ScriptedDescriber(answer(LONG)), request())
    assert isinstance(outcome, Ok)
    assert outcome.description.metadata.alt_text == "Fish"
    assert len(outcome.description.metadata.title) <= MAX_CHARACTERS["title"]


def test_the_service_hands_on_failures_as_they_are() -> None:
    assert describe(ScriptedDescriber(RateLimited(2)), request()) == RateLimited(2)
