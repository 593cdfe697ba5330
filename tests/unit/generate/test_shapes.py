"""Sizes of the shapes that can be asked for."""

from itertools import product
from typing import get_args

import pytest

from gloss.generate.costs import models
from gloss.generate.prompt import STYLES, AspectRatio, build
from gloss.generate.requests import MAX_INPUTS
from gloss.generate.shapes import Size, framed


@pytest.mark.parametrize(
    ("size", "ratio", "wanted"),
    [
        ((1024, 1024), "1:1", (1024, 1024)),
        ((1536, 1024), "16:9", (1536, 864)),
        ((1024, 1536), "9:16", (864, 1536)),
        ((1536, 1024), "4:3", (1364, 1023)),
        ((1024, 1536), "3:4", (1023, 1364)),
        ((1365, 1024), "4:3", (1365, 1024)),
        ((1280, 719), "16:9", (1264, 711)),
        ((15, 9), "16:9", (15, 9)),
    ],
    ids=str,
)
def test_the_largest_of_the_ratio_that_fits(size: Size, ratio: AspectRatio, wanted: Size) -> None:
    assert framed(size, ratio) == wanted
    assert framed(wanted, ratio) == wanted


def test_every_model_can_be_told_what_we_say_ourselves() -> None:
    least = min(model.prompt for model in models().values() if model.prompt is not None)
    for style, ratio, products, people in product(
        STYLES, get_args(AspectRatio), (1, MAX_INPUTS), (0, 1, MAX_INPUTS)
    ):
        ours = build(style=style, quality="high", aspect_ratio=ratio, products=products, models=people)
        assert len(ours) < least / 2
