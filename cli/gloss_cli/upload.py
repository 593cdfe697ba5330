"""upload: files and folders into the library."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated, Any

import typer

from gloss_cli.errors import Incomplete, UsageError
from gloss_cli.files import find
from gloss_cli.index import ContentIndex
from gloss_cli.state import State, state_of
from gloss_cli.uploading import Report, Uploader
from gloss_cli.waiting import await_images


def add_to(app: typer.Typer) -> None:
    app.command()(upload)


def upload(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Pictures, and folders of them.")],
    *,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Upload the pictures in folders, and below.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until all of them are described.")] = False,
) -> None:
    """Upload pictures; what the library holds already is skipped.

    Contents are compared, not names. Several files are sent at a time. After Ctrl-C, a crash or a lost
    connection the same command goes on where it stopped.
    """
    state = state_of(context)
    found = list(find(paths, recursive=recursive))
    if not found:
        raise UsageError("There are no pictures in there.")
    report = _run(state, found)
    _show(state, report)
    if wait and not report.interrupted:
        await_images(state, [result.image for result in report.of("sent") if result.image])
    if report.exit_code:
        raise Incomplete(_why(report), report.exit_code)


def _run(state: State, found: list[Path]) -> Report:
    session, output = state.session, state.output
    path = state.world.folder / "contents.sqlite"
    with ContentIndex(path, session.account, state.world.now) as index, output.progress("Uploading") as bar:
        index.refresh(session.api)
        with _stopping() as stop:
            return Uploader(session.api, index, bar, stop).run(found)


@contextmanager
def _stopping() -> Iterator[Event]:
    """Set by Ctrl-C, which so interrupts nothing between a credit and its file; a second one ends all."""
    stop = Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _show(state: State, report: Report) -> None:
    if state.output.as_json:
        state.output.json(
            {
                outcome: [_fields(result.path, result.image, result.reason) for result in report.of(outcome)]
                for outcome in ("sent", "there", "failed")
            }
        )
        return
    for result in report.of("sent"):
        state.output.line(f"{result.image}  {result.path}")
    for result in report.of("failed"):
        state.output.note(f"{result.path}: {result.reason}")
    state.output.note(
        f"{len(report.of('sent'))} sent, {len(report.of('there'))} there already, "
        f"{len(report.of('failed'))} failed."
    )


def _fields(path: Path, image: str | None, reason: str | None) -> dict[str, Any]:
    return {"path": str(path), "image": image, "reason": reason}


def _why(report: Report) -> str:
    if report.interrupted:
        return "Stopped. Run the same command again to go on: what was sent is not sent twice."
    return f"{len(report.of('failed'))} of {len(report.results)} files were not uploaded."
