"""The few words that the heuristic provider needs, per language."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from gloss.describe.language import primary
from gloss.describe.model import Orientation
from gloss.records import dataclass

Kind = Literal["photo", "screenshot", "image"]


@dataclass(frozen=True, slots=True)
class Phrases:
    """Templates are filled with :meth:`str.format`; their placeholders are the arguments that they name."""

    language: str
    kinds: Mapping[Kind, str]
    shapes: Mapping[Orientation, str]
    months: Sequence[str]
    month_of_year: str
    shape_and_kind: str
    in_colors: str
    two_colors: str
    size: str
    taken: str
    camera: str
    colors: str
    color_share: str
    named: str
    bright: str
    dark: str
    colorless: str
    megapixels: str

    def date(self, taken: tuple[int, int]) -> str:
        year, month = taken
        return self.month_of_year.format(month=self.months[month - 1], year=year)


_ENGLISH: Final = Phrases(
    language="en",
    kinds={"photo": "photo", "screenshot": "screenshot", "image": "image"},
    shapes={"landscape": "landscape", "portrait": "portrait", "square": "square", "panorama": "panorama"},
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    month_of_year="{month} {year}",
    shape_and_kind="{shape} {kind}",
    in_colors="{subject} in {colors}",
    two_colors="{first} and {second}",
    size="{subject}, {width} × {height} pixels.",
    taken="Dated {date}.",
    camera="Camera: {camera}.",
    colors="Dominant colors: {colors}.",
    color_share="{name} ({percent}%)",
    named='File name: "{words}".',
    bright="bright",
    dark="dark",
    colorless="black and white",
    megapixels="{count} megapixels",
)

_PHRASES: Final[Mapping[str, Phrases]] = {phrases.language: phrases for phrases in (_ENGLISH,)}


def phrases_for(language: str | None) -> Phrases:
    """The phrases of that language, or else the English ones; ``language`` of the answer says which."""
    return _PHRASES.get(primary(language or ""), _ENGLISH)


def writes(language: str) -> bool:
    """Whether there are phrases of this language."""
    return primary(language) in _PHRASES
