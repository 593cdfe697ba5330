"""What makes one picture looks like, whichever it is. Pure."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, Protocol

from gloss.describe.model import Failure, Usage
from gloss.generate.costs import Quality
from gloss.generate.prompt import AspectRatio, Style
from gloss.metering.model import CallRecord
from gloss.records import dataclass

MAX_PICTURE_BYTES = 25 * 2**20


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """One picture to make. ``products`` and ``models`` are JPEGs, in the prompt's order."""

    prompt: str
    products: tuple[bytes, ...]
    models: tuple[bytes, ...]
    style: Style
    quality: Quality
    aspect_ratio: AspectRatio
    seed: int
    parameters: Mapping[str, float] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[bytes, ...]:
        return (*self.products, *self.models)


@dataclass(frozen=True, slots=True)
class Made:
    """A picture as its maker gave it, unchecked; ``usage`` where it was counted. ``receipts``: the calls that
    it took, which are not in the usage log yet.
    """

    data: bytes
    usage: Usage | None = None
    receipts: tuple[CallRecord, ...] = ()
    kind: Literal["ok"] = field(default="ok", init=False)


MakeOutcome = Made | Failure
"""Expected outcomes are data; an exception means a bug."""


class Maker(Protocol):
    """A provider of pictures."""

    @property
    def name(self) -> str: ...

    @property
    def model(self) -> str: ...

    def make(self, request: PictureRequest) -> MakeOutcome:
        """Expected failures are returned, never raised."""
        ...
