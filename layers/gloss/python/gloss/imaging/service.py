"""Looks at a file once and tells everything about it."""

import hashlib
import logging
from dataclasses import field

from PIL import Image, ImageFile

from gloss.errors import ContentTypeMismatch, EmptyFile, FileTooLarge, ForeignContent, UnsupportedFormat
from gloss.imaging import decoding, embedded, exif, foreign, renditions
from gloss.imaging.containers import Parts, take_apart
from gloss.imaging.endings import end_of
from gloss.imaging.formats import ACCEPTED, SNIFF_BYTES, TIFF, Format, sniff
from gloss.imaging.model import Camera, Embedded, Inspection, Limits, Swatch
from gloss.records import dataclass

logger = logging.getLogger(__name__)

_DEFAULT_LIMITS = Limits()
_SIDEWAYS = 5
"""EXIF orientations from this one on swap width and height."""


def inspect(
    data: bytes,
    *,
    declared_type: str | None = None,
    limits: Limits = _DEFAULT_LIMITS,
    with_palette: bool = True,
) -> Inspection:
    """Decode the bytes of an image once: thumbnail, preview, palette, facts and embedded metadata.

    ``declared_type`` is the mime type that the sender gave, and that the file is served under: where it is
    given the bytes have to be of that format, HEIC and HEIF being one. Without ``with_palette`` the palette
    is empty; NumPy, which it takes, is then loaded for rare pictures only.
    Whatever the bytes are, the only exceptions are those below `gloss.errors.ImageRejected`, and each of them
    is permanent: `EmptyFile`, `FileTooLarge`, `UnsupportedFormat`, `ContentTypeMismatch`, `TooManyPixels`,
    `ForeignContent`, `TruncatedImage`, `CorruptImage`. Broken metadata is none of these: it is left out.
    """
    format_ = _accept(data, declared_type, limits)
    with decoding.refusing(data, format_):
        parts = take_apart(data, format_)
        if parts.size:
            decoding.check_pixels(parts.size, limits)
        _check_foreign(data, format_)
        image = decoding.open_picture(parts.picture, format_)
        decoding.check_pixels(image.size, limits)
        return _inspect(image, data, parts, format_, with_palette=with_palette)


def _accept(data: bytes, declared_type: str | None, limits: Limits) -> Format:
    if not data:
        raise EmptyFile
    if len(data) > limits.max_bytes:
        raise FileTooLarge(bytes=len(data), max_bytes=limits.max_bytes)
    declared = declared_type.partition(";")[0].strip().lower() if declared_type is not None else None
    format_ = sniff(data[:SNIFF_BYTES])
    if format_ is None or (declared is not None and declared not in ACCEPTED):
        raise UnsupportedFormat(accepted=tuple(ACCEPTED))
    if declared is not None and ACCEPTED[declared].decoder != format_.decoder:
        raise ContentTypeMismatch(
            f"The file is {format_.name}, and not {ACCEPTED[declared].name} as its content type says.",
            declared=declared,
            found=format_.mime,
        )
    return format_


def _check_foreign(data: bytes, format_: Format) -> None:
    """Decoders forgive a missing end, so a file without one is searched whole."""
    if found := foreign.find(data, end_of(data, format_) or 0):
        raise ForeignContent(f"Besides the image, the file holds {found}.")


@dataclass(frozen=True, slots=True)
class _Metadata:
    """What somebody wrote into the file, so far as it can be read."""

    orientation: int = exif.UPRIGHT
    camera: Camera = field(default_factory=Camera)
    taken_at: str | None = None
    embedded: Embedded = field(default_factory=Embedded)


def _metadata(image: ImageFile.ImageFile, parts: Parts) -> _Metadata:
    """The readers do not raise; should one do so all the same, that is a fault of ours and no reason to
    refuse a picture."""
    try:
        facts = exif.read(parts.exif or image.info.get("exif") or b"")
        return _Metadata(
            orientation=exif.orientation(facts),
            camera=exif.camera(facts) if facts else Camera(),
            taken_at=exif.taken_at(facts) if facts else None,
            embedded=embedded.read(parts.xmp or image.info.get("xmp"), parts.iptc, facts),
        )
    except Exception:
        logger.exception("embedded metadata could not be read")
        return _Metadata()


def _inspect(
    image: ImageFile.ImageFile, data: bytes, parts: Parts, format_: Format, *, with_palette: bool
) -> Inspection:
    mode, size = image.mode, image.size
    metadata = _metadata(image, parts)
    # Pillow turns a TIFF upright by itself; libheif does so too and the plug-in then clears the orientation.
    orientation = exif.UPRIGHT if format_ is TIFF else metadata.orientation
    profile = parts.icc or image.info.get("icc_profile")
    bits = parts.bits or image.info.get("bit_depth", 8)
    pixels = renditions.preview_pixels(
        image, parts.picture, format_, bits=bits, orientation=orientation, profile=profile
    )
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
        bits=bits,
        had_icc=profile is not None,
        camera=metadata.camera,
        taken_at=metadata.taken_at,
        embedded=metadata.embedded,
        thumbnail=renditions.thumbnail(pixels),
        preview=renditions.preview(pixels),
        palette=_palette(pixels) if with_palette else (),
    )


def _palette(pixels: Image.Image) -> tuple[Swatch, ...]:
    from gloss.imaging.palette import palette  # noqa: PLC0415 - brings NumPy along

    return palette(pixels)
