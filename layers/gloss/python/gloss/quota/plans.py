"""Plans are data: ``plans.json`` beside this file, or a text of the same form from a stack parameter."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final, Literal, Self, cast

from gloss.errors import ConfigurationError, ValidationFailed
from gloss.records import dataclass

Meter = Literal["images", "tokens"]
"""What is counted: ``images`` for uploads and regenerations, ``tokens`` for generation."""

METERS: Final[tuple[Meter, ...]] = ("images", "tokens")

Limits = Mapping[Meter, int]
"""Credits per month and meter, none below zero."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``limits`` is ``None`` for a plan whose limits are agreed per account."""

    limits: Limits | None


@dataclass(frozen=True, slots=True)
class Plans:
    """Every plan by name, and the one that an account has before anybody chose."""

    default: str
    plans: Mapping[str, Plan]

    @classmethod
    def load(cls, text: str = "") -> Self:
        """The plans in ``text`` (JSON); the shipped ones when it is empty.

        Raises:
            ConfigurationError: the text has another form.
        """
        source = text or Path(__file__).with_name("plans.json").read_text(encoding="utf-8")
        try:
            return cls._parsed(json.loads(source))
        except ValueError as error:
            raise ConfigurationError(f"The plans are not valid: {error}") from error

    @classmethod
    def _parsed(cls, given: object) -> Self:
        """Raises: ValueError: not the form of plans; the text says where."""
        content = _table(given, "the plans", {"default", "plans"})
        named = _table(content["plans"], "plans")
        plans = {name: Plan(_limits(plan, f"plan {name}")) for name, plan in named.items()}
        default = content["default"]
        plan = plans.get(default) if isinstance(default, str) else None
        if plan is None or plan.limits is None:
            raise ValueError("the default plan must be one of the plans and have limits")
        return cls(default, plans)

    def limits_for(self, name: str, own: Limits | None = None) -> Limits:
        """The limits of an account on plan ``name``; ``own`` are those agreed with this account.

        Raises:
            ValidationFailed: no such plan, limits that are missing, or limits that the plan fixes itself.
        """
        plan = self.plans.get(name)
        if plan is None:
            raise ValidationFailed("There is no such plan.", plan=name, known=sorted(self.plans))
        if plan.limits is not None:
            if own:
                raise ValidationFailed("The limits of this plan are fixed.", plan=name)
            return plan.limits
        if own is None or set(own) != set(METERS) or min(own.values()) < 0:
            raise ValidationFailed("This plan needs a limit for every meter.", plan=name, meters=METERS)
        return own


def _limits(plan: object, where: str) -> Limits | None:
    limits = _table(plan, where, {"limits"})["limits"]
    if limits is None:
        return None
    for meter, limit in _table(limits, f"limits of {where}", METERS).items():
        if type(limit) is not int or limit < 0:
            raise ValueError(f"{meter} of {where} must be a whole number, not below zero")
    return cast("Limits", limits)


def _table(value: object, where: str, names: Collection[str] | None = None) -> Mapping[str, Any]:
    """Raises: ValueError: this is no table, or one with other names than these."""
    if not isinstance(value, dict):
        raise ValueError(f"{where} must be a table")  # noqa: TRY004 - a mistake in a text, not in the code
    if names is not None and value.keys() != set(names):
        raise ValueError(f"{where} must name exactly {', '.join(sorted(names))}")
    return value
