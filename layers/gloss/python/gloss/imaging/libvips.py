"""Decodes and scales in one go with libvips, for what most libraries are made of.

JPEG and WebP are scaled in their decoders, and a PNG is never whole in memory: it is read, averaged and
scaled by Lanczos a few lines at a time. Pillow remains for every other format and mode, and for telling what
is wrong with a file.
"""

import logging
import os
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import Final

from PIL import Image

from gloss.imaging.formats import JPEG, PNG, WEBP, Format

_MODES: Final[Mapping[Format, frozenset[str]]] = MappingProxyType(
    {
        JPEG: frozenset({"L", "RGB"}),
        PNG: frozenset({"1", "L", "LA", "P", "RGB", "RGBA"}),
        WEBP: frozenset({"RGB", "RGBA"}),
    }
)
"""Modes, as Pillow names them, in which both libraries see the same colours."""
_LOADERS: Final = ("VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp")
_STRICT: Final = "fail_on=error"
"""Broken files are refused and not shown as far as they go. Said to the loader: `thumbnail_source` has a
parameter of this name and does not hand it on (libvips 8.18)."""
_SHRINKS: Final = (8, 4, 2)
_HEADROOM: Final = 1.2
_BITS: Final = 8
_PILLOW_MODES: Final = {1: "L", 3: "RGB"}


def reads(format_: Format, mode: str, bits: int) -> bool:
    """Whether pictures of this kind are decoded here."""
    return bits <= _BITS and mode in _MODES.get(format_, ())


def scaled(
    data: bytes, format_: Format, original: tuple[int, int], size: tuple[int, int]
) -> Image.Image | None:
    """A picture of the ``original`` width and height at exactly ``size``, flattened on white, as it lies in
    the file and in the file's own colours (L or RGB); None for a file that libvips refuses."""
    vips = _library()
    source = vips.Source.new_from_memory(data)  # a buffer would be copied
    try:
        if format_ is JPEG:
            shrink = _shrink(original, size)
            loaded = vips.Image.jpegload_source(source, shrink=shrink, access="sequential", fail_on="error")
            picture = loaded.thumbnail_image(size[0], height=size[1], size="force", no_rotate=True)
        else:
            picture = vips.Image.thumbnail_source(
                source, size[0], option_string=_STRICT, height=size[1], size="force", no_rotate=True
            )
        flat = picture.flatten(background=[255]) if picture.hasalpha() else picture
        pixels = flat.write_to_memory()
    except vips.Error:
        return None
    return Image.frombytes(_PILLOW_MODES[flat.bands], (flat.width, flat.height), pixels)


def _shrink(original: tuple[int, int], size: tuple[int, int]) -> int:
    """How many times smaller a JPEG is decoded: as much as leaves Lanczos something to do.

    With all that the scale allows, fine detail suffers by the decoder's coarse averaging; libvips itself
    keeps twice the size, which nobody sees and which takes a fifth longer.
    """
    spare = min(whole / (_HEADROOM * wanted) for whole, wanted in zip(original, size, strict=True))
    return next((times for times in _SHRINKS if times <= spare), 1)


@lru_cache(maxsize=1)
def _library() -> ModuleType:
    """libvips, loaded when the first picture comes.

    It reads the environment when it starts: one thread, since a function has about one core. What it thinks
    of a file is not worth a line in the log. It keeps nothing of one picture for the next, and is left no
    loader but those above.
    """
    os.environ["VIPS_CONCURRENCY"] = "1"
    vips = import_module("pyvips")
    logging.getLogger(vips.__name__).setLevel(logging.ERROR)
    vips.cache_set_max(0)
    vips.operation_block_set("VipsForeignLoad", True)
    for loader in _LOADERS:
        vips.operation_block_set(loader, False)
    return vips
