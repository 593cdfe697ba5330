"""What models can do and what it costs in tokens, as data: ``models.json`` beside this file. Pure."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from gloss.errors import ValidationFailed
from gloss.records import dataclass

Quality = Literal["auto", "high"]


@dataclass(frozen=True, slots=True)
class Model:
    """A model that makes pictures: by whom, for how many tokens, from what.

    ``made``: tokens per picture that it makes; ``shown``: tokens per picture that it is shown for that.
    ``inputs``: how many pictures it can be shown; ``prompt``: how many characters it can be told, ``None``
    where it reads none; ``parameters``: those of a request that it follows.
    """

    provider: str
    made: Mapping[Quality, int]
    shown: int
    inputs: int
    prompt: int | None
    parameters: Sequence[str]

    def cost(self, quality: Quality, *, count: int, inputs: int) -> int:
        """Tokens for ``count`` pictures, each made from ``inputs`` others."""
        return count * (self.made[quality] + inputs * self.shown)


@cache
def models() -> Mapping[str, Model]:
    """Every model by name."""
    table = json.loads(Path(__file__).with_name("models.json").read_text(encoding="utf-8"))
    return {name: Model(**entry) for name, entry in table["models"].items()}


def model_name(asked: str) -> str:
    """The model that is asked for: by its own name, or by that of a provider, whose first one it is.

    Raises:
        ValidationFailed: there is no such model.
    """
    if asked in models():
        return asked
    of_provider = [name for name, entry in models().items() if entry.provider == asked]
    if not of_provider:
        raise ValidationFailed("There is no such model.", field="model", known=sorted(models()))
    return of_provider[0]
