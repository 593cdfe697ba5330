"""Opens a picture with the one decoder of its format, and turns every way to fail into a named refusal."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO

from PIL import Image, ImageFile

from gloss.errors import CorruptImage, GlossError, TooManyPixels, TruncatedImage
from gloss.imaging.endings import is_complete
from gloss.imaging.formats import AVIF, HEIC, HEIF, Format
from gloss.imaging.model import Limits

_EXIF_ITEM, _NO_ITEM = b"Exif", b"skip"


@contextmanager
def refusing(data: bytes, format_: Format) -> Iterator[None]:
    """Turn anything that fails inside into `CorruptImage`, or `TruncatedImage` if the file is not complete.

    Decoders fail in a dozen ways (OSError, SyntaxError, struct.error, MemoryError, …), and which one tells
    nothing: the file's structure does. Their warnings concern nobody: metadata is read elsewhere, and the
    size limit is ours, not Pillow's global one.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except GlossError:
        raise
    except Image.DecompressionBombError as error:
        raise TooManyPixels from error
    except Exception as error:
        raise (CorruptImage if is_complete(data, format_) else TruncatedImage) from error


def check_pixels(size: tuple[int, int], limits: Limits) -> None:
    """Raise `TooManyPixels` when a canvas of this width and height is over the limit."""
    width, height = size
    if width * height > limits.max_pixels:
        raise TooManyPixels(width=width, height=height, max_pixels=limits.max_pixels)


def open_picture(data: bytes, format_: Format) -> ImageFile.ImageFile:
    """Open without decoding. Broken EXIF in AVIF or HEIF, where the decoder insists on it, is blanked out."""
    _register(format_.decoder)
    try:
        return _open(data, format_)
    except (OSError, SyntaxError, ValueError):
        if format_ not in (AVIF, HEIC, HEIF) or _EXIF_ITEM not in data:
            raise
        return _open(data.replace(_EXIF_ITEM, _NO_ITEM), format_)


def _open(data: bytes, format_: Format) -> ImageFile.ImageFile:
    return Image.open(BytesIO(data), formats=(format_.decoder,))


def _register(decoder: str) -> None:
    """Make a Pillow plug-in known; left to itself, Pillow would import all forty."""
    if decoder in Image.OPEN:
        return
    if decoder == "HEIF":
        import_module("pillow_heif").register_heif_opener(depth_images=False, aux_images=False)
    else:
        import_module(f"PIL.{_PLUGINS[decoder]}")


_PLUGINS = {
    "JPEG": "JpegImagePlugin",
    "PNG": "PngImagePlugin",
    "WEBP": "WebPImagePlugin",
    "GIF": "GifImagePlugin",
    "TIFF": "TiffImagePlugin",
    "AVIF": "AvifImagePlugin",
}
