"""What `bench.imaging` compares: our inspection, and the ways in which others get the same.

Apart from the benchmark, so that a process which measures memory loads nothing else. A peer that is not
installed is not in `available`; the Node peers are in `bench._imaging_node`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from io import BytesIO
from types import MappingProxyType
from typing import Final

from PIL import Image

from gloss.imaging import Limits, inspect

Colours = list[tuple[int, ...]]

COLOURS: Final = 5
PREVIEW_SIDE, PREVIEW_QUALITY = 768, 85
THUMBNAIL_SIDE, THUMBNAIL_QUALITY = 200, 80
LIFTED: Final = Limits(max_bytes=2**30)


@dataclass(frozen=True, slots=True)
class Made:
    """What a subject makes of a file; empty is what it cannot."""

    palette: Colours
    preview: bytes = b""
    thumbnail: bytes = b""


Job = Callable[[bytes], Made]


def ours(data: bytes) -> Made:
    found = inspect(data, limits=LIFTED)
    palette = [tuple(bytes.fromhex(swatch.hex[1:])) for swatch in found.palette]
    return Made(palette, found.preview.data, found.thumbnail.data)


def naive(data: bytes) -> Made:
    """Three features, each on its own: thumbnail, palette and preview, all at full decode."""
    with Image.open(BytesIO(data)) as image:
        flat = _rgb(image).quantize(COLOURS).getpalette() or []
    return Made(
        [tuple(flat[at : at + 3]) for at in range(0, 3 * COLOURS, 3)],
        _naive_rendition(data, PREVIEW_SIDE, PREVIEW_QUALITY),
        _naive_rendition(data, THUMBNAIL_SIDE, THUMBNAIL_QUALITY),
    )


def _naive_rendition(data: bytes, side: int, quality: int) -> bytes:
    with Image.open(BytesIO(data)) as image:
        small = _rgb(image)
        small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=None)
    buffer = BytesIO()
    small.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _rgb(image: Image.Image) -> Image.Image:
    """Without the copy that `convert` makes of what is RGB already."""
    image.load()
    return image if image.mode == "RGB" else image.convert("RGB")


def vips(data: bytes) -> Made:
    """libvips at its best: scaled while loading, the thumbnail from the small picture. It has no palette."""
    library = import_module("pyvips")
    library.operation_block_set(
        "VipsForeignLoad", False
    )  # ours, in the same process, leaves it three loaders
    image = library.Image
    profiled = image.new_from_buffer(data, "").get_typeof("icc-profile-data")
    options = {"output_profile": "srgb"} if profiled else {}
    scaled = image.thumbnail_buffer(data, PREVIEW_SIDE, height=PREVIEW_SIDE, size="down", **options)
    flat = scaled.flatten(background=255) if scaled.hasalpha() else scaled
    pixels = flat.copy_memory()
    small = pixels.thumbnail_image(THUMBNAIL_SIDE, height=THUMBNAIL_SIDE, size="down")
    return Made(
        [],
        pixels.jpegsave_buffer(Q=PREVIEW_QUALITY, keep="none"),
        small.jpegsave_buffer(Q=THUMBNAIL_QUALITY, keep="none"),
    )


def colorthief(data: bytes) -> Made:
    found = import_module("colorthief").ColorThief(BytesIO(data)).get_palette(color_count=COLOURS)
    return Made([tuple(colour) for colour in found[:COLOURS]])


def pylette(data: bytes) -> Made:
    found = import_module("pylette").extract_colors(data, palette_size=COLOURS)
    return Made([tuple(colour.rgb) for colour in found])


SUBJECTS: Final[Mapping[str, Job]] = MappingProxyType(
    {"ours": ours, "naive": naive, "pyvips": vips, "colorthief": colorthief, "pylette": pylette}
)
PALETTES_ONLY: Final = frozenset({"colorthief", "pylette"})


def available() -> Iterator[str]:
    """The subjects that are installed here."""
    return (name for name in SUBJECTS if name in ("ours", "naive") or is_installed(name))


@cache
def is_installed(package: str) -> bool:
    """Whether it is there and can be loaded: some lean on libraries of the machine."""
    try:
        import_module(package)
    except Exception:  # noqa: BLE001 - whatever a package of others raises
        return False
    return True
