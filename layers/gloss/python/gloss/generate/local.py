"""The provider ``local``: a compositor, no AI. Products are cut out where their background is of one colour,
and set side by side on a background in the style asked for. The same request gives the same picture.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from gloss.generate.making import Made, PictureRequest
from gloss.generate.prompt import AspectRatio, Style
from gloss.records import dataclass

NAME: Final = "local"
MODEL: Final = "gloss-compositor-1"
COMMENT: Final = b"Composed by Gloss from pictures of the user. No AI."

SIZES: Final[Mapping[AspectRatio, tuple[int, int]]] = {
    "1:1": (1024, 1024),
    "16:9": (1280, 720),
    "9:16": (720, 1280),
    "4:3": (1152, 864),
    "3:4": (864, 1152),
}
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """A style's background from top to bottom, and how dark (0 to 255) the shadow of a product is."""

    top: Colour
    bottom: Colour
    shadow: int


LOOKS: Final[Mapping[Style, Look]] = {
    "realistic": Look((222, 228, 232), (176, 170, 160), 110),
    "artistic": Look((92, 60, 132), (236, 148, 106), 90),
    "minimal": Look((250, 250, 249), (236, 236, 234), 50),
    "lifestyle": Look((238, 222, 196), (150, 116, 84), 100),
    "studio": Look((246, 247, 249), (200, 204, 210), 90),
    "vintage": Look((226, 206, 170), (142, 112, 78), 80),
    "dramatic": Look((60, 62, 70), (12, 12, 16), 200),
}

_TOLERANCE: Final = 28
"""Difference per channel up to which a pixel at the border belongs to the background."""
_UNIFORM: Final = 14.0
"""Standard deviation along the border up to which a background counts as of one colour."""
_WORKING_SIDE: Final = 512
_JPEG_QUALITY: Final = {"auto": 88, "high": 95}


class Compositor:
    name: Final = NAME
    model: Final = MODEL

    def make(self, request: PictureRequest) -> Made:
        random = Random(request.seed)  # noqa: S311 - the same seed has to give the same picture
        look = LOOKS[request.style]
        canvas = _background(SIZES[request.aspect_ratio], look, random)
        if request.models:
            _set(canvas, [_opened(jpeg) for jpeg in request.models], _UPPER, look, random)
        products = [cut_out(_opened(jpeg)) for jpeg in request.products]
        _set(canvas, products, _LOWER if request.models else _WHOLE, look, random)
        encoded = BytesIO()
        canvas.save(encoded, "JPEG", quality=_JPEG_QUALITY[request.quality], comment=COMMENT)
        return Made(encoded.getvalue())


_WHOLE: Final = (0.08, 0.9)
_UPPER: Final = (0.04, 0.52)
_LOWER: Final = (0.56, 0.96)
"""Bands of the canvas, as shares of its height."""


def cut_out(picture: Image.Image) -> Image.Image:
    """The picture with its background transparent, where the border says what the background is."""
    alpha = picture.getchannel("A")
    if alpha.getextrema() != (255, 255):
        return picture.crop(alpha.getbbox() or (0, 0, *picture.size))
    plain = picture.convert("RGB")
    if max(_border(plain).stddev) > _UNIFORM:
        return picture
    mask = _background_mask(plain)
    box = mask.getbbox()
    if box is None:
        return picture
    picture.putalpha(mask.filter(ImageFilter.GaussianBlur(0.8)))
    return picture.crop(box)


def _opened(jpeg: bytes) -> Image.Image:
    with Image.open(BytesIO(jpeg)) as picture:
        picture.thumbnail((_WORKING_SIDE, _WORKING_SIDE), Image.Resampling.LANCZOS)
        return picture.convert("RGBA")


def _border(picture: Image.Image) -> ImageStat.Stat:
    frame = Image.new("L", picture.size, 255)
    inner = (2, 2, max(2, picture.width - 3), max(2, picture.height - 3))
    ImageDraw.Draw(frame).rectangle(inner, fill=0)
    return ImageStat.Stat(picture, frame)


def _background_mask(picture: Image.Image) -> Image.Image:
    """White where the product is: background is what is like the border and hangs together with it."""
    colour = tuple(int(value) for value in _border(picture).median)
    difference = ImageChops.difference(picture, Image.new("RGB", picture.size, colour))
    like = Image.new("L", picture.size, 255)
    for channel in difference.split():
        like = ImageChops.multiply(like, channel.point(lambda value: 255 if value <= _TOLERANCE else 0))
    framed = Image.new("L", (picture.width + 2, picture.height + 2), 255)
    framed.paste(like, (1, 1))
    ImageDraw.floodfill(framed, (0, 0), 128)
    inside = framed.crop((1, 1, picture.width + 1, picture.height + 1))
    return inside.point(lambda value: 0 if value == 128 else 255)  # noqa: PLR2004 - the fill of above


def _background(size: tuple[int, int], look: Look, random: Random) -> Image.Image:
    """A gradient with a soft light somewhere in it."""
    ramp = Image.linear_gradient("L").resize(size)
    canvas = Image.composite(Image.new("RGB", size, look.bottom), Image.new("RGB", size, look.top), ramp)
    width, height = size
    radius = int(min(size) * random.uniform(0.35, 0.6))
    x, y = int(width * random.uniform(0.2, 0.8)), int(height * random.uniform(0.1, 0.5))
    light = ImageChops.invert(Image.radial_gradient("L")).resize((2 * radius, 2 * radius))
    glow = Image.new("L", size, 0)
    glow.paste(light.point(lambda value: value // 4), (x - radius, y - radius))
    canvas.paste(Image.new("RGB", size, (255, 255, 255)), (0, 0), glow)
    return canvas


def _set(
    canvas: Image.Image,
    pictures: Sequence[Image.Image],
    band: tuple[float, float],
    look: Look,
    random: Random,
) -> None:
    """Side by side within the band, standing on its lower edge, each with a shadow."""
    top, floor = (int(canvas.height * share) for share in band)
    cell = canvas.width / len(pictures)
    for position, picture in enumerate(pictures):
        scale = min(cell * 0.86 / picture.width, (floor - top) / picture.height) * random.uniform(0.86, 1.0)
        size = (max(1, int(picture.width * scale)), max(1, int(picture.height * scale)))
        standing = picture.resize(size, Image.Resampling.LANCZOS)
        room = cell - standing.width
        x = int(cell * position + room * random.uniform(0.35, 0.65))
        _drop(canvas, standing, (x, floor - standing.height), look)


def _drop(canvas: Image.Image, picture: Image.Image, place: tuple[int, int], look: Look) -> None:
    depth = max(2, canvas.height // 64)
    alpha = picture.getchannel("A")
    shadow = Image.new("L", canvas.size, 0)
    shadow.paste(
        alpha.point(lambda value: value * look.shadow // 255), (place[0] + depth // 2, place[1] + depth)
    )
    shadow = shadow.filter(ImageFilter.GaussianBlur(depth))
    canvas.paste(Image.new("RGB", canvas.size, (0, 0, 0)), (0, 0), shadow)
    canvas.paste(picture, place, picture)
