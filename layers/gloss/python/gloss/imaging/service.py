"""Looks at a file once and tells everything about it."""

import hashlib

from PIL import ImageFile

from gloss.errors import EmptyFile, FileTooLarge, UnsupportedFormat
from gloss.imaging import decoding, embedded, exif, renditions
from gloss.imaging.containers import Parts, take_apart
from gloss.imaging.formats import ACCEPTED, SNIFF_BYTES, TIFF, Format, sniff
from gloss.imaging.model import Camera, Inspection, Limits
from gloss.imaging.palette import palette

_DEFAULT_LIMITS = Limits()
_SIDEWAYS = 5
"""EXIF orientations from this one on swap width and height."""


def inspect(data: bytes, *, declared_type: str | None = None, limits: Limits = _DEFAULT_LIMITS) -> Inspection:
    """Decode the bytes of an image once: thumbnail, preview, palette, facts and embedded metadata.

    ``declared_type`` is the mime type that the sender gave; another accepted format than that is fine.
    Whatever the bytes are, the only exceptions are those below `gloss.errors.ImageRejected`, and each of them
    is permanent: `EmptyFile`, `FileTooLarge`, `UnsupportedFormat`, `TooManyPixels`, `TruncatedImage`,
    `CorruptImage`.
    """
    format_ = _accept(data, declared_type, limits)
    parts = take_apart(data, format_)
    if parts.size:
        decoding.check_pixels(parts.size, limits)
    with decoding.refusing(data, format_):
        image = decoding.open_picture(parts.picture, format_)
        decoding.check_pixels(image.size, limits)
        return _inspect(image, data, parts, format_)


def _accept(data: bytes, declared_type: str | None, limits: Limits) -> Format:
    if not data:
        raise EmptyFile
    if len(data) > limits.max_bytes:
        raise FileTooLarge(bytes=len(data), max_bytes=limits.max_bytes)
    declared = declared_type.partition(";")[0].strip().lower() if declared_type is not None else None
    format_ = sniff(data[:SNIFF_BYTES])
    if format_ is None or (declared is not None and declared not in ACCEPTED):
        raise UnsupportedFormat(accepted=tuple(ACCEPTED))
    return format_


def _inspect(image: ImageFile.ImageFile, data: bytes, parts: Parts, format_: Format) -> Inspection:
    mode, size = image.mode, image.size
    facts = exif.read(parts.exif or image.info.get("exif") or b"")
    # Pillow turns a TIFF upright by itself; libheif does so too and the plug-in then clears the orientation.
    orientation = exif.orientation(None if format_ is TIFF else facts)
    profile = parts.icc or image.info.get("icc_profile")
    pixels = renditions.preview_pixels(image, orientation=orientation, profile=profile)
    width, height = size if orientation < _SIDEWAYS else size[::-1]
    return Inspection(
        format=format_.name,
        mime=format_.mime,
        width=width,
        height=height,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        frames=parts.frames or int(getattr(image, "n_frames", 1)),
        has_alpha=image.has_transparency_data,
        mode=mode,
        bits=parts.bits or image.info.get("bit_depth", 8),
        had_icc=profile is not None,
        camera=exif.camera(facts) if facts else Camera(),
        taken_at=exif.taken_at(facts) if facts else None,
        embedded=embedded.read(parts.xmp or image.info.get("xmp"), parts.iptc, facts),
        thumbnail=renditions.thumbnail(pixels),
        preview=renditions.preview(pixels),
        palette=palette(pixels),
    )
