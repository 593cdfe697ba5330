"""How long the inspection of an image takes, how good and how large it is, beside what others do instead.

    python -m bench.imaging [--images DIR] [--rounds N] [--brief]

JPEGs of 2, 12, 24 and 48 megapixels and 12 megapixels of every other format, drawn, with EXIF, XMP and a
profile of wide colours as phones write them, or the pictures of a folder in their place. All subjects take
turns on the same bytes, warm, on one core; a figure is the median, a ratio the median of neighbouring runs.
`make bench-imaging` installs the peers; one that is missing, or reads no such file, is null in the last line,
which is JSON. Ours is the whole inspection: checks, hash, embedded metadata, colour
management, thumbnail, preview, palette; the others make thumbnail, preview and palette.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Final

from PIL import Image

from bench._embedded import encoded, srgb
from bench._imaging_node import PEERS, Node, node
from bench._imaging_subjects import LIFTED, PALETTES_ONLY, SUBJECTS, Made, available, is_installed
from bench._quality import fidelity, original, palette_error, reference_palette
from gloss.imaging import inspect, sniff
from tools import pictures

SIZES: Final[Mapping[float, tuple[int, int]]] = {
    2: (1730, 1156),
    12: (4000, 3000),
    24: (6000, 4000),
    48: (8000, 6000),
}
BRIEF_SIZES: Final[Mapping[float, tuple[int, int]]] = {0.1: (390, 260)}
JUDGED_SIZES: Final = ((1000, 750), (1200, 800), (1600, 1200), (1730, 1156), (2000, 1500))
"""k-means settles elsewhere for a few other pixels, the judge too: eight pictures alone would be chance."""

OTHERS: Final = {"PNG": "PNG", "WebP": "WEBP", "AVIF": "AVIF", "HEIC": "HEIF"}
_FAST_ENCODERS: Final[Mapping[str, Mapping[str, Any]]] = {"AVIF": {"speed": 10}, "WEBP": {"method": 2}}
LARGE: Final = (10_000, 10_000)
_SLOW: Final = ("naive", *PALETTES_ONLY)
_SLOW_ROUNDS: Final = 3
_JPEG_QUALITY: Final = 88


@dataclass(frozen=True, slots=True)
class Picture:
    name: str
    format: str
    megapixels: float
    data: bytes


@dataclass(slots=True)
class Course:
    """Milliseconds of every run by subject, and what each made of the picture."""

    picture: Picture
    times: dict[str, list[float]] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)

    def median(self, subject: str) -> float:
        return statistics.median(self.times[subject])

    def ratio(self, peer: str) -> float:
        """The median ratio of neighbouring runs, which a slow moment of the machine hits alike."""
        pairs = zip(self.times["ours"], self.times[peer], strict=False)
        return statistics.median(ours / theirs for ours, theirs in pairs)

    def best(self, peers: Sequence[str]) -> float | None:
        """The ratio to the fastest of those that read this picture and make everything of it."""
        there = [peer for peer in peers if peer in self.times]
        return self.ratio(min(there, key=self.median)) if there else None


def course(picture: Picture, path: Path, peers: Node | None, rounds: int) -> Course:
    """One run to warm up, then ``rounds`` of them, taking turns; slow subjects sit out the later ones.

    A peer that fails at a picture has no part in it.
    """
    path.write_bytes(picture.data)
    found = Course(picture)
    for name in [*available(), *(PEERS if peers else ())]:
        with _no_part_of_peers_that_fail(found, name):
            found.made[name] = peers.made(name, path) if peers and name in PEERS else _make(name, picture)
            found.times[name] = []
    for round_ in range(rounds):
        for name in list(found.times):
            if name in _SLOW and round_ >= _SLOW_ROUNDS:
                continue
            with _no_part_of_peers_that_fail(found, name):
                found.times[name].append(
                    peers.milliseconds(name, path) if peers and name in PEERS else _time(name, picture)
                )
    return found


@contextmanager
def _no_part_of_peers_that_fail(found: Course, name: str) -> Iterator[None]:
    """Their decoders raise what they like where they do not read a format; ours has to read everything."""
    try:
        yield
    except Exception as error:
        if name == "ours":
            raise
        print(f"{name} does not read {found.picture.name} ({found.picture.format}): {type(error).__name__}")
        found.made.pop(name, None)
        found.times.pop(name, None)


def _make(name: str, picture: Picture) -> Made:
    return SUBJECTS[name](picture.data)


def _time(name: str, picture: Picture) -> float:
    start = time.perf_counter()
    SUBJECTS[name](picture.data)
    return 1000 * (time.perf_counter() - start)


def drawn(sizes: Mapping[float, tuple[int, int]]) -> Iterator[Picture]:
    """Formats that Pillow cannot write here are left out."""
    kinds = ("mountains", "flowers", "skyline", "beach")
    for (megapixels, size), kind in zip(sizes.items(), kinds, strict=False):
        data = encoded(pictures.paint(kind, size=size), "JPEG", quality=_JPEG_QUALITY)
        yield Picture(f"{kind}, drawn", "JPEG", megapixels, data)
    megapixels, size = list(sizes.items())[min(1, len(sizes) - 1)]
    image = pictures.paint("flowers", size=size)
    Image.init()
    for format_, encoder in OTHERS.items():
        if encoder in Image.SAVE:
            options = _FAST_ENCODERS.get(encoder, {})
            yield Picture(
                "flowers, drawn", format_, megapixels, encoded(image, encoder, quality=75, **options)
            )


def judged(sizes: Iterable[tuple[int, int]]) -> Iterator[Picture]:
    """What palettes are judged on: in sRGB, or it would be colour management that is judged."""
    for kind, size in product(pictures.KINDS, sizes):
        image = pictures.paint(kind, size=size)
        yield Picture(kind, "JPEG", 0, encoded(image, "JPEG", quality=_JPEG_QUALITY, profile=srgb()))


def folder(path: Path) -> Iterator[Picture]:
    """Every file of an accepted format."""
    for file in sorted(path.iterdir()):
        format_ = sniff((data := file.read_bytes())[:64]) if file.is_file() else None
        if format_:
            found = inspect(data, limits=LIFTED)
            yield Picture(file.name, format_.name, found.width * found.height / 1e6, data)


def peak_mb(job: str, path: Path) -> float | None:
    """Peak resident memory of a fresh process that does one job on one file, interpreter included.

    ``None`` where a peer fails, or there is no ``/proc`` to tell. Not ``ru_maxrss``, which a child inherits
    from the process that started it.
    """
    if not Path("/proc/self/status").exists():
        return None
    code = (
        "import sys; from pathlib import Path; from bench._imaging_subjects import SUBJECTS;"
        "SUBJECTS[sys.argv[1]](Path(sys.argv[2]).read_bytes());"
        "print(Path('/proc/self/status').read_text())"
    )
    command = [sys.executable, "-c", code, job, str(path)]
    done = subprocess.run(command, check=job == "ours", capture_output=True, text=True)
    lines = (line for line in done.stdout.splitlines() if line.startswith("VmHWM"))
    return next((int(line.split()[1]) / 1024 for line in lines), None)


def large_jpeg(size: tuple[int, int]) -> bytes:
    """A huge picture made of tiles: painting it at once would need more memory than is measured."""
    tile = pictures.paint("skyline", size=(1000, 1000))
    image = Image.new("RGB", size)
    for x in range(0, size[0], 1000):
        for y in range(0, size[1], 1000):
            image.paste(tile, (x, y))
    return encoded(image, "JPEG", quality=70)


def peaks(size: tuple[int, int]) -> dict[str, float]:
    """Of those whose memory is known."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "large.jpg"
        path.write_bytes(large_jpeg(size))
        found = {name: peak_mb(name, path) for name in available() if name not in PALETTES_ONLY}
    return {name: peak for name, peak in found.items() if peak is not None}


def memory_figures(peaks_mb: Mapping[str, float]) -> dict[str, float | None]:
    ours, naive = peaks_mb.get("ours"), peaks_mb.get("naive")
    return {
        "peak_vs_naive_100mp": round(ours / naive, 3) if ours and naive else None,
        "peak_mb_100mp": round(ours, 1) if ours else None,
    }


def likeness(courses: Sequence[Course]) -> dict[str, dict[str, float]]:
    """Mean SSIM of thumbnail and preview by subject."""
    found: dict[str, dict[str, list[float]]] = {}
    for course_ in courses:
        whole = original(course_.picture.data)
        for name, made in course_.made.items():
            if made.preview:
                scores = found.setdefault(name, {"thumbnail": [], "preview": []})
                scores["thumbnail"].append(fidelity(made.thumbnail, whole))
                scores["preview"].append(fidelity(made.preview, whole))
    return {
        name: {key: statistics.fmean(row) for key, row in scores.items()} for name, scores in found.items()
    }


def palette_errors(courses: Sequence[Course]) -> dict[str, dict[str, float]]:
    """Mean CIEDE2000 by space and subject; empty where scikit-learn is missing."""
    if not is_installed("sklearn"):
        return {}
    errors: dict[str, dict[str, list[float]]] = {"oklab": {}, "cielab": {}}
    for course_ in courses:
        whole = original(course_.picture.data)
        for space, rows in errors.items():
            reference = reference_palette(whole, space)
            for name, made in course_.made.items():
                if made.palette:
                    rows.setdefault(name, []).append(palette_error(made.palette, reference))
    return {
        space: {name: statistics.fmean(row) for name, row in rows.items()} for space, rows in errors.items()
    }


def _median(ratios: Iterator[float | None]) -> float | None:
    known = [ratio for ratio in ratios if ratio is not None]
    return round(statistics.median(known), 3) if known else None


def speed(courses: Sequence[Course]) -> dict[str, float | None]:
    """The ratios that are the benchmark's figures: the median over the JPEGs, and over each other format."""
    jpegs = [found for found in courses if found.picture.format == "JPEG"]
    ratios = {
        "vs_sharp_vibrant": _median(found.best(["sharp_vibrant"]) for found in jpegs),
        "vs_best_node": _median(found.best(PEERS) for found in jpegs),
        "vs_naive_pillow": _median(found.best(["naive"]) for found in jpegs),
        "vs_pyvips": _median(found.best(["pyvips"]) for found in jpegs),
    }
    whole = [*PEERS, "naive", "pyvips"]
    for format_ in OTHERS:
        of_format = [found for found in courses if found.picture.format == format_]
        ratios[f"{format_.lower()}_vs_best_peer"] = _median(found.best(whole) for found in of_format)
    return ratios


def quality(
    scores: Mapping[str, Mapping[str, float]], errors: Mapping[str, Mapping[str, float]]
) -> dict[str, float | None]:
    figures: dict[str, float | None] = {}
    for space in ("oklab", "cielab"):
        rows = errors.get(space, {})
        peers = [error for name, error in rows.items() if name != "ours"]
        figures[f"palette_error_{space}"] = round(rows["ours"], 2) if rows else None
        figures[f"best_peer_error_{space}"] = round(min(peers), 2) if peers else None
    sharp = [scores[name] for name in PEERS if name in scores]
    shares = [scores["ours"][key] / max(score[key] for score in sharp) for key in scores["ours"] if sharp]
    return figures | {"ssim_vs_sharp": round(min(shares), 4) if shares else None}


def print_course(found: Course) -> None:
    picture = found.picture
    print(f"{picture.name[:34]:34} {picture.format:5} {picture.megapixels:5.1f} Mpx, ms (ours / theirs)")
    for name in found.times:
        print(f"    {name:18} {found.median(name):8.1f} {found.ratio(name):8.3f}")


def measure(arguments: argparse.Namespace) -> dict[str, object]:
    sizes = BRIEF_SIZES if arguments.brief else SIZES
    with tempfile.TemporaryDirectory() as place, node(Path(place)) as peers:
        path = Path(place) / "picture"
        sample = folder(arguments.images) if arguments.images else drawn(sizes)
        courses = [course(picture, path, peers, arguments.rounds) for picture in sample]
        palettes = courses
        if not arguments.images:
            judged_sizes = BRIEF_SIZES.values() if arguments.brief else JUDGED_SIZES
            palettes = [course(picture, path, peers, 0) for picture in judged(judged_sizes)]
    for found in courses:
        print_course(found)
    scores = likeness([found for found in courses if found.picture.format == "JPEG"])
    errors = palette_errors(palettes)
    memory = peaks((1000, 1000) if arguments.brief else LARGE)
    print_quality(scores, errors, memory)
    return {
        **speed(courses),
        **quality(scores, errors),
        **memory_figures(memory),
        "files": [
            {
                "name": found.picture.name if not arguments.images else found.picture.format,
                "format": found.picture.format,
                "megapixels": round(found.picture.megapixels, 1),
                "ms": {name: round(found.median(name), 1) for name in found.times},
            }
            for found in courses
        ],
        "ssim": scores,
        "palette_errors": errors,
        "peaks_mb": memory,
    }


def print_quality(
    scores: Mapping[str, Mapping[str, float]],
    errors: Mapping[str, Mapping[str, float]],
    memory: Mapping[str, float],
) -> None:
    for name, score in scores.items():
        print(f"SSIM  {name:18} thumbnail {score['thumbnail']:.4f}  preview {score['preview']:.4f}")
    for space, rows in errors.items():
        for name, error in rows.items():
            print(f"palette error, {space:6} {name:18} {error:6.2f}")
    for name, peak in memory.items():
        print(f"peak memory at 100 Mpx {name:18} {peak:6.0f} MB")
    if not errors or not set(PEERS) <= set(scores):
        print("Some peers are not installed here: make bench-imaging installs them.")


def one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", VIPS_CONCURRENCY="1")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.imaging")
    parser.add_argument("--images", type=Path, help="a folder of pictures to measure in place of drawn ones")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--brief", action="store_true", help="small pictures, to see that it works")
    one_core()
    print(json.dumps(measure(parser.parse_args(arguments))))


if __name__ == "__main__":
    main()
