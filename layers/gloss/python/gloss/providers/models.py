"""Which models may be named, and which of them the stack's own keys pay for. Pure."""

from collections.abc import Callable, Set
from typing import Protocol

from gloss.providers.model import ProviderChoice
from gloss.records import dataclass


class PriceList(Protocol):
    def sellers(self, model: str) -> Set[str]:
        """The providers that the model has a price of."""
        ...


def _anything(_provider: str, _model: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Models:
    """``default`` describes where nobody is named. ``listed`` are the models that users may name on the
    stack's keys; none: those of known price. ``within_reach``: whether the stack has access to a provider's
    model.
    """

    default: ProviderChoice
    prices: PriceList
    listed: frozenset[str] = frozenset()
    within_reach: Callable[[str, str], bool] = _anything

    def owner(self, provider: str, model: str) -> str | None:
        """Whose model this is, where it is known to be another provider's."""
        sellers = self.prices.sellers(model)
        return None if provider in sellers else min(sellers, default=None)

    def are_paid(self, provider: str, model: str) -> bool:
        """Whether the stack pays for the model: a credit is one, whatever the model."""
        if not model or model == self._own(provider):
            return True
        if self.owner(provider, model):
            return False
        known = model in self.listed if self.listed else provider in self.prices.sellers(model)
        return known and self.within_reach(provider, model)

    def _own(self, provider: str) -> str | None:
        """The model that is taken where none is named."""
        from gloss.describe.models import default_model  # noqa: PLC0415 - read only where a model is named

        if provider == self.default.provider and self.default.model:
            return self.default.model
        try:
            return default_model(provider)
        except KeyError:
            return None
