"""Picks what is worth knowing out of an EXIF block (CIPA DC-008, EXIF 3.0) and Microsoft's XP tags."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from gloss.imaging import text, tiff
from gloss.imaging.model import Camera

_DESCRIPTION = 0x010E
_ARTIST = 0x013B
_COPYRIGHT = 0x8298
_XP_TITLE = 0x9C9B
_XP_COMMENT = 0x9C9C
_XP_AUTHOR = 0x9C9D
_XP_KEYWORDS = 0x9C9E

_ORIENTATION = 0x0112
_MAKE, _MODEL, _SOFTWARE = 0x010F, 0x0110, 0x0131
_EXPOSURE, _APERTURE, _ISO, _FLASH, _FOCAL_LENGTH = 0x829A, 0x829D, 0x8827, 0x9209, 0x920A
_FOCAL_LENGTH_35MM, _LENS = 0xA405, 0xA434
_USER_COMMENT = 0x9286
_TAKEN, _DIGITIZED = 0x9003, 0x9004
_OFFSET_TAKEN, _OFFSET_DIGITIZED = 0x9011, 0x9012
_SUBSECOND_TAKEN, _SUBSECOND_DIGITIZED = 0x9291, 0x9292

_CAMERA_CHARS = 100
_LARGEST_FACT = 1e7
UPRIGHT, _LAST_ORIENTATION = 1, 8

_COMMENT_CODE_BYTES = 8


def read(block: bytes) -> tiff.Tiff | None:
    """Read an EXIF block, with or without the header that JPEG puts before it; None when it is none."""
    return tiff.read(block.removeprefix(b"Exif\0\0"))


TEXTS: Final[Mapping[str, frozenset[int]]] = {
    "title": frozenset({_XP_TITLE}),
    "caption": frozenset({_DESCRIPTION, _USER_COMMENT, _XP_COMMENT}),
    "keywords": frozenset({_XP_KEYWORDS}),
}
"""The tags that `descriptive` reads a field from."""


def orientation(exif: tiff.Tiff | None) -> int:
    """1 to 8 as in EXIF; 1, upright, when absent or out of range."""
    value = tiff.number(exif.image, _ORIENTATION) if exif else None
    return int(value) if value is not None and UPRIGHT <= value <= _LAST_ORIENTATION else UPRIGHT


def camera(exif: tiff.Tiff) -> Camera:
    """The technical facts that are present and plausible."""
    flash = tiff.number(exif.photo, _FLASH)
    return Camera(
        make=_short(exif.image, _MAKE),
        model=_short(exif.image, _MODEL),
        lens=_short(exif.photo, _LENS),
        software=_short(exif.image, _SOFTWARE),
        iso=_whole(exif.photo, _ISO),
        exposure_s=_fact(exif.photo, _EXPOSURE),
        aperture_f=_fact(exif.photo, _APERTURE),
        focal_length_mm=_fact(exif.photo, _FOCAL_LENGTH),
        focal_length_35mm=_whole(exif.photo, _FOCAL_LENGTH_35MM),
        flash_fired=None if flash is None else bool(int(flash) & 1),
    )


def taken_at(exif: tiff.Tiff) -> str | None:
    """When the picture was taken (else digitised), ISO 8601; with fraction and offset only if given."""
    return _moment(exif.photo, _TAKEN, _SUBSECOND_TAKEN, _OFFSET_TAKEN) or _moment(
        exif.photo, _DIGITIZED, _SUBSECOND_DIGITIZED, _OFFSET_DIGITIZED
    )


def descriptive(exif: tiff.Tiff) -> dict[str, list[str]]:
    """Candidate texts by field of `Embedded`, the preferred first; some may be empty or unclean."""
    image = exif.image
    return {
        "title": [_xp(image, _XP_TITLE)],
        "caption": [_ascii(image, _DESCRIPTION), _user_comment(exif), _xp(image, _XP_COMMENT)],
        "creator": [_ascii(image, _ARTIST), _xp(image, _XP_AUTHOR)],
        "copyright": [_ascii(image, _COPYRIGHT)],
        "keywords": _xp(image, _XP_KEYWORDS).split(";"),
    }


def _user_comment(exif: tiff.Tiff) -> str:
    """UserComment, whose first 8 bytes name its character code; without one only plain ASCII is taken."""
    value = tiff.raw(exif.photo, _USER_COMMENT) or b""
    code, body = value[:_COMMENT_CODE_BYTES].rstrip(b"\0 ").upper(), value[_COMMENT_CODE_BYTES:]
    if code == b"UNICODE":
        return body.decode("utf-16-le" if exif.order == "<" else "utf-16-be", "replace").rstrip("\0")
    if code == b"JIS":
        return body.decode("iso2022_jp", "replace")
    body = body.rstrip(b"\0 ")
    return text.decode(body) if code == b"ASCII" or body.isascii() else ""


def _ascii(directory: tiff.Directory, tag: int) -> str:
    """An ASCII entry, which in practice is often UTF-8; empty when absent."""
    return text.decode((tiff.raw(directory, tag) or b"").partition(b"\0")[0])


def _xp(directory: tiff.Directory, tag: int) -> str:
    """One of Microsoft's XP entries, which are UTF-16; empty when absent."""
    return (tiff.raw(directory, tag) or b"").decode("utf-16-le", "ignore").partition("\0")[0]


def _short(directory: tiff.Directory, tag: int) -> str | None:
    return text.clean(_ascii(directory, tag), _CAMERA_CHARS)


def _fact(directory: tiff.Directory, tag: int) -> float | None:
    """A positive number of ordinary size; 0 is how cameras write "unknown"."""
    value = tiff.number(directory, tag)
    return round(value, 6) if value is not None and 0 < value < _LARGEST_FACT else None


def _whole(directory: tiff.Directory, tag: int) -> int | None:
    value = _fact(directory, tag)
    return int(value) if value else None


def _moment(directory: tiff.Directory, tag: int, subsecond_tag: int, offset_tag: int) -> str | None:
    try:
        moment = datetime.strptime(_ascii(directory, tag).strip(), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - local
    except ValueError:
        return None
    fraction = _ascii(directory, subsecond_tag).strip()
    fraction = f".{fraction[:6]}" if fraction.isascii() and fraction.isdigit() and fraction.strip("0") else ""
    return f"{moment.isoformat()}{fraction}{_offset(_ascii(directory, offset_tag).strip())}"


def _offset(written: str) -> str:
    """``+02:00``, empty when it is none."""
    try:
        return datetime.strptime(written, "%z").isoformat()[len("1900-01-01T00:00:00") :]
    except ValueError:
        return ""
