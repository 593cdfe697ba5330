"""What bulk work costs, and how fast it goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gloss.clock import Clock
from gloss.describe import prompt
from gloss.metering.model import NANOS, Tokens
from gloss.metering.prices import Prices

FREE: Final = "heuristic"
"""The provider that calls nobody."""

TOKENS_OF_A_CALL: Final = Tokens(input=3_500, output=350)
"""Of describing one image: prompt and preview at the price of the dearest way to count a picture (2,833
tokens at low detail, https://platform.openai.com/docs/guides/images-vision), and a full answer. An estimate
that is kept is better than one that is exceeded."""

_SECONDS_WITHOUT_CALL: Final = 0.5
_SECONDS_OF_A_CALL: Final = 4.0
"""One image from claim to publication; a vision model takes two to four seconds of it."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Of this installation: images worked on ``at_once``, and who describes where work names nobody."""

    at_once: int
    prices: Prices
    clock: Clock
    provider: str = FREE
    model: str = ""

    def price(self, request: Mapping[str, Any]) -> float | None:
        """US dollars for describing one image; ``None`` where nobody knows."""
        provider = self._provider(request)
        if provider == FREE:
            return 0.0
        model = request.get("model") or (self.model if provider == self.provider else "")
        try:
            known = model or prompt.default_model(provider)
        except KeyError:
            return None
        cost = self.prices.cost(provider, known, TOKENS_OF_A_CALL, self.clock().date())
        return None if cost is None else cost / NANOS

    def duration(self, request: Mapping[str, Any], images: int, window: int) -> int:
        """Whole seconds for so many images, ``window`` of which are in flight at most."""
        seconds = _SECONDS_WITHOUT_CALL if self._provider(request) == FREE else _SECONDS_OF_A_CALL
        return round(images * seconds / min(self.at_once, window))

    def _provider(self, request: Mapping[str, Any]) -> str:
        return str(request.get("provider") or self.provider)
