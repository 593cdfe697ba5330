"""Runs the benchmarks and writes `docs/performance.md` with its charts.

    python -m bench._report [NAME …] [--write-only]

The last line of each benchmark is kept in `docs/performance/figures.json` with the day and the machine; those
that are not run this time keep what they told last. Nothing in the page is written by hand.
"""

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from bench import _report_pages as pages

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "docs/performance"
PAGE: Final = ROOT / "docs/performance.md"

Figures = dict[str, Any]

WHOLE: Final[Mapping[str, str]] = MappingProxyType({"pipeline": "--images 10000"})
"""What a benchmark by itself leaves out, for it takes long."""


def run(name: str) -> Figures:
    """The figures of one benchmark; what it prints is shown while it runs."""
    with subprocess.Popen(
        ["make", "--no-print-directory", f"bench-{name}", f"ARGS={WHOLE.get(name, '')}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        last = ""
        for text in process.stdout:
            print(text, end="", flush=True)
            last = text
    if process.returncode:
        raise SystemExit(f"bench: {name} failed")
    found: Figures = json.loads(last)
    return found


def machine() -> str:
    """Processor, cores, memory, interpreter."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()},"
        f" Python {platform.python_version()}"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = (text.partition(":")[2].strip() for text in lines if text.startswith("model name"))
    return next(named, platform.machine())


def write(known: Mapping[str, Mapping[str, Any]], folder: Path, page: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    told = {name: entry["figures"] for name, entry in known.items()}
    for name, chart in pages.charts(told).items():
        (folder / f"{name}.svg").write_text(chart)
    page.write_text(pages.page(known))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench._report", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*pages.SECTIONS, []], help="these alone; else all")
    parser.add_argument("--write-only", action="store_true", help="from the figures that are kept")
    asked = parser.parse_args(arguments)
    kept = FOLDER / "figures.json"
    known: dict[str, Figures] = json.loads(kept.read_text()) if kept.exists() else {}
    for name in [] if asked.write_only else asked.names or list(pages.SECTIONS):
        day = datetime.now(UTC).date().isoformat()
        known[name] = {"day": day, "machine": machine(), "figures": run(name)}
        FOLDER.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(known, indent=1) + "\n")
    write(known, FOLDER, PAGE)


if __name__ == "__main__":
    main()
