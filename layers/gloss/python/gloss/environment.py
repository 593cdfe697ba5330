"""Settings as records that are read from the environment, when a function starts and never before."""

import os
from collections.abc import Iterator, Mapping
from typing import NoReturn, TypeVar, dataclass_transform

from gloss.errors import ConfigurationError


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Settings:
    """A frozen record with a field for each annotation, made by keywords and equal by content.

    No dataclass: that compiles methods for every class, and each cold start would pay for all of them.
    """

    def __init__(self, **values: object) -> None:
        for name, _ in fields(type(self)):
            if name not in values and not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} needs {name}")
        vars(self).update(values)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name, _ in fields(type(self)))

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name, _ in fields(type(self))))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"settings do not change: {name}")


Loaded = TypeVar("Loaded", bound=Settings)


def fields(settings: type[Settings]) -> Iterator[tuple[str, object]]:
    """Name and type of every field, those of base classes first."""
    for base in reversed(settings.__mro__):
        yield from vars(base).get("__annotations__", {}).items()


def load(settings: type[Loaded], environment: Mapping[str, str] | None = None) -> Loaded:
    """Read ``settings`` from the environment.

    Raises:
        ConfigurationError: a variable is missing or has the wrong form; the text names it.
    """
    source = os.environ if environment is None else environment
    values: dict[str, object] = {}
    for field, kind in fields(settings):
        name = field.upper()
        if name in source:
            values[field] = _convert(name, source[name], kind)
        elif not hasattr(settings, field):
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


OPTIONAL = ("_OVERRIDE", "_URL", "_MODEL", "_MODELS", "_SECRET_ARN", "_INDEX_ARN", "_MODEL_ARNS")
"""Endings of variables that may be empty: a stack parameter that was left at its default."""
