"""Which model of a provider describes where nobody names one, and how each is asked: ``models.toml``."""

import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Literal

from gloss.records import dataclass


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """How a model is asked; ``None``: it is not told."""

    match: str
    max_output_tokens: int
    temperature: float | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high"] | None = None


def default_model(provider: str) -> str:
    name: str = _table()[provider]["default"]
    return name


def settings_for(provider: str, model: str) -> ModelSettings:
    entries = _table()[provider]["models"]
    return ModelSettings(**next(entry for entry in entries if fnmatchcase(model, entry["match"])))


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"))
