"""The prompt: style, frame, subjects, fidelity and the customer's wish, in this order."""

from typing import Any

import pytest

from gloss.generate.prompt import build

BASE: dict[str, Any] = {
    "style": "studio",
    "quality": "auto",
    "aspect_ratio": "4:3",
    "products": 1,
    "models": 0,
}


def test_one_product() -> None:
    assert build(**BASE) == (
        "A studio product photograph on a seamless backdrop with softbox light and crisp edges, "
        "composed for a landscape 4:3 frame. The first picture shows the product. "
        "Keep the shape, colours, proportions and markings of the product exactly as shown."
    )


@pytest.mark.parametrize(
    ("products", "models", "said"),
    [
        (1, 1, "The first picture shows the product; the last picture shows the person who presents it."),
        (3, 0, "The 3 pictures show 3 products that appear together in one scene."),
        (2, 1, "The first 2 pictures show 2 products that appear together in one scene; the last picture"),
        (2, 2, "the last 2 show the people who present them together."),
        (1, 2, "the last 2 show the people who present it."),
    ],
)
def test_several_of_each(products: int, models: int, said: str) -> None:
    assert said in build(**{**BASE, "products": products, "models": models})


def test_high_quality_asks_for_detail_and_a_wish_is_set_apart() -> None:
    words = build(**{**BASE, "quality": "high"}, wish="  on marble ")
    assert "fine detail" in words
    assert words.endswith("The customer asks: «on marble»")


@pytest.mark.parametrize("wish", [None, "", "   "])
def test_no_wish_leaves_no_trace(wish: str | None) -> None:
    assert build(**BASE, wish=wish) == build(**BASE)
