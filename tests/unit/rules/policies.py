"""The rights that a template gives, wherever they are written."""

from collections.abc import Iterator, Mapping
from typing import Any


def statements(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        if "Effect" in value:
            yield value
        for inner in value.values():
            yield from statements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from statements(inner)
