"""Makes the pictures that are kept: an upright sRGB preview, and from it the thumbnail."""

from io import BytesIO

from PIL import Image, ImageFile

from gloss.imaging import colour, libvips
from gloss.imaging.formats import Format
from gloss.imaging.model import Rendition

PREVIEW_SIDE = 768
THUMBNAIL_SIDE = 200

_PREVIEW_QUALITY = 85
_THUMBNAIL_QUALITY = 80
# Averaging whole pixels down to this multiple of the size first saves most of Lanczos' work unseen.
_PREVIEW_GAP, _THUMBNAIL_GAP = 2.0, 1.5
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation."""


def fit(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The largest size of the same shape with no side over ``side``; never larger than the original."""
    width, height = size
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def preview_pixels(
    image: ImageFile.ImageFile,
    data: bytes,
    format_: Format,
    *,
    bits: int,
    orientation: int,
    profile: bytes | None,
) -> Image.Image:
    """Decode ``data``, which ``image`` opened, at the size of the preview, bring it to sRGB and turn it
    upright: RGB, without any metadata."""
    size = fit(image.size, PREVIEW_SIDE)
    quick = (
        libvips.scaled(data, format_, image.size, size) if libvips.reads(format_, image.mode, bits) else None
    )
    pixels = colour.to_srgb(_scaled(image, size) if quick is None else quick, profile)
    if orientation in _UPRIGHT:
        pixels = pixels.transpose(_UPRIGHT[orientation])
    pixels.info = {}
    return pixels


def _scaled(image: ImageFile.ImageFile, size: tuple[int, int]) -> Image.Image:
    """By Pillow; a JPEG is decoded at the smallest eighth that still covers the size.

    ``draft`` has to be asked with the preview's own shape: with a square it would compare the short side with
    768 and decode up to four times as much.
    """
    drafted = image.draft(None, size)
    image.load()
    pixels = colour.scalable(image)
    gap = None if pixels.mode.startswith("I;16") else _PREVIEW_GAP  # box averaging knows no 16 bits
    return pixels.resize(
        size, Image.Resampling.LANCZOS, box=drafted[1] if drafted else None, reducing_gap=gap
    )


def preview(pixels: Image.Image) -> Rendition:
    return _encode(pixels, _PREVIEW_QUALITY)


def thumbnail(pixels: Image.Image) -> Rendition:
    size = fit(pixels.size, THUMBNAIL_SIDE)
    return _encode(
        pixels.resize(size, Image.Resampling.LANCZOS, reducing_gap=_THUMBNAIL_GAP), _THUMBNAIL_QUALITY
    )


def _encode(pixels: Image.Image, quality: int) -> Rendition:
    buffer = BytesIO()
    pixels.save(buffer, "JPEG", quality=quality)
    return Rendition(buffer.getvalue(), pixels.width, pixels.height)
