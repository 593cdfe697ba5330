"""jobs: watch and steer bulk jobs."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from gloss_cli.errors import CliError
from gloss_cli.job_view import finish, show_job, show_jobs
from gloss_cli.state import part, state_of
from gloss_cli.waiting import await_job

Job = Annotated[str, typer.Argument(metavar="JOB", help="Id of a job.")]

_WISHES: Final = {
    "pause": ("pause", "Let what is in flight finish, and begin nothing new."),
    "resume": ("resume", "Go on where it stands, after a pause or once there are credits again."),
    "cancel": ("cancel", "End it; credits that were set aside go back."),
    "retry": ("retry-failed", "Try again what failed."),
    "undo": ("undo", "Take its changes back, except where somebody edited since."),
}
"""Commands that say one thing to a job: the API's word, and the help."""


def add_to(app: typer.Typer) -> None:
    jobs = typer.Typer(no_args_is_help=True)
    jobs.command("list")(list_jobs)
    for command in (show, watch, report):
        jobs.command()(command)
    for name, (word, text) in _WISHES.items():
        jobs.command(name, help=text)(_wish(word))
    app.add_typer(jobs, name="jobs", help="Watch and steer the jobs that `gloss regenerate` starts.")


def list_jobs(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 25,
) -> None:
    """List jobs, newest first."""
    state = state_of(context)
    show_jobs(state.output, list(state.api.items("/jobs", "jobs", limit=limit)))


def show(context: typer.Context, job: Job) -> None:
    """Show how far a job is."""
    state = state_of(context)
    show_job(state.output, state.api.get(f"/jobs/{part(job)}"))


def watch(context: typer.Context, job: Job) -> None:
    """Watch a job until it stands still. Ctrl-C leaves, the job goes on."""
    state = state_of(context)
    finish(state, await_job(state, state.api.get(f"/jobs/{part(job)}")))


def report(
    context: typer.Context,
    job: Job,
    *,
    to: Annotated[Path | None, typer.Option(help="A file to write; the standard output without it.")] = None,
) -> None:
    """Write what became of each image, as CSV."""
    state = state_of(context)
    parts = state.api.csv(f"/jobs/{part(job)}/report.csv")
    if to is None:
        for text in parts:
            state.output.raw(text)
        return
    try:
        with to.open("x", newline="") as file:
            file.writelines(parts)
    except FileExistsError as error:
        raise CliError(f"{to} is there already: name another file.") from error
    state.output.note(f"Wrote {to}.")


def _wish(word: str) -> Callable[[typer.Context, str], None]:
    def command(context: typer.Context, job: Job) -> None:
        state = state_of(context)
        show_job(state.output, state.api.post(f"/jobs/{part(job)}/{word}"))

    return command
