"""The sample pictures of the demo: drawn here, so that nothing has to be shipped or downloaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from tools.pictures import encode, paint, xmp_packet

_LYING_ON_ITS_SIDE: Final = 6
"""EXIF orientation of a camera held upright: a viewer turns the picture clockwise (TIFF 6.0, tag 274)."""

_FORMATS: Final = {
    ".jpg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".gif": "GIF",
    ".tiff": "TIFF",
    ".avif": "AVIF",
    ".heic": "HEIF",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture of a ``kind`` that can be drawn; ``turned``: stored on its side, as a camera does it."""

    name: str
    kind: str
    size: tuple[int, int] = (1200, 800)
    title: str | None = None
    caption: str | None = None
    keywords: tuple[str, ...] = ()
    turned: bool = False

    def bytes(self) -> bytes:
        picture = paint(self.kind, size=self.size, seed=len(self.name))
        if self.turned:
            picture = picture.transpose(Image.Transpose.ROTATE_90)
        texts = self.title or self.caption or self.keywords
        return encode(
            picture,
            _FORMATS[Path(self.name).suffix],
            xmp=xmp_packet(title=self.title, caption=self.caption, keywords=self.keywords) if texts else None,
            orientation=_LYING_ON_ITS_SIDE if self.turned else None,
        )


SAMPLES: Final = (
    Sample("sunset-over-the-bay.jpg", "sunset"),
    Sample(
        "DSC04711.jpg",
        "mountains",
        title="Morning above the Walker Pass",
        caption="Four ridges in the morning haze, seen from the pass road.",
        keywords=("mountains", "haze", "Sierra Nevada"),
    ),
    Sample("office-towers-at-night.png", "skyline", (900, 900)),
    Sample("beech-forest-in-spring.webp", "forest"),
    Sample("fruit-still-life.tiff", "still_life", (800, 600)),
    Sample(
        "IMG_2034.heic",
        "beach",
        caption="A red ball on an empty beach on the first warm day of the year.",
        keywords=("beach", "ball", "summer"),
    ),
    Sample("wildflower-meadow-2026-05-17.avif", "flowers", (750, 500)),
    Sample("blue-coffee-tin-front.png", "studio", (800, 800)),
    Sample("harbour-at-dusk-portrait.jpg", "sunset", (800, 1200), turned=True),
    Sample("downtown-skyline.jpg", "skyline", (1600, 700)),
    Sample("IMG_20260803_142530.jpg", "mountains"),
    Sample(
        "poppies.webp", "flowers", (1000, 1000), title="Poppies by the mill", keywords=("poppies", "garden")
    ),
    Sample("trail-through-the-pines.jpg", "forest", (800, 1200)),
    Sample("seaside-postcard.gif", "beach", (640, 480)),
)


def draw_into(folder: Path) -> Sequence[Path]:
    """Draw whatever sample is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for sample in SAMPLES:
        path = folder / sample.name
        if not path.exists():
            path.write_bytes(sample.bytes())
        paths.append(path)
    return paths
