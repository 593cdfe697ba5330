"""Brings any colour mode that the decoders yield to 8-bit sRGB."""

from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image, ImageCms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# ruff: noqa: PLC0415 - NumPy is a sixth of a cold start, and few pictures need it here

_WHITE = 255
_TINY = 1e-300
_IMPERCEPTIBLE = 2  # of 255: less than JPEG itself adds
_PROFILE_SPACES = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK"}
_SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")
_AVERAGED = {"1": "L", "P": "RGB", "YCbCr": "RGB", "HSV": "RGB"}
_PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}
_STRAIGHT = {premultiplied: straight for straight, premultiplied in _PREMULTIPLIED.items()}


def scalable(image: Image.Image) -> Image.Image:
    """The image in a mode that can be averaged: no palette, no single bits, colour multiplied by alpha."""
    if image.mode in _SIXTEEN_BITS:  # a transparent colour among 65,536 greys is not worth a copy
        return image
    if image.has_transparency_data:
        straight = "LA" if image.mode in ("1", "L", "LA", "La") else "RGBA"
        return image.convert(straight).convert(_PREMULTIPLIED[straight])
    if image.mode == "LAB":  # its signed channels cannot be averaged as Pillow stores them
        return _from_lab(image)
    averaged = _AVERAGED.get(image.mode)
    return image.convert(averaged) if averaged else image


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Reduce to 8 bits, flatten on white, apply the ICC profile (ignored where it does not fit)."""
    image = _flatten(_to_eight_bits(image))
    transform = _transform(profile, image.mode) if profile else None
    if transform:
        return transform.apply(image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _to_eight_bits(image: Image.Image) -> Image.Image:
    if image.mode not in (*_SIXTEEN_BITS, "I", "F"):
        return image
    import numpy as np

    if image.mode in _SIXTEEN_BITS:
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return Image.fromarray(_stretch(np.asarray(image, dtype=np.float64)))


def _stretch(values: "NDArray[np.float64]") -> "NDArray[np.uint8]":
    """Map what is there to 0..255: 32-bit and floating-point samples have no agreed white."""
    import numpy as np

    values = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    low, high = values.min(), values.max()
    stretched: NDArray[np.uint8] = ((values - low) * (_WHITE / max(high - low, _TINY))).astype(np.uint8)
    return stretched


def _flatten(image: Image.Image) -> Image.Image:
    straight = _STRAIGHT.get(image.mode)
    if straight is None:
        return image
    image = image.convert(straight)
    white = Image.new(straight[:-1], image.size, "white")
    white.paste(image.convert(straight[:-1]), mask=image.getchannel("A"))
    return white


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _from_lab(image: Image.Image) -> Image.Image:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    return ImageCms.buildTransform(lab, _srgb(), "LAB", "RGB").apply(image)


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Build the way to sRGB; None when the profile is broken, for another mode, or changes nothing visible.

    Cached, because a camera's pictures share a profile and a transform costs more than applying it.
    """
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if source.profile.xcolor_space != _PROFILE_SPACES.get(mode):
            return None
        transform = ImageCms.buildTransform(
            source,
            _srgb(),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        return None if mode == "RGB" and _changes_nothing(transform) else transform
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Try the transform on a grid of colours: most profiles are sRGB by another name."""
    import numpy as np

    levels = np.linspace(0, 255, 9, dtype=np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(27, 27, 3)
    converted = transform.apply(Image.fromarray(grid))
    return bool(np.abs(np.asarray(converted).astype(int) - grid).max() <= _IMPERCEPTIBLE)
