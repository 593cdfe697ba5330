"""What bulk work costs, and how fast it goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

FREE: Final = "heuristic"
"""The provider that calls nobody."""

_SECONDS_WITHOUT_CALL: Final = 0.5
_SECONDS_OF_A_CALL: Final = 4.0
"""One image from claim to publication; a vision model takes two to four seconds of it."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Of this installation: images that it works on ``at_once``, and the provider of work that names none."""

    at_once: int
    default_provider: str

    def price(self, request: Mapping[str, Any]) -> float | None:
        """US dollars for describing one image; ``None`` where nobody knows."""
        return 0.0 if self._provider(request) == FREE else None

    def duration(self, request: Mapping[str, Any], images: int, window: int) -> int:
        """Whole seconds for so many images, ``window`` of which are in flight at most."""
        seconds = _SECONDS_WITHOUT_CALL if self._provider(request) == FREE else _SECONDS_OF_A_CALL
        return round(images * seconds / min(self.at_once, window))

    def _provider(self, request: Mapping[str, Any]) -> str:
        return str(request.get("provider") or self.default_provider)
