"""Reading a settings dataclass from the environment, when a function starts and never before."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import TypeVar

from gloss.errors import ConfigurationError

Settings = TypeVar("Settings")


def load(settings: type[Settings], environment: Mapping[str, str] | None = None) -> Settings:
    """Read ``settings`` from the environment.

    Raises:
        ConfigurationError: a variable is missing or has the wrong form; the text names it.
    """
    source = os.environ if environment is None else environment
    values: dict[str, object] = {}
    for field in fields(settings):  # type: ignore[arg-type]  # any dataclass; TypeVar cannot say so
        name = field.name.upper()
        if name in source:
            values[field.name] = _convert(name, source[name], field.type)
        elif field.default is MISSING:
            raise ConfigurationError(f"The environment variable {name} is not set.", variable=name)
    return settings(**values)


def _convert(name: str, text: str, kind: object) -> object:
    if kind is int:
        try:
            return int(text)
        except ValueError as error:
            raise ConfigurationError(
                f"The environment variable {name} is no whole number.", variable=name
            ) from error
    if kind is str and not text and not name.endswith(OPTIONAL):
        raise ConfigurationError(f"The environment variable {name} is empty.", variable=name)
    return text


OPTIONAL = ("_OVERRIDE", "_URL", "_MODEL", "_SECRET_ARN", "_INDEX_ARN", "_MODEL_ARNS")
"""Endings of variables that may be empty: a stack parameter that was left at its default."""
