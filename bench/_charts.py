"""Charts as SVG text: bars and lines, readable on a light and on a dark page."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

_WIDTH: Final = 720
_LABELS: Final = 190
_ROW: Final = 22
_COLOURS: Final = (
    "#2f7ed8",
    "#8d99ae",
    "#e07a5f",
    "#3d9970",
    "#b07aa1",
    "#c9a227",
    "#6c757d",
    "#17a2b8",
    "#a05195",
)
_INK: Final = "#888"


def bars(title: str, unit: str, rows: Mapping[str, float], *, ours: Sequence[str] = ()) -> str:
    """One bar per row, longest value to the right edge; ``ours`` stand out."""
    longest = max(rows.values(), default=1) or 1
    marks = []
    for index, (name, value) in enumerate(rows.items()):
        y, length = 40 + index * _ROW, (_WIDTH - _LABELS - 80) * value / longest
        colour = _COLOURS[0] if name in ours else _COLOURS[1]
        marks.append(_text(_LABELS - 8, y + 13, name, anchor="end"))
        marks.append(
            f'<rect x="{_LABELS}" y="{y}" width="{length:.1f}" height="{_ROW - 6}" fill="{colour}"/>'
        )
        marks.append(_text(_LABELS + length + 6, y + 13, f"{value:g} {unit}"))
    return _picture(title, 52 + len(rows) * _ROW, marks)


def stacks(title: str, rows: Mapping[str, Mapping[str, float]]) -> str:
    """Bars made of parts; each kind of part has one colour, named below."""
    kinds = list(dict.fromkeys(kind for parts in rows.values() for kind in parts))
    longest = max((sum(parts.values()) for parts in rows.values()), default=1) or 1
    scale = (_WIDTH - _LABELS - 90) / longest
    marks = []
    for index, (name, parts) in enumerate(rows.items()):
        x, y = float(_LABELS), 40 + index * _ROW
        marks.append(_text(_LABELS - 8, y + 13, name, anchor="end"))
        for kind, value in parts.items():
            colour = _COLOURS[kinds.index(kind) % len(_COLOURS)]
            marks.append(
                f'<rect x="{x:.1f}" y="{y}" width="{value * scale:.1f}" height="{_ROW - 6}" fill="{colour}"/>'
            )
            x += value * scale
        marks.append(_text(x + 6, y + 13, f"{sum(parts.values()):.4f}"))
    foot = 48 + len(rows) * _ROW
    return _picture(title, foot + 18 * (1 + len(kinds) // 4), [*marks, *_legend(kinds, foot, 4)])


def _legend(kinds: Sequence[str], foot: int, columns: int) -> list[str]:
    """What the colours stand for, so many beside each other."""
    marks = []
    for index, kind in enumerate(kinds):
        x, y = 20 + index % columns * (_WIDTH - 20) // columns, foot + index // columns * 18
        marks.append(
            f'<rect x="{x}" y="{y}" width="10" height="10" fill="{_COLOURS[index % len(_COLOURS)]}"/>'
        )
        marks.append(_text(x + 16, y + 10, kind))
    return marks


def line(title: str, points: Sequence[Sequence[float]], *, across: str, up: str) -> str:
    """One line through points of x and y, both from zero."""
    right, top = max(x for x, _ in points) or 1, max(y for _, y in points) or 1
    path = " ".join(f"{60 + 630 * x / right:.1f},{250 - 200 * y / top:.1f}" for x, y in points)
    marks = [
        f'<polyline points="{path}" fill="none" stroke="{_COLOURS[0]}" stroke-width="2"/>',
        f'<path d="M60 50V250H690" fill="none" stroke="{_INK}"/>',
        _text(52, 56, f"{top:g}", anchor="end"),
        _text(690, 268, f"{right:g} {across}", anchor="end"),
        _text(60, 42, up),
    ]
    return _picture(title, 280, marks)


def lines(title: str, series: Mapping[str, Sequence[Sequence[float]]], *, across: str, up: str) -> str:
    """One line per series through points of x and y, both above zero, in logarithmic scale."""
    points = [point for line_ in series.values() for point in line_]
    (left, right), (bottom, top) = (_decades(values) for values in zip(*points, strict=True))

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            80 + 600 * (math.log10(x) - left) / (right - left),
            250 - 200 * (math.log10(y) - bottom) / (top - bottom),
        )

    marks = [f'<path d="M80 50V250H680" fill="none" stroke="{_INK}"/>', _text(80, 42, up)]
    marks += [
        _text(at(10.0**power, 10.0**bottom)[0], 266, _power(power), anchor="middle")
        for power in range(left, right + 1)
    ]
    for power in range(bottom, top + 1):
        y = at(10.0**left, 10.0**power)[1]
        marks.append(f'<path d="M80 {y:.1f}H680" stroke="{_INK}" stroke-opacity="0.2"/>')
        marks.append(_text(72, y + 4, _power(power), anchor="end"))
    for colour, line_ in zip(_COLOURS, series.values(), strict=False):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in line_))
        marks.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    marks += [_text(680, 284, across, anchor="end"), *_legend(list(series), 294, 3)]
    return _picture(title, 296 + 18 * math.ceil(len(series) / 3), marks)


def _decades(values: Iterable[float]) -> tuple[int, int]:
    """The powers of ten that these lie between; two different ones."""
    logarithms = [math.log10(value) for value in values]
    low = math.floor(min(logarithms))
    return low, max(math.ceil(max(logarithms)), low + 1)


def _power(of_ten: int) -> str:
    return f"{10**of_ten:,}"


def _text(x: float, y: float, words: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _picture(title: str, height: int, marks: Sequence[str]) -> str:
    inside = "\n".join(marks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
        f' font-family="sans-serif" font-size="12" fill="{_INK}">\n<title>{escape(title)}</title>\n'
        f'<text x="20" y="22" font-size="14" font-weight="bold">{escape(title)}</text>\n{inside}\n</svg>\n'
    )
