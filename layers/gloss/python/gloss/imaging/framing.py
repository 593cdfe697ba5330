"""Cuts a picture to a size."""

from io import BytesIO
from typing import Any, Final

from PIL import ImageOps

from gloss.errors import UnsupportedFormat
from gloss.imaging import decoding
from gloss.imaging.formats import JPEG, SNIFF_BYTES, Format, sniff

_JPEG_QUALITY: Final = 95


def crop(data: bytes, size: tuple[int, int]) -> bytes:
    """The middle of a picture, turned upright, ``size`` wide and high: a JPEG of a JPEG, else a PNG.

    Colours keep their profile. Raises as :func:`gloss.imaging.inspect` of bytes that are no picture.
    """
    format_ = sniff(data[:SNIFF_BYTES])
    if format_ is None:
        raise UnsupportedFormat
    with decoding.refusing(data, format_):
        return _crop(data, format_, size)


def _crop(data: bytes, format_: Format, size: tuple[int, int]) -> bytes:
    image = decoding.open_picture(data, format_)
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    left, top = (upright.width - size[0]) // 2, (upright.height - size[1]) // 2
    options: dict[str, Any] = {"format": "PNG"}
    if format_ is JPEG:
        options = {"format": "JPEG", "quality": _JPEG_QUALITY, "subsampling": 0}
    buffer = BytesIO()
    upright.crop((left, top, left + size[0], top + size[1])).save(buffer, icc_profile=profile, **options)
    return buffer.getvalue()
