"""Providers of descriptions and vectors with the meter running; neither knows of the other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gloss.describe.model import Bill, Describer, DescribeRequest, Ok, Outcome
from gloss.embed.model import Embedded, Embedder, EmbedOutcome
from gloss.metering.model import Call, Tokens
from gloss.metering.service import Metering


@dataclass(frozen=True, slots=True)
class MeteredDescriber:
    inner: Describer
    metering: Metering
    call: Call

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def model(self) -> str | None:
        return self.inner.model

    @property
    def sees_pixels(self) -> bool:
        return self.inner.sees_pixels

    def describe(self, request: DescribeRequest) -> Outcome:
        begin = self.metering.stopwatch()
        outcome = self.metering.run(self.call, lambda: self.inner.describe(request), _tokens_of_description)
        if not isinstance(outcome, Ok):
            return outcome
        bill = _bill(self.metering, self.call, _tokens_of_description(outcome), begin)
        return Ok(replace(outcome.description, bill=bill))


@dataclass(frozen=True, slots=True)
class MeteredEmbedder:
    inner: Embedder
    metering: Metering
    call: Call

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def model(self) -> str:
        return self.inner.model

    @property
    def dimensions(self) -> int:
        return self.inner.dimensions

    @property
    def costs(self) -> bool:
        return self.inner.costs

    def embed(self, texts: Sequence[str]) -> EmbedOutcome:
        begin = self.metering.stopwatch()
        outcome = self.metering.run(self.call, lambda: self.inner.embed(texts), _tokens_of_embedding)
        if not isinstance(outcome, Embedded):
            return outcome
        return replace(outcome, bill=_bill(self.metering, self.call, _tokens_of_embedding(outcome), begin))


def _bill(metering: Metering, call: Call, tokens: Tokens, begin: float) -> Bill:
    """For a call that began at ``begin`` of the meter's stopwatch and took these tokens."""
    return Bill(latency_ms=round((metering.stopwatch() - begin) * 1000), cost_usd=metering.usd(call, tokens))


def _tokens_of_description(outcome: Outcome) -> Tokens:
    """Also of a failure that was paid all the same."""
    usage = outcome.description.usage if isinstance(outcome, Ok) else getattr(outcome, "usage", None)
    return Tokens(usage.input_tokens, usage.output_tokens) if usage else Tokens()


def _tokens_of_embedding(outcome: EmbedOutcome) -> Tokens:
    return Tokens(input=outcome.input_tokens or 0) if isinstance(outcome, Embedded) else Tokens()
