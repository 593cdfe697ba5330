"""Calls per minute, as data: provider -> purpose -> limit."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self, get_args

from gloss.errors import ConfigurationError
from gloss.metering.model import Call, Purpose

_BUILT_IN: Final = Path(__file__).with_name("limits.json")


class Limits:
    def __init__(self, limits: Mapping[str, Mapping[str, int]]) -> None:
        self._limits = limits

    @classmethod
    def load(cls, override: str = "") -> Self:
        """The built-in limits, single ones replaced by ``override`` (JSON of the same form).

        Raises:
            ConfigurationError: the override has another form.
        """
        limits = _parsed(_BUILT_IN.read_text())
        for provider, purposes in _parsed(override or "{}").items():
            limits[provider] = limits.get(provider, {}) | purposes
        return cls(limits)

    def per_minute(self, call: Call) -> int | None:
        """What the owner of the key set, or else the stack; ``None`` where nobody limits."""
        return self.of(call.provider, call.allowance, call.per_minute)

    def of(self, provider: str, allowance: Purpose, own: int | None = None) -> int | None:
        """The same for calls that are not made yet; ``own`` is what the owner of the key set."""
        return own if own is not None else self._limits.get(provider, {}).get(allowance)


def _parsed(text: str) -> dict[str, dict[str, int]]:
    refusal = ConfigurationError(
        "RATE_LIMITS_OVERRIDE is no table of limits.", variable="RATE_LIMITS_OVERRIDE"
    )
    try:
        limits = {
            str(provider): {purpose: int(limit) for purpose, limit in purposes.items()}
            for provider, purposes in json.loads(text).items()
        }
    except (ValueError, TypeError, AttributeError) as error:
        raise refusal from error
    if any(
        purpose not in get_args(Purpose) or limit < 1
        for of in limits.values()
        for purpose, limit in of.items()
    ):
        raise refusal
    return limits
