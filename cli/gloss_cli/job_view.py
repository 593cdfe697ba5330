"""What is shown of a bulk job, and which exit code its end has."""

from collections.abc import Iterable

from gloss_cli.client import Json
from gloss_cli.errors import ExitCode, Incomplete
from gloss_cli.output import Output, duration
from gloss_cli.state import State


def show_job(output: Output, job: Json) -> None:
    if output.as_json:
        output.json(job)
        return
    counters = job["counters"]
    kept = f", {job['kept']} left as they are" if job["kept"] else ""
    rows: list[tuple[str, object]] = [
        ("Id", job["id"]),
        ("Status", job["status"]),
        ("Images", _parts(counters.items())),
        ("Skipped because", _parts(job["skipped"].items())),
        ("Undone", f"{job['undone']}{kept}" if job["undone"] or job["kept"] else ""),
        ("Stopped by", job["stopped"] or ""),
        ("Time left", "" if job["etaSeconds"] is None else duration(job["etaSeconds"])),
        ("Begun", job["createdAt"]),
    ]
    output.facts(row for row in rows if row[1] != "")


def show_jobs(output: Output, jobs: list[Json]) -> None:
    if output.as_json:
        output.json(jobs)
        return
    columns = ("Id", "Status", "#Total", "#Done", "#Failed", "#Waiting", "Begun")
    names = ("total", "done", "failed", "waiting")
    output.table(
        columns,
        (
            (job["id"], job["status"], *(job["counters"][name] for name in names), job["createdAt"])
            for job in jobs
        ),
    )


def show_estimate(output: Output, job: Json) -> None:
    if output.as_json:
        output.json(job["estimate"])
        return
    estimate = job["estimate"]
    cost = estimate["costUsd"]
    output.facts(
        [
            ("Images that match", estimate["matched"]),
            ("To be described", estimate["toProcess"]),
            ("Skipped because", _parts(estimate["skipped"].items()) or "nothing is skipped"),
            ("Credits", f"{estimate['creditsNeeded']} needed, {estimate['creditsAvailable']} there"),
            ("AI cost", "not known" if cost is None else f"{cost:.2f} USD"),
            ("Time", f"about {duration(estimate['durationSeconds'])}"),
        ]
    )


def finish(state: State, job: Json) -> None:
    """Show a job that stands still.

    Raises:
        Incomplete: it did not do all that it was to do.
    """
    show_job(state.output, job)
    command = f"`gloss jobs resume {job['id']}` goes on"
    if job["status"] == "quota_exhausted":
        if job["autoResume"]:
            by_itself = "the job goes on by itself once there are some"
            raise Incomplete(
                f"The credits are used up: {by_itself}. `gloss jobs watch {job['id']}` comes back.",
                ExitCode.QUOTA,
            )
        raise Incomplete(f"The credits are used up: {command} once there are some.", ExitCode.QUOTA)
    if job["status"] == "paused":
        raise Incomplete(f"The job is paused: {command}.", ExitCode.FAILURE)
    if job["status"] == "cancelled":
        raise Incomplete("The job was cancelled.", ExitCode.FAILURE)
    if failed := job["counters"]["failed"]:
        raise Incomplete(f"{failed} images failed: `gloss jobs retry {job['id']}` tries them again.")


def _parts(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts if count)
