"""Files to write metadata into, and how to look at what became of them."""

import struct
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from gloss.imaging import iptc, xmp
from gloss.imaging.containers import (
    jpeg_segments,
    png_chunks,
    take_apart,
    webp_chunks,
)
from gloss.imaging.formats import JPEG, PNG, WEBP, Format
from gloss.imaging.writing import Part, Texts, write

TEXTS = Texts(
    title="Dünen & <Meer>",
    caption="Die letzten Sonnenstrahlen.",
    alt_text="Sandige Dünen am Meer bei Sonnenuntergang",
    description="Eine lange Beschreibung.\nIn zwei Zeilen.",
    keywords=("Düne", "Meer", "Sylt"),
    language="de",
)
PARTS: tuple[Part, ...] = ("title", "caption", "alt_text", "description", "keywords")
FORMATS = {"JPEG": JPEG, "PNG": PNG, "WEBP": WEBP}


def painted(mode: str = "RGB", size: tuple[int, int] = (37, 23)) -> Image.Image:
    random = np.random.default_rng(7)
    channels = {"L": 1, "RGB": 3, "RGBA": 4, "CMYK": 4}[mode]
    values = random.integers(0, 255, (size[1], size[0], channels), dtype=np.uint8)
    return Image.fromarray(values[:, :, 0] if channels == 1 else values, mode)


def encoded(format_: str, mode: str = "RGB", **options: Any) -> bytes:
    buffer = BytesIO()
    painted(mode).save(buffer, format_, **options)
    return buffer.getvalue()


def exif() -> bytes:
    tags = Image.Exif()
    tags[0x010F] = "Maker"
    tags[0x0112] = 6
    tags.get_ifd(0x8825)[1] = "N"
    tags.get_ifd(0x8825)[2] = (48.0, 8.0, 15.0)
    return tags.tobytes()


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def packet(body: str, attributes: str = "") -> bytes:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><RDF:RDF xmlns:RDF="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="uuid:the-picture" xmlns:core="http://purl.org/dc/elements/1.1/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:mine="http://example.com/mine/"'
        f' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" {attributes}>{body}'
        f"</rdf:Description></RDF:RDF></x:xmpmeta>{' ' * 200}<?xpacket end='w'?>"
    ).encode()


def pixels_of(data: bytes, format_: Format) -> list[bytes]:
    """What holds the picture, as it stands in the file."""
    if format_ is JPEG:
        segments = list(jpeg_segments(data))
        coding = [data[start:end] for marker, start, end in segments if not 0xE0 <= marker <= 0xEF]
        return [*coding, data[segments[-1][1] :]]
    if format_ is PNG:
        metadata = {b"iTXt", b"eXIf"}
        return [data[start : end + 4] for name, start, end in png_chunks(data) if name not in metadata]
    return [
        data[start:end]
        for name, start, end in webp_chunks(data)
        if name in {b"VP8 ", b"VP8L", b"ALPH", b"ANMF"}
    ]


def frames(data: bytes) -> list[bytes]:
    image = Image.open(BytesIO(data))
    found = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        found.append(image.convert("RGBA" if image.mode in {"RGBA", "P"} else image.mode).tobytes())
    return found


def properties(data: bytes, format_: Format) -> xmp.Properties:
    return xmp.read(take_apart(data, format_).xmp or b"")


def records(data: bytes) -> iptc.Records:
    return iptc.read(take_apart(data, JPEG).iptc or b"")


SUBJECTS: dict[str, bytes] = {
    "jpeg": encoded("JPEG"),
    "jpeg, progressive": encoded("JPEG", progressive=True),
    "jpeg, grey": encoded("JPEG", "L"),
    "jpeg, CMYK": encoded("JPEG", "CMYK"),
    "jpeg, exif and profile": encoded("JPEG", exif=exif(), icc_profile=profile()),
    "jpeg, restarts": encoded("JPEG", restart_marker_rows=1),
    "png": encoded("PNG"),
    "png, alpha": encoded("PNG", "RGBA"),
    "png, exif and profile": encoded("PNG", exif=exif(), icc_profile=profile()),
    "png, animated": encoded("PNG", save_all=True, append_images=[painted().rotate(180)]),
    "webp": encoded("WEBP"),
    "webp, lossless": encoded("WEBP", lossless=True),
    "webp, alpha": encoded("WEBP", "RGBA"),
    "webp, lossless alpha": encoded("WEBP", "RGBA", lossless=True),
    "webp, exif and profile": encoded("WEBP", exif=exif(), icc_profile=profile()),
    "webp, animated": encoded("WEBP", save_all=True, append_images=[painted().rotate(180)], duration=100),
}


def format_of(subject: str) -> Format:
    return FORMATS[subject.partition(",")[0].upper()]


def with_segments(*bodies: tuple[int, bytes]) -> bytes:
    plain = SUBJECTS["jpeg"]
    added = b"".join(
        bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body for marker, body in bodies
    )
    return plain[:2] + added + plain[2:]


STANDING = packet(
    "<core:title><rdf:Alt><rdf:li xml:lang='x-default'>Old</rdf:li><rdf:li xml:lang='DE'>Alt</rdf:li>"
    "<rdf:li xml:lang='fr'>Vieux &amp; beau</rdf:li></rdf:Alt></core:title>"
    "<core:subject/><core:creator><rdf:Seq><rdf:li>Ann</rdf:li></rdf:Seq></core:creator>"
    "<mine:parts><rdf:Bag><rdf:li rdf:parseType='Resource'><core:title>A part</core:title></rdf:li>"
    "</rdf:Bag></mine:parts>",
    "photoshop:Headline='Old headline' mine:Headline=\"kept\" photoshop:City='Sylt' xmp:Rating = '5'",
)


def with_texts_everywhere(format_: str) -> bytes:
    """A file that says the same in all standards that its format has."""
    tags = Image.Exif()
    tags[0x010E] = "The caption of a camera"
    tags[0x9C9B] = "Title".encode("utf-16-le") + b"\0\0"
    tags[0x9C9C] = "A comment".encode("utf-16-le") + b"\0\0"
    tags[0x9C9E] = "one;two".encode("utf-16-le") + b"\0\0"
    tags[0x010F] = "Maker"
    tags.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0Another comment"
    return write(encoded(format_, exif=tags.tobytes()), TEXTS)
