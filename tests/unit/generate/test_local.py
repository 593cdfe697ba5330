"""The compositor: sizes, cut-outs, the same picture for the same request, and honesty about itself."""

import io
from dataclasses import replace
from typing import get_args

import pytest
from PIL import Image, ImageDraw

from gloss.generate.local import COMMENT, LOOKS, SIZES, Compositor, cut_out
from gloss.generate.making import PictureRequest
from gloss.generate.prompt import STYLES, AspectRatio, Style
from tools.pictures import draw

RED = (200, 20, 30)


def jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def product(colour: tuple[int, int, int] = RED) -> Image.Image:
    """A disc on white."""
    picture = Image.new("RGB", (120, 100), (255, 255, 255))
    ImageDraw.Draw(picture).ellipse((30, 20, 90, 80), fill=colour)
    return picture


ASKED = PictureRequest(
    prompt="",
    products=(jpeg(product()),),
    models=(),
    style="minimal",
    quality="auto",
    aspect_ratio="1:1",
    seed=7,
)


def opened(request: PictureRequest) -> Image.Image:
    return Image.open(io.BytesIO(Compositor().make(request).data))


@pytest.mark.parametrize("ratio", get_args(AspectRatio))
def test_the_picture_has_the_ratio_asked_for(ratio: AspectRatio) -> None:
    width, height = opened(replace(ASKED, aspect_ratio=ratio)).size
    across, down = (int(part) for part in ratio.split(":"))
    assert width / height == pytest.approx(across / down, rel=0.001)
    assert (width, height) == SIZES[ratio]


def test_the_same_request_gives_the_same_picture_and_another_seed_another() -> None:
    maker = Compositor()
    assert maker.make(ASKED) == maker.make(ASKED)
    assert maker.make(ASKED) != maker.make(replace(ASKED, seed=8))
    assert len(maker.make(ASKED).data) < len(maker.make(replace(ASKED, quality="high")).data)


def test_every_style_has_words_and_a_look() -> None:
    styles = set(get_args(Style))
    assert set(STYLES) == set(LOOKS) == styles
    corners = {opened(replace(ASKED, style=style)).getpixel((4, 1000)) for style in styles}
    assert len(corners) == len(styles)


def test_a_product_is_cut_out_of_a_background_of_one_colour() -> None:
    cut = cut_out(product().convert("RGBA"))
    assert cut.size == pytest.approx((61, 61), abs=2)
    assert cut.getpixel((0, 0))[3] < 40  # type: ignore[index]
    assert cut.getpixel((30, 30)) == (*RED, 255)


def test_what_is_like_the_background_but_inside_stays() -> None:
    ring = product()
    ImageDraw.Draw(ring).ellipse((50, 40, 70, 60), fill=(255, 255, 255))
    cut = cut_out(ring.convert("RGBA"))
    assert cut.getpixel((30, 30)) == (255, 255, 255, 255)


def test_a_picture_without_such_a_background_is_kept_whole() -> None:
    with Image.open(io.BytesIO(draw("beach", size=(120, 90)))) as scene:
        whole = scene.convert("RGBA")
    assert cut_out(whole) is whole


def test_a_picture_of_nothing_but_background_is_kept_whole() -> None:
    blank = Image.new("RGBA", (50, 40), (250, 250, 250, 255))
    assert cut_out(blank) is blank


def test_what_is_transparent_already_is_cut_along_its_edge() -> None:
    picture = Image.new("RGBA", (50, 40), (0, 0, 0, 0))
    picture.paste((*RED, 255), (10, 10, 20, 30))
    assert cut_out(picture).size == (10, 20)


def test_all_products_and_models_are_to_be_seen() -> None:
    colours = [(200, 20, 30), (20, 160, 40), (30, 60, 200)]
    shown = [jpeg(product(colour)) for colour in colours]
    scene = opened(replace(ASKED, products=tuple(shown[:2]), models=(shown[2],)))
    upper, lower = scene.crop((0, 0, 1024, 540)), scene.crop((0, 560, 1024, 1024))
    assert has(upper, colours[2])
    assert not has(upper, colours[0])
    assert has(lower.crop((0, 0, 512, 464)), colours[0])
    assert has(lower.crop((512, 0, 1024, 464)), colours[1])


def has(picture: Image.Image, colour: tuple[int, int, int]) -> bool:
    data = picture.convert("RGB").resize((64, 64)).tobytes()
    pixels = zip(data[::3], data[1::3], data[2::3], strict=True)
    return any(max(abs(a - b) for a, b in zip(pixel, colour, strict=True)) < 20 for pixel in pixels)


def test_the_file_says_that_no_ai_made_it() -> None:
    assert opened(ASKED).info["comment"] == COMMENT
