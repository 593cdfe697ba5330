"""Providers of descriptions and vectors with the meter running; neither knows of the other.

Each request to a provider is a call of its own: with a permit, and with a row in the usage log.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from gloss.describe.model import Bill, Describer, DescribeRequest, Failure, Ok, Outcome, Transient
from gloss.embed.model import LATEST_S as EMBED_LATEST_S
from gloss.embed.model import Embedded, Embedder, Embedding, EmbedOutcome
from gloss.metering.model import Call, Tokens
from gloss.metering.service import Metering
from gloss.providers.model import LATEST_S, REPHRASED
from gloss.records import dataclass

Told = TypeVar("Told")


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
        outcome = _until_understood(partial(self._asked, request, begin + LATEST_S))
        if not isinstance(outcome, Ok):
            return outcome
        bill = _bill(self.metering, self.call, _tokens_of_description(outcome), begin)
        return Ok(replace(outcome.description, bill=bill))

    def _asked(self, request: DescribeRequest, latest: float) -> Outcome:
        return self.metering.run(
            self.call, lambda: self.inner.describe(request), _tokens_of_description, latest=latest
        )


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

    @property
    def batch(self) -> int:
        return self.inner.batch

    def embed(self, texts: Sequence[str]) -> EmbedOutcome:
        """As many texts as limit and time allow: what was paid for is not lost with a later request."""
        begin = self.metering.stopwatch()
        made: list[Embedding] = []
        tokens, failure = 0, None
        for start in range(0, len(texts), self.batch):
            batch = texts[start : start + self.batch]
            outcome = _until_understood(partial(self._asked, batch, begin + EMBED_LATEST_S))
            if not isinstance(outcome, Embedded):
                if not made:
                    return outcome
                failure = outcome
                break
            made += outcome.embeddings
            tokens += outcome.input_tokens or 0
        bill = _bill(self.metering, self.call, Tokens(tokens), begin)
        return Embedded(tuple(made), tokens, bill, failure)

    def _asked(self, texts: Sequence[str], latest: float) -> EmbedOutcome:
        return self.metering.run(
            self.call, lambda: self.inner.embed(texts), _tokens_of_embedding, latest=latest
        )


def _until_understood(ask: Callable[[], Told | Failure]) -> Told | Failure:
    """The first answer that is not about the form of the question; each form is given up for good."""
    while True:
        outcome = ask()
        if not (isinstance(outcome, Transient) and outcome.code == REPHRASED):
            return outcome


def _bill(metering: Metering, call: Call, tokens: Tokens, begin: float) -> Bill:
    """For a call that began at ``begin`` of the meter's stopwatch and took these tokens."""
    return Bill(latency_ms=round((metering.stopwatch() - begin) * 1000), cost_usd=metering.usd(call, tokens))


def _tokens_of_description(outcome: Outcome) -> Tokens:
    """Also of a failure that was paid all the same."""
    return _of_usage(outcome.description if isinstance(outcome, Ok) else outcome)


def _tokens_of_embedding(outcome: EmbedOutcome) -> Tokens:
    """As for descriptions."""
    return Tokens(outcome.input_tokens or 0) if isinstance(outcome, Embedded) else _of_usage(outcome)


def _of_usage(outcome: object) -> Tokens:
    usage = getattr(outcome, "usage", None)
    return Tokens(usage.input_tokens, usage.output_tokens) if usage else Tokens()
