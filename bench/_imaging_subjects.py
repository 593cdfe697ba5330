"""What `bench.imaging` compares: our inspection, and the ways in which others get the same.

Apart from the benchmark, so that a process which measures memory loads nothing else.
"""

from collections.abc import Callable, Mapping
from io import BytesIO

from PIL import Image

from gloss.imaging import inspect

Job = Callable[[bytes], object]

_PREVIEW, _THUMBNAIL = (768, 768), (200, 200)


def naive(data: bytes) -> list[bytes]:
    """What three features do, each on its own: thumbnail, palette and preview, all at full decode."""
    return [_naive_rendition(data, _THUMBNAIL), _naive_palette(data), _naive_rendition(data, _PREVIEW)]


def _naive_rendition(data: bytes, size: tuple[int, int]) -> bytes:
    with Image.open(BytesIO(data)) as image:
        image.load()
        small = image.convert("RGB")
        small.thumbnail(size, Image.Resampling.LANCZOS, reducing_gap=None)
    buffer = BytesIO()
    small.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _naive_palette(data: bytes) -> bytes:
    with Image.open(BytesIO(data)) as image:
        return bytes(image.convert("RGB").quantize(5).getpalette() or [])


SUBJECTS: Mapping[str, Job] = {"ours": inspect, "naive": naive}
