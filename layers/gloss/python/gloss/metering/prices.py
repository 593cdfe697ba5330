"""What tokens and pictures cost, from a dated table: a call is priced as on its day, whenever it is asked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, Self

from gloss.errors import ConfigurationError
from gloss.metering.model import NANOS, Tokens
from gloss.patterns import pattern
from gloss.records import dataclass

BUILT_IN: Final = Path(__file__).with_name("prices.json")
_MILLION: Final = 1_000_000

_SNAPSHOT: Final = pattern(r"-(\d{4}-\d{2}-\d{2}|\d{4})$")
"""``gpt-4o-mini-2024-07-18`` is priced as ``gpt-4o-mini``."""

_INFERENCE_PROFILE: Final = pattern(r"^(us|us-gov|eu|apac|jp|au|global)\.")
"""``eu.amazon.nova-lite-v1:0`` is the model behind a cross-region profile of Bedrock."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens, and per picture by quality, from a day on."""

    since: date
    input: Decimal
    output: Decimal
    pictures: Mapping[str, Decimal] = field(default_factory=dict)

    def cost(self, tokens: Tokens) -> int:
        """Nano-dollars, rounded half up."""
        dollars = (tokens.input * self.input + tokens.output * self.output) / _MILLION
        dollars += tokens.pictures * self._per_picture(tokens.quality)
        return int((dollars * NANOS).to_integral_value(ROUND_HALF_UP))

    def _per_picture(self, quality: str) -> Decimal:
        """A quality that the table does not name costs what the dearest does."""
        dearest = max(self.pictures.values(), default=Decimal(0))
        return self.pictures.get(quality, dearest)


class Prices:
    def __init__(self, prices: Mapping[tuple[str, str], Sequence[Price]]) -> None:
        self._prices = {
            key: sorted(entries, key=lambda price: price.since) for key, entries in prices.items()
        }

    @classmethod
    def load(cls, override: str = "") -> Self:
        """The built-in table; entries of ``override`` (JSON of the same form) go before it.

        Raises:
            ConfigurationError: the override has another form.
        """
        table = _entries(BUILT_IN.read_text())
        try:
            table |= _entries(override) if override else {}
        except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
            raise ConfigurationError(
                "PRICES_OVERRIDE is no price table.", variable="PRICES_OVERRIDE"
            ) from error
        return cls(table)

    def sellers(self, model: str) -> frozenset[str]:
        """The providers that the model has a price of, of whatever day."""
        providers = {provider for provider, _ in self._prices}
        return frozenset(
            provider for provider in providers if self.cost(provider, model, Tokens(), date.max) is not None
        )

    def cost(self, provider: str, model: str, tokens: Tokens, day: date) -> int | None:
        """Nano-dollars; ``None`` where the table does not know the model on that day."""
        for name in (model, _INFERENCE_PROFILE.sub("", model), _SNAPSHOT.sub("", model)):
            valid = [price for price in self._prices.get((provider, name), ()) if price.since <= day]
            if valid:
                return valid[-1].cost(tokens)
        return None


def _entries(text: str) -> dict[tuple[str, str], list[Price]]:
    table: dict[tuple[str, str], list[Price]] = {}
    for entry in json.loads(text)["prices"]:
        table.setdefault((entry["provider"], entry["model"]), []).append(_price(entry))
    return table


def _price(entry: Mapping[str, Any]) -> Price:
    by_picture = entry.get("picture", {})
    # What is paid by the picture may leave tokens out; anything else has to say what they cost.
    input_, output = (
        Decimal(str(entry.get(name, 0) if by_picture else entry[name])) for name in ("input", "output")
    )
    pictures = {quality: Decimal(str(dollars)) for quality, dollars in by_picture.items()}
    price = Price(date.fromisoformat(entry["since"]), input_, output, pictures)
    if not all(dollars >= 0 for dollars in (input_, output, *pictures.values())):
        raise ValueError(f"a price below zero: {entry}")
    return price
