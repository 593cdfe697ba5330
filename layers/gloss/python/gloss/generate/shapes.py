"""Sizes of the shapes that can be asked for. Pure."""

from gloss.generate.prompt import AspectRatio

Size = tuple[int, int]
"""Width and height in pixels."""


def framed(size: Size, ratio: AspectRatio) -> Size:
    """The largest size of exactly this ratio that fits into ``size``.

    ``size`` itself where it is less than a pixel away from the ratio, or too small for it.
    """
    across, up = (int(part) for part in ratio.split(":"))
    width, height = size
    times = min(width // across, height // up)
    if not times or abs(width * up - height * across) < max(across, up):
        return size
    return times * across, times * up
