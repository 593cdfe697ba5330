"""Plans are data: ``plans.json`` beside this file, or a text of the same form from a stack parameter."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gloss.errors import ConfigurationError, ValidationFailed

Meter = Literal["images", "tokens"]
"""What is counted: ``images`` for uploads and regenerations, ``tokens`` for generation."""

METERS: Final[tuple[Meter, ...]] = ("images", "tokens")

Credits = Annotated[int, Field(ge=0)]
Limits = Mapping[Meter, Credits]
"""Credits per month and meter."""


class Plan(BaseModel):
    """``limits`` is null for a plan whose limits are agreed per account."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    limits: Limits | None

    @model_validator(mode="after")
    def _limits_every_meter(self) -> Self:
        if self.limits is not None and set(self.limits) != set(METERS):
            raise ValueError(f"limits must name exactly {', '.join(METERS)}")
        return self


class Plans(BaseModel):
    """Every plan by name, and the one that an account has before anybody chose."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    default: str
    plans: Mapping[str, Plan]

    @model_validator(mode="after")
    def _default_has_limits(self) -> Self:
        plan = self.plans.get(self.default)
        if plan is None or plan.limits is None:
            raise ValueError("the default plan must be one of the plans and have limits")
        return self

    @classmethod
    def load(cls, text: str = "") -> Self:
        """The plans in ``text`` (JSON); the shipped ones when it is empty.

        Raises:
            ConfigurationError: the text has another form.
        """
        source = text or Path(__file__).with_name("plans.json").read_text(encoding="utf-8")
        try:
            return cls.model_validate_json(source)
        except ValidationError as error:
            raise ConfigurationError(f"The plans are not valid: {error}") from error

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
