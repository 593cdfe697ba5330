"""How long a search takes, warm and cold, and how good its order is.

    python -m bench.search [--queries N]

Vectors of 512 dimensions, 10,000 and 100,000 of them, on one core, beside LanceDB's exact search and plain
NumPy on the same numbers. Warm queries take turns in one process. A cold start is a fresh process:
interpreter, imports, the packed library from the local disk, one query. What it leaves out is the network:
one call to the table for changes, and the objects' way from S3. Relevance is nDCG@10 over the test half of
tests/relevance. The last line is JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, Final

_ONE_CORE: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LANCE_CPU_THREADS": "1"}
SIZES: Final = (10_000, 100_000)
_COLD_STARTS: Final = 5

Figures = dict[str, Any]


def measure(count: int, rounds: int) -> dict[str, Figures]:
    """Figures by subject for a library of ``count`` vectors."""
    import numpy as np  # noqa: PLC0415 - not before the core is chosen

    from bench._search_subjects import SUBJECTS, available, dataset, truth  # noqa: PLC0415

    vectors, queries = dataset(count, rounds)
    expected = truth(vectors, queries)
    with tempfile.TemporaryDirectory() as folder:
        places = {subject: Path(folder) / subject for subject in available()}
        for subject, place in places.items():
            place.mkdir()
            SUBJECTS[subject].write(place, vectors)
        del vectors
        opened = {subject: SUBJECTS[subject].open(place) for subject, place in places.items()}
        times: dict[str, list[float]] = {subject: [] for subject in opened}
        recalls: dict[str, list[float]] = {subject: [] for subject in opened}
        for number, (vector, answer) in enumerate(zip(queries, expected, strict=True)):
            for subject, query in opened.items():
                start = time.perf_counter()
                found = query(vector)
                if number:  # the first is for warming up
                    times[subject].append(1000 * (time.perf_counter() - start))
                recalls[subject].append(len(set(found) & set(answer)) / len(answer))
        del opened
        return {
            subject: {
                "p50_ms": round(float(np.percentile(times[subject], 50)), 2),
                "p95_ms": round(float(np.percentile(times[subject], 95)), 2),
                "recall_at_10": round(fmean(recalls[subject]), 4),
                **cold(subject, place),
            }
            for subject, place in places.items()
        }


def cold(subject: str, place: Path) -> Figures:
    """Best of some fresh processes: time to the first answer, and the most memory."""
    runs: list[Figures] = []
    for _ in range(_COLD_STARTS):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "bench.search", "--cold", subject, str(place)],
            check=True,
            capture_output=True,
            text=True,
        )
        told = json.loads(done.stdout)
        runs.append({"first_ms": round(1000 * (told.pop("answered") - start), 1), **told})
    return min(runs, key=lambda run: float(run["first_ms"]))


def start_cold(subject: str, place: Path) -> None:
    """In the fresh process: open, ask once, tell when that was (the clock is the machine's)."""
    from bench._search_subjects import SUBJECTS, dataset  # noqa: PLC0415

    _, (vector,) = dataset(0, 1)
    query = SUBJECTS[subject].open(place)
    query(vector)
    answered = time.perf_counter()
    print(json.dumps({"answered": answered, "peak_mb": peak_mb()}))


def peak_mb() -> int | None:
    """The most memory that this process had; ``None`` without ``/proc``.

    Not ``getrusage``: a child begins there with what its parent had.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    return next(
        int(line.split()[1]) // 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM")
    )


def summary(figures: Mapping[str, Figures], small: Mapping[str, Figures]) -> Figures:
    """The line that is printed last: ours at 100,000, and what the others took."""
    from tests.relevance.measure import scores  # noqa: PLC0415

    ours, lance = figures["gloss"], figures.get("lancedb")
    relevance = scores(test=True)
    return {
        **ours,
        **{f"{key}_10k": small["gloss"][key] for key in ("p50_ms", "p95_ms", "first_ms", "peak_mb")},
        "p95_vs_lancedb": _ratio(ours, lance, "p95_ms"),
        "p95_vs_numpy": _ratio(ours, figures["numpy"], "p95_ms"),
        "first_vs_lancedb": _ratio(ours, lance, "first_ms"),
        **{f"ndcg_{name}": score for name, score in relevance.items()},
    }


def _ratio(ours: Figures, theirs: Figures | None, key: str) -> float | None:
    return round(ours[key] / theirs[key], 3) if theirs else None


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--cold", nargs=2, metavar=("SUBJECT", "FOLDER"), help=argparse.SUPPRESS)
    parsed = parser.parse_args(arguments)
    if parsed.cold:
        start_cold(parsed.cold[0], Path(parsed.cold[1]))
        return
    os.environ.update(_ONE_CORE)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    sizes = {count: measure(count, parsed.queries) for count in SIZES}
    for count, figures in sizes.items():
        for subject, figure in figures.items():
            print(f"{count:>7} {subject:8} {figure}")
    if "lancedb" not in sizes[SIZES[-1]]:
        print("LanceDB is not installed here: make bench-search installs it.")
    print(json.dumps(summary(sizes[SIZES[-1]], sizes[SIZES[0]])))


if __name__ == "__main__":
    main()
