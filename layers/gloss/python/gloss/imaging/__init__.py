"""Pixels: one decode of a file's bytes gives thumbnail, preview, palette, facts and embedded metadata.

Pure: bytes in, values out. Importing the package costs nothing; the decoders are loaded when `inspect` is
first asked for, so that a function which only needs `ACCEPTED` or a model does not have to carry them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gloss.imaging.formats import ACCEPTED, SNIFF_BYTES, Format, sniff
from gloss.imaging.model import Camera, Embedded, Inspection, Limits, Rendition, Swatch

if TYPE_CHECKING:
    from gloss.imaging.framing import crop
    from gloss.imaging.service import inspect

__all__ = [
    "ACCEPTED",
    "SNIFF_BYTES",
    "Camera",
    "Embedded",
    "Format",
    "Inspection",
    "Limits",
    "Rendition",
    "Swatch",
    "crop",
    "inspect",
    "sniff",
]

_LOADED_LATE = {"crop": "gloss.imaging.framing", "inspect": "gloss.imaging.service"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute may be anything
    if name not in _LOADED_LATE:
        raise AttributeError(name)
    return getattr(import_module(_LOADED_LATE[name]), name)
