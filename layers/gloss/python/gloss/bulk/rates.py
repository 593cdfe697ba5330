"""What bulk work costs, and how fast it goes."""

from collections.abc import Mapping
from typing import Any, Final

from gloss.bulk.model import Options
from gloss.clock import Clock
from gloss.describe.models import default_model
from gloss.metering.limits import Limits
from gloss.metering.model import NANOS, Tokens
from gloss.metering.prices import Prices
from gloss.records import dataclass

FREE: Final = "heuristic"
"""The provider that calls nobody."""

_PROMPT: Final = 667
_ANSWER: Final = 350

_PICTURE: Final = 2_833
"""Tokens of a preview for the dearest way to count one that is priced by its detail or its patches
(https://platform.openai.com/docs/guides/images-vision). An estimate that is kept is better than one that is
exceeded."""

_PICTURE_IN_TILES: Final[Mapping[str, int]] = {"gpt-4o-mini": 25_501}
"""Models for which high detail is dearer than that: 2,833, and 5,667 for each of a preview's four tiles."""

_MINUTE_S: Final = 60
_SECONDS_WITHOUT_CALL: Final = 0.5
_SECONDS_OF_A_CALL: Final = 4.0
"""One image from claim to publication; a vision model takes two to four seconds of it."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Of this installation: images worked on ``at_once``, who describes where work names nobody, and whose
    vectors there are."""

    at_once: int
    prices: Prices
    limits: Limits
    clock: Clock
    provider: str = FREE
    model: str = ""
    embedder: str = "local"

    def price(self, request: Mapping[str, Any]) -> float | None:
        """US dollars for describing one image; ``None`` where nobody knows."""
        provider = self._provider(request)
        if provider == FREE:
            return 0.0
        model = request.get("model") or (self.model if provider == self.provider else "")
        try:
            known = model or default_model(provider)
        except KeyError:
            return None
        tokens = tokens_of_a_call(known, request.get("detail", "low"))
        cost = self.prices.cost(provider, known, tokens, self.clock().date())
        return None if cost is None else cost / NANOS

    def duration(self, request: Mapping[str, Any], images: int, options: Options) -> int:
        """Whole seconds for so many images: by what is worked on at a time, or by the calls per minute."""
        provider = self._provider(request)
        seconds = _SECONDS_WITHOUT_CALL if provider == FREE else _SECONDS_OF_A_CALL
        at_work = images * seconds / min(self.at_once, options.window)
        own = options.per_minute
        limits = [
            self.limits.of(provider, "describe", own),
            self.limits.of(self.embedder, "embed", own if self.embedder == provider else None),
        ]
        # The first minute's calls need not wait for a minute.
        waits = [max(0, images - limit) * _MINUTE_S / limit for limit in limits if limit]
        return round(max(at_work, *waits, 0))

    def _provider(self, request: Mapping[str, Any]) -> str:
        return str(request.get("provider") or self.provider)


def tokens_of_a_call(model: str, detail: str) -> Tokens:
    """Of describing one image: prompt, preview and a full answer."""
    family = next((name for name in _PICTURE_IN_TILES if model.startswith(name)), None)
    picture = _PICTURE_IN_TILES[family] if family and detail == "high" else _PICTURE
    return Tokens(input=_PROMPT + picture, output=_ANSWER)
