"""Embedding texts with whichever provider."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from gloss.describe.model import Bill
from gloss.embed.model import Embedded, Embedder, EmbedOutcome


def embed(
    embedder: Embedder, texts: Sequence[str], *, stopwatch: Callable[[], float] = time.monotonic
) -> EmbedOutcome:
    """What the provider answers, with its bill; one without a meter is free."""
    begin = stopwatch()
    outcome = embedder.embed(texts)
    if isinstance(outcome, Embedded) and outcome.bill is None:
        return replace(outcome, bill=Bill.free(stopwatch() - begin))
    return outcome
