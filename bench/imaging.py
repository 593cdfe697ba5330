"""How long the inspection of an image takes, and how much memory, beside what is usually done instead.

    python -m bench.imaging [--images DIR] [--rounds N]

Without a folder the pictures are drawn. Every ratio comes from runs that alternate on the same bytes in the
same process, one thread; the figure is the median. The last line is JSON.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

from PIL import Image

from bench._imaging_subjects import SUBJECTS, Job
from gloss.imaging import inspect, sniff
from tools import pictures

MEGAPIXELS = {"1mp": (1000, 1000), "12mp": (4000, 3000)}
_LARGE = (10_000, 10_000)


def paired(data: bytes, subjects: Mapping[str, Job], rounds: int) -> dict[str, list[float]]:
    """Milliseconds by subject: one warm-up, then ``rounds`` runs, taking turns."""
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for round_ in range(rounds + 1):
        for name, job in subjects.items():
            start = time.perf_counter()
            job(data)
            if round_:
                times[name].append(1000 * (time.perf_counter() - start))
    return times


def ratio(times: Mapping[str, list[float]], name: str, base: str) -> float:
    """The median ratio of neighbouring runs, which a slow moment of the machine hits alike."""
    return statistics.median(a / b for a, b in zip(times[name], times[base], strict=True))


def peak_mb(job: str, path: Path) -> float:
    """Peak resident memory of a fresh process that does one job on one file, interpreter included (Linux).

    Not ``ru_maxrss``, which a child inherits from the process that started it.
    """
    code = (
        "import sys; from pathlib import Path; from bench._imaging_subjects import SUBJECTS;"
        "SUBJECTS[sys.argv[1]](Path(sys.argv[2]).read_bytes());"
        "print(Path('/proc/self/status').read_text())"
    )
    command = [sys.executable, "-c", code, job, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return next(int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("VmHWM")) / 1024


def large_jpeg() -> bytes:
    """A hundred megapixels, made of tiles: painting them at once would need more memory than is measured."""
    tile = pictures.paint("skyline", size=(1000, 1000))
    image = Image.new("RGB", _LARGE)
    for x in range(0, _LARGE[0], 1000):
        for y in range(0, _LARGE[1], 1000):
            image.paste(tile, (x, y))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=70)
    return buffer.getvalue()


def folder(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every file of an accepted format."""
    for file in sorted(path.iterdir()):
        if file.is_file() and sniff((data := file.read_bytes())[:64]):
            yield file.name, data


def report(name: str, data: bytes, rounds: int) -> tuple[float, float]:
    """Print one line; milliseconds of ours and the ratio to naive."""
    found, times = inspect(data), paired(data, SUBJECTS, rounds)
    ours, naive_ms = (statistics.median(times[subject]) for subject in ("ours", "naive"))
    share = ratio(times, "ours", "naive")
    megapixels = found.width * found.height / 1e6
    print(f"{name[:36]:36} {found.format:5} {megapixels:6.1f} {ours:8.1f} {naive_ms:9.1f} {share:7.3f}")
    return ours, share


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.imaging")
    parser.add_argument("--images", type=Path, help="a folder of pictures to measure as well")
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    print(f"{'picture':36} {'':5} {'Mpx':>6} {'ours ms':>8} {'naive ms':>9} {'ratio':>7}")
    drawn = {name: pictures.draw("skyline", size=size) for name, size in MEGAPIXELS.items()}
    measured = {name: report(f"drawn {name}", data, arguments.rounds) for name, data in drawn.items()}
    for name, data in folder(arguments.images) if arguments.images else ():
        report(name, data, arguments.rounds)
    peaks = _peaks()
    print(f"peak at 100 Mpx: ours {peaks['ours']:.0f} MB, naive {peaks['naive']:.0f} MB")
    figures = {
        "vs_naive_three_opens": round(measured["12mp"][1], 3),
        "ms_1mp": round(measured["1mp"][0], 1),
        "ms_12mp": round(measured["12mp"][0], 1),
        "peak_mb_100mp": round(peaks["ours"], 1),
        "peak_vs_naive_100mp": round(peaks["ours"] / peaks["naive"], 3),
    }
    print(json.dumps(figures))


def _peaks() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder_:
        path = Path(folder_) / "large.jpg"
        path.write_bytes(large_jpeg())
        return {name: peak_mb(name, path) for name in SUBJECTS}


if __name__ == "__main__":
    main()
