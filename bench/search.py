"""How long a search takes, warm and cold, and how good its order is.

    python -m bench.search [--brief] [--queries N]

Vectors of 512 dimensions, 10,000 and 100,000 of them, on one core, beside LanceDB's exact search and plain
NumPy on the same numbers. Warm queries take turns in one process. A cold start is a fresh process:
interpreter, imports, the packed library from the local disk, one query; the median of five. The whole search
has a row of its own: as many images with words, palettes and vectors, asked for a page by words and meaning,
with and without a colour. What all leave out is the network: one call to the table for changes, the objects'
way from S3, the records of the hits. Relevance is nDCG@10 over tests/relevance, and over its test half alone.
``--brief`` is for seeing that it works. The last line is JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import Any, Final

_ONE_CORE: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LANCE_CPU_THREADS": "1"}
SIZES: Final = (10_000, 100_000)
BRIEF: Final = (1_000, 5_000)
_COLD_STARTS: Final = 5

Figures = dict[str, Any]


def measure(count: int, rounds: int, starts: int) -> dict[str, Figures]:
    """Figures by subject for a library of ``count`` vectors; so many cold starts."""
    from bench._search_subjects import WHOLE, available, dataset, truth  # noqa: PLC0415

    vectors, queries = dataset(count, rounds)
    expected = truth(vectors, queries)
    with tempfile.TemporaryDirectory() as folder:
        places = written(available(), vectors, Path(folder))
        figures, answers = warm(places, queries)
        for subject, found in answers.items():
            figures[subject]["recall_at_10"] = round(
                fmean(
                    len(set(ours) & set(right)) / len(right)
                    for ours, right in zip(found, expected, strict=True)
                ),
                4,
            )
        for subject, place in places.items():
            figures[subject] |= cold(subject, place, starts)
    with tempfile.TemporaryDirectory() as folder:
        (place,) = written({"described": WHOLE["described"]}, vectors, Path(folder)).values()
        del vectors
        for subject in WHOLE:  # one after the other: each holds the library
            figures |= warm({subject: place}, queries)[0]
        figures["described"] |= cold("described", place, starts)
    return figures


def written(subjects: Mapping[str, Any], vectors: Any, folder: Path) -> dict[str, Path]:  # noqa: ANN401 - no NumPy yet
    """Where each subject keeps the vectors."""
    places = {subject: folder / subject for subject in subjects}
    for subject, place in places.items():
        place.mkdir()
        subjects[subject].write(place, vectors)
    return places


def warm(
    places: Mapping[str, Path], queries: Iterable[Any]
) -> tuple[dict[str, Figures], dict[str, list[Sequence[str]]]]:
    """Figures and answers by subject, in one process that asks them in turn."""
    import numpy as np  # noqa: PLC0415 - not before the core is chosen

    from bench._search_subjects import SUBJECTS, WHOLE  # noqa: PLC0415

    opened = {subject: {**SUBJECTS, **WHOLE}[subject].open(place) for subject, place in places.items()}
    times: dict[str, list[float]] = {subject: [] for subject in opened}
    answers: dict[str, list[Sequence[str]]] = {subject: [] for subject in opened}
    for vector in queries:
        for subject, query in opened.items():
            start = time.perf_counter()
            answers[subject].append(query(vector))
            times[subject].append(1000 * (time.perf_counter() - start))
    figures: dict[str, Figures] = {
        subject: {
            f"p{percent}_ms": round(
                float(np.percentile(taken[1:], percent)), 2
            )  # the first is for warming up
            for percent in (50, 95)
        }
        for subject, taken in times.items()
    }
    return figures, answers


def cold(subject: str, place: Path, starts: int) -> Figures:
    """Medians of some fresh processes: time to the first answer, and the most memory."""
    firsts: list[float] = []
    peaks: list[int | None] = []
    for _ in range(starts):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "bench.search", "--cold", subject, str(place)],
            check=True,
            capture_output=True,
            text=True,
        )
        told = json.loads(done.stdout)
        firsts.append(1000 * (told["answered"] - start))
        peaks.append(told["peak_mb"])
    known = [peak for peak in peaks if peak is not None]
    return {"first_ms": round(median(firsts), 1), "peak_mb": round(median(known)) if known else None}


def start_cold(subject: str, place: Path) -> None:
    """In the fresh process: open, ask once, tell when that was (the clock is the machine's)."""
    from bench._search_subjects import SUBJECTS, WHOLE, dataset  # noqa: PLC0415

    _, (vector,) = dataset(0, 1)
    query = {**SUBJECTS, **WHOLE}[subject].open(place)
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
    """The line that is printed last: ours at the larger size, and what the others took."""
    from tests.relevance.measure import scores  # noqa: PLC0415

    ours, lance = figures["gloss"], figures.get("lancedb")
    told = ("p50_ms", "p95_ms", "first_ms", "peak_mb")
    return {
        **ours,
        **{f"{key}_10k": small["gloss"][key] for key in told},
        "p95_vs_lancedb": _ratio(ours, lance, "p95_ms"),
        "p95_vs_numpy": _ratio(ours, figures["numpy"], "p95_ms"),
        "first_vs_lancedb": _ratio(ours, lance, "first_ms"),
        **{f"whole_{key}": figures["described"][key] for key in told},
        "whole_p95_ms_10k": small["described"]["p95_ms"],
        "whole_colour_p95_ms": figures["coloured"]["p95_ms"],
        **{f"ndcg_{name}": score for name, score in scores().items()},
        **{f"ndcg_test_{name}": score for name, score in scores(test=True).items()},
    }


def _ratio(ours: Figures, theirs: Figures | None, key: str) -> float | None:
    return round(ours[key] / theirs[key], 3) if theirs else None


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brief", action="store_true", help="small libraries and few queries")
    parser.add_argument("--queries", type=int)
    parser.add_argument("--cold", nargs=2, metavar=("SUBJECT", "FOLDER"), help=argparse.SUPPRESS)
    parsed = parser.parse_args(arguments)
    if parsed.cold:
        start_cold(parsed.cold[0], Path(parsed.cold[1]))
        return
    os.environ.update(_ONE_CORE)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    counts = BRIEF if parsed.brief else SIZES
    queries = parsed.queries or (10 if parsed.brief else 200)
    starts = 1 if parsed.brief else _COLD_STARTS
    sizes = {count: measure(count, queries, starts) for count in counts}
    for count, figures in sizes.items():
        for subject, figure in figures.items():
            print(f"{count:>7} {subject:9} {figure}")
    if "lancedb" not in sizes[counts[-1]]:
        print("LanceDB is not installed here: make bench-search installs it.")
    print(json.dumps(summary(sizes[counts[-1]], sizes[counts[0]])))


if __name__ == "__main__":
    main()
