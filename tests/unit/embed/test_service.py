"""What embedding cost is known of every answer."""

from collections.abc import Sequence
from dataclasses import replace

from gloss.describe.model import Bill, Transient
from gloss.embed.local import LocalEmbedder
from gloss.embed.memory import ScriptedEmbedder
from gloss.embed.model import Embedded, EmbedOutcome
from gloss.embed.service import embed


class Billed(ScriptedEmbedder):
    def embed(self, texts: Sequence[str]) -> EmbedOutcome:
        outcome = super().embed(texts)
        assert isinstance(outcome, Embedded)
        return replace(outcome, bill=Bill(7, 0.25))


def test_who_has_no_meter_is_free_and_takes_its_time() -> None:
    outcome = embed(LocalEmbedder(), ["a"], stopwatch=iter((10.0, 10.25)).__next__)
    assert isinstance(outcome, Embedded)
    assert outcome.bill == Bill(latency_ms=250, cost_usd=0.0)


def test_a_bill_is_left_as_it_is() -> None:
    outcome = embed(Billed(), ["a"])
    assert isinstance(outcome, Embedded)
    assert outcome.bill == Bill(7, 0.25)


def test_a_failure_has_none() -> None:
    failure = Transient("TIMEOUT", "No answer.")
    assert embed(ScriptedEmbedder(failure), ["a"]) is failure
