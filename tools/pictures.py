"""Sample pictures, drawn rather than shipped: the same arguments always give the same bytes.

They look like photographs to what matters here: soft gradients, hard edges, many colours, grain that gives a
JPEG its usual size. Used by the tests, the demo and the benchmarks.
"""

from collections.abc import Callable, Mapping
from io import BytesIO
from types import MappingProxyType
from xml.sax.saxutils import escape

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, PngImagePlugin

Colour = tuple[int, int, int]
Painter = Callable[[Image.Image, np.random.Generator], None]

_LIT = 0.45  # share of the windows that somebody is behind
_GRAIN = 5.0  # standard deviation of the noise, of 255: an ordinary camera at ISO 400
_XMP_TAG, _ORIENTATION_TAG = 700, 0x0112
_GIF_XMP = b"\x21\xff\x0bXMP DataXMP"
_GIF_XMP_TRAILER = b"\x01" + bytes(range(255, -1, -1)) + b"\0"  # XMP part 3, 1.1.2
_QUALITY = {"JPEG": 88, "WEBP": 82, "AVIF": 60, "HEIF": 60}

pillow_heif.register_heif_opener()


def draw(
    kind: str,
    *,
    size: tuple[int, int] = (1000, 1000),
    seed: int = 0,
    format: str = "JPEG",  # noqa: A002 - Pillow's own name for it
    title: str | None = None,
    caption: str | None = None,
    keywords: tuple[str, ...] = (),
    orientation: int | None = None,
) -> bytes:
    """Draw one of `KINDS` and encode it in one of Pillow's formats, with XMP and EXIF orientation if given.

    The orientation is only written down: the pixels lie as they are drawn.
    """
    named = title or caption or keywords
    xmp = xmp_packet(title=title, caption=caption, keywords=keywords) if named else None
    return encode(paint(kind, size=size, seed=seed), format, xmp=xmp, orientation=orientation)


def paint(kind: str, *, size: tuple[int, int] = (1000, 1000), seed: int = 0) -> Image.Image:
    """The RGB picture that `draw` encodes."""
    random = np.random.default_rng([seed, *kind.encode()])
    image = Image.new("RGB", size)
    KINDS[kind](image, random)
    height, width = size[1], size[0]
    grain = random.normal(0.0, _GRAIN, (height, width, 1)).astype(np.float32)
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))


def encode(
    image: Image.Image, format_: str, *, xmp: bytes | None = None, orientation: int | None = None
) -> bytes:
    """Encode any image with the metadata where each format keeps it."""
    exif = Image.Exif()
    if orientation is not None:
        exif[_ORIENTATION_TAG] = orientation
    options: dict[str, object] = {"exif": exif.tobytes()} if orientation is not None else {}
    if format_ in _QUALITY:
        options["quality"] = _QUALITY[format_]
    if xmp is not None and format_ != "GIF":
        options |= _xmp_options(format_, xmp, exif)
    buffer = BytesIO()
    image.save(buffer, format_, **options)
    data = buffer.getvalue()
    if xmp is not None and format_ == "GIF":  # Pillow writes none
        start = 13 + (3 << (1 + (data[10] & 7)) if data[10] & 0x80 else 0)  # behind the colour table
        return data[:start] + _GIF_XMP + xmp + _GIF_XMP_TRAILER + data[start:]
    return data


def xmp_packet(
    *,
    title: str | None = None,
    caption: str | None = None,
    keywords: tuple[str, ...] = (),
    alt_text: str | None = None,
) -> bytes:
    """An XMP packet as photo software writes it."""
    texts = (
        ("dc:title", title),
        ("dc:description", caption),
        ("Iptc4xmpCore:AltTextAccessibility", alt_text),
    )
    words = "".join(f"<rdf:li>{escape(word)}</rdf:li>" for word in keywords)
    fields = [_alternatives(name, text) for name, text in texts if text]
    fields.append(f"<dc:subject><rdf:Bag>{words}</rdf:Bag></dc:subject>")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
        f' xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/">{"".join(fields)}'
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def _alternatives(name: str, text: str) -> str:
    return f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{escape(text)}</rdf:li></rdf:Alt></{name}>'


def _xmp_options(format_: str, xmp: bytes, exif: Image.Exif) -> dict[str, object]:
    if format_ == "PNG":
        chunks = PngImagePlugin.PngInfo()
        chunks.add_itxt("XML:com.adobe.xmp", xmp)
        return {"pnginfo": chunks}
    if format_ == "TIFF":
        exif[_XMP_TAG] = xmp
        return {"exif": exif}
    return {"xmp": xmp}


# --- painters ---------------------------------------------------------------------------------------------


def _gradient(image: Image.Image, top: Colour, bottom: Colour, box: tuple[float, float] = (0.0, 1.0)) -> None:
    """Fill the rows between two fractions of the height."""
    start, end = (round(fraction * image.height) for fraction in box)
    steps = np.linspace(0.0, 1.0, max(1, end - start))[:, None, None]
    rows: NDArray[np.float64] = np.array(top) * (1 - steps) + np.array(bottom) * steps
    image.paste(Image.fromarray(rows.astype(np.uint8)).resize((image.width, len(steps))), (0, start))


def _disc(image: Image.Image, centre: tuple[float, float], radius: float, colour: Colour) -> None:
    """A disc; the centre as fractions of the sides, the radius of the shorter one."""
    x, y, r = centre[0] * image.width, centre[1] * image.height, radius * min(image.size)
    ImageDraw.Draw(image).ellipse((x - r, y - r, x + r, y + r), fill=colour)


def _ridge(
    image: Image.Image, random: np.random.Generator, level: float, rough: float, colour: Colour
) -> None:
    """Everything below a random line, as of hills or treetops."""
    steps = np.cumsum(random.normal(0.0, rough, 60))
    heights = (level + steps - np.linspace(steps[0], steps[-1], 60)) * image.height
    line = list(zip(np.linspace(0, image.width, 60).tolist(), heights.tolist(), strict=True))
    ImageDraw.Draw(image).polygon([*line, (image.width, image.height), (0, image.height)], fill=colour)


def _vary(random: np.random.Generator, colour: Colour, by: int) -> Colour:
    red, green, blue = (int(np.clip(channel + random.integers(-by, by + 1), 0, 255)) for channel in colour)
    return red, green, blue


def _sunset(image: Image.Image, random: np.random.Generator) -> None:
    _gradient(image, (46, 34, 84), (250, 150, 70), (0.0, 0.62))
    _disc(image, (float(random.uniform(0.25, 0.75)), 0.55), 0.09, (255, 236, 170))
    _gradient(image, (190, 96, 74), (24, 26, 52), (0.62, 1.0))
    _ridge(image, random, 0.64, 0.006, (30, 24, 44))


def _mountains(image: Image.Image, random: np.random.Generator) -> None:
    _gradient(image, (88, 142, 208), (226, 236, 244))
    for level, rough, colour in (
        (0.45, 0.035, (150, 168, 192)),
        (0.58, 0.03, (98, 118, 140)),
        (0.72, 0.02, (54, 82, 72)),
        (0.86, 0.01, (62, 104, 46)),
    ):
        _ridge(image, random, level, rough, colour)


def _skyline(image: Image.Image, random: np.random.Generator) -> None:
    _gradient(image, (18, 24, 48), (108, 88, 120))
    pen = ImageDraw.Draw(image)
    left = 0
    while left < image.width:
        width = int(random.uniform(0.05, 0.12) * image.width) + 1
        top = int(random.uniform(0.3, 0.7) * image.height)
        pen.rectangle((left, top, left + width, image.height), fill=_vary(random, (38, 42, 58), 12))
        _windows(pen, random, (left, top, width, image.height), max(2, image.height // 60))
        left += width


def _windows(
    pen: ImageDraw.ImageDraw, random: np.random.Generator, wall: tuple[int, int, int, int], side: int
) -> None:
    left, top, width, bottom = wall
    for y in range(top + side, bottom, 2 * side):
        for x in range(left + side, left + width - side, 2 * side):
            if random.random() < _LIT:
                pen.rectangle((x, y, x + side - 1, y + side - 1), fill=_vary(random, (244, 206, 120), 10))


def _forest(image: Image.Image, random: np.random.Generator) -> None:
    _gradient(image, (188, 212, 196), (44, 70, 40))
    pen = ImageDraw.Draw(image)
    for depth in range(60):
        shade = depth / 60
        x, width = random.uniform(-0.05, 1.05) * image.width, (0.006 + 0.03 * shade) * image.width
        trunk = _vary(random, (int(112 - 70 * shade), int(116 - 80 * shade), int(98 - 74 * shade)), 8)
        pen.rectangle((x, 0, x + width, (0.6 + 0.4 * shade) * image.height), fill=trunk)
    _ridge(image, random, 0.84, 0.01, (58, 84, 34))


def _still_life(image: Image.Image, random: np.random.Generator) -> None:
    _gradient(image, (92, 78, 66), (58, 46, 38), (0.0, 0.6))
    _gradient(image, (150, 108, 70), (112, 76, 46), (0.6, 1.0))
    for index, colour in enumerate(
        ((196, 44, 36), (232, 148, 32), (122, 158, 48), (150, 32, 64), (238, 204, 84))
    ):
        centre = (0.18 + 0.16 * index, float(random.uniform(0.56, 0.66)))
        _disc(image, (centre[0] + 0.01, centre[1] + 0.02), 0.11, (52, 38, 28))
        _disc(image, centre, 0.1, _vary(random, colour, 10))
        _disc(image, (centre[0] - 0.03, centre[1] - 0.03), 0.02, (250, 240, 226))


def _beach(image: Image.Image, random: np.random.Generator) -> None:
    _gradient(image, (92, 170, 232), (206, 232, 244), (0.0, 0.45))
    _gradient(image, (22, 96, 140), (108, 190, 190), (0.45, 0.7))
    _gradient(image, (236, 216, 172), (208, 178, 124), (0.7, 1.0))
    for _ in range(6):
        cloud = (float(random.uniform(0, 1)), float(random.uniform(0.05, 0.25)))
        for part in range(4):
            _disc(
                image, (cloud[0] + 0.03 * part, cloud[1]), float(random.uniform(0.02, 0.04)), (246, 248, 250)
            )
    _disc(image, (0.8, 0.82), 0.06, (214, 60, 52))


def _flowers(image: Image.Image, random: np.random.Generator) -> None:
    _gradient(image, (70, 120, 52), (36, 72, 30))
    petals: tuple[Colour, ...] = (
        (226, 64, 110),
        (244, 190, 40),
        (150, 84, 190),
        (248, 246, 240),
        (232, 96, 44),
    )
    for _ in range(120):
        centre = (float(random.uniform(0, 1)), float(random.uniform(0, 1)))
        _disc(
            image, centre, float(random.uniform(0.015, 0.04)), _vary(random, petals[random.integers(5)], 14)
        )
        _disc(image, centre, 0.008, (92, 62, 20))


def _studio(image: Image.Image, random: np.random.Generator) -> None:
    """A product on white, soft shadow below."""
    _gradient(image, (250, 250, 250), (226, 226, 228))
    pen = ImageDraw.Draw(image)
    width, height = image.size
    pen.ellipse((0.25 * width, 0.72 * height, 0.75 * width, 0.8 * height), fill=(186, 186, 190))
    image.paste(image.filter(ImageFilter.GaussianBlur(min(image.size) / 60)))
    body = _vary(random, (36, 92, 156), 30)
    pen.rounded_rectangle(
        (0.34 * width, 0.3 * height, 0.66 * width, 0.76 * height), min(image.size) / 20, fill=body
    )
    pen.rectangle((0.34 * width, 0.45 * height, 0.66 * width, 0.6 * height), fill=(240, 232, 214))


KINDS: Mapping[str, Painter] = MappingProxyType(
    {
        "sunset": _sunset,
        "mountains": _mountains,
        "skyline": _skyline,
        "forest": _forest,
        "still_life": _still_life,
        "beach": _beach,
        "flowers": _flowers,
        "studio": _studio,
    }
)
"""What can be drawn."""
