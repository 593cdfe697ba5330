"""What cameras and photo software write into a picture beside its pixels: EXIF, XMP and a colour profile."""

from functools import cache
from io import BytesIO
from typing import Any, Final

from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from tests.icc_profiles import display_p3
from tools.pictures import xmp_packet

_MAKER_NOTE: Final = bytes(range(256)) * 48
"""12 KB that only the camera's maker can read."""

_PADDING: Final = b" " * 2048
"""Room in the packet, so that software can change it in place (XMP specification, part 1, 7.3.2)."""


@cache
def exif() -> bytes:
    """As a camera writes it: what it is, how the picture was taken, and where."""
    block = Image.Exif()
    base, details, place = (
        ExifTags.Base,
        block.get_ifd(ExifTags.IFD.Exif),
        block.get_ifd(ExifTags.IFD.GPSInfo),
    )
    block.update(
        {
            base.Make: "NIKON CORPORATION",
            base.Model: "NIKON Z 6_2",
            base.Software: "Ver.01.60",
            base.DateTime: "2026:06:14 07:41:22",
            base.Artist: "Ann Example",
            base.Copyright: "Ann Example, all rights reserved",
            base.Orientation: 1,
        }
    )
    details.update(
        {
            base.ExposureTime: (1, 250),
            base.FNumber: (56, 10),
            base.ISOSpeedRatings: 400,
            base.DateTimeOriginal: "2026:06:14 07:41:22",
            base.OffsetTimeOriginal: "+02:00",
            base.FocalLength: (350, 10),
            base.FocalLengthIn35mmFilm: 35,
            base.LensModel: "NIKKOR Z 24-70mm f/4 S",
            base.MakerNote: _MAKER_NOTE,
        }
    )
    gps = ExifTags.GPS
    place.update(
        {
            gps.GPSLatitudeRef: "N",
            gps.GPSLatitude: (54.0, 19.0, 21.4),
            gps.GPSLongitudeRef: "E",
            gps.GPSLongitude: (10.0, 8.0, 3.2),
            gps.GPSAltitude: 3.0,
        }
    )
    return block.tobytes()


@cache
def xmp() -> bytes:
    """A packet with words, and with the room at its end that software leaves."""
    packet = xmp_packet(
        title="Harbour at dawn",
        caption="Fishing boats at the old harbour wall before sunrise.",
        keywords=("harbour", "fishing boats", "sunrise", "lighthouse", "nets", "quay"),
        alt_text="Three fishing boats lie at a stone harbour wall in the first light.",
    )
    head, mark, tail = packet.rpartition(b"<?xpacket")
    return head + _PADDING + mark + tail


@cache
def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def encoded(image: Image.Image, encoder: str, *, profile: bytes | None = None, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's
    """A picture in one of Pillow's formats with all of it; Display P3 unless another profile is named."""
    if encoder == "PNG":
        chunks = PngImagePlugin.PngInfo()
        chunks.add_itxt("XML:com.adobe.xmp", xmp())
        options["pnginfo"] = chunks
    else:
        options["xmp"] = xmp()
    buffer = BytesIO()
    image.save(buffer, encoder, exif=exif(), icc_profile=profile or display_p3(), **options)
    return buffer.getvalue()
