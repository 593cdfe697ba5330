"""The words that a model is asked for a picture with. Pure; styles and qualities are data."""

from collections.abc import Mapping
from typing import Final, Literal

from gloss.generate.costs import Quality

Style = Literal["realistic", "artistic", "minimal", "lifestyle", "studio", "vintage", "dramatic"]
AspectRatio = Literal["1:1", "16:9", "9:16", "4:3", "3:4"]

STYLES: Final[Mapping[Style, str]] = {
    "realistic": "A photorealistic product photograph with natural light, true colours and real shadows",
    "artistic": "An artistic product picture with painterly light, bold colour harmony and visible texture",
    "minimal": "A minimal product picture on a plain, softly lit background with generous empty space",
    "lifestyle": "A lifestyle photograph that shows the product in everyday use in a lived-in place",
    "studio": "A studio product photograph on a seamless backdrop with softbox light and crisp edges",
    "vintage": "A vintage photograph with muted film colours, fine grain and warm light",
    "dramatic": "A dramatic product photograph with one hard light, deep shadows and a dark background",
}
QUALITIES: Final[Mapping[Quality, str]] = {
    "auto": "",
    "high": "Render fine detail: materials, seams, labels and reflections are sharp at full size.",
}
_FRAMES: Final[Mapping[AspectRatio, str]] = {
    "1:1": "square",
    "16:9": "wide",
    "9:16": "tall",
    "4:3": "landscape",
    "3:4": "portrait",
}


def build(
    *,
    style: Style,
    quality: Quality,
    aspect_ratio: AspectRatio,
    products: int,
    models: int,
    wish: str | None = None,
) -> str:
    """The prompt for pictures made from ``products`` and ``models`` input pictures, products first.

    ``wish`` is what the user says; it is set apart, so that it adds to the rest and does not rewrite it.
    """
    frame = f"{STYLES[style]}, composed for a {_FRAMES[aspect_ratio]} {aspect_ratio} frame."
    parts = [frame, _subjects(products, models), _fidelity(products), QUALITIES[quality], _wish(wish)]
    return " ".join(filter(None, parts))


def _subjects(products: int, models: int) -> str:
    shown = "The first picture shows the product" if products == 1 else _several(products, models)
    if not models:
        return f"{shown}."
    people = "the last picture shows the person" if models == 1 else f"the last {models} show the people"
    verb = "who presents" if models == 1 else "who present"
    return f"{shown}; {people} {verb} {'it' if products == 1 else 'them together'}."


def _several(products: int, models: int) -> str:
    of = "The first" if models else "The"
    return f"{of} {products} pictures show {products} products that appear together in one scene"


def _fidelity(products: int) -> str:
    what = "the product" if products == 1 else "every product"
    return f"Keep the shape, colours, proportions and markings of {what} exactly as shown."


def _wish(wish: str | None) -> str:
    return f"The customer asks: «{wish.strip()}»" if wish and wish.strip() else ""
