"""import: files from elsewhere."""

from pathlib import Path
from typing import Annotated, Final

import typer

from gloss_cli.client import Json
from gloss_cli.errors import ExitCode, Incomplete, UsageError
from gloss_cli.output import Output
from gloss_cli.state import State, part, state_of
from gloss_cli.waiting import POLL_S, detachable

URLS: Final = 25
"""Addresses of one import, at most."""

Wait = Annotated[bool, typer.Option("--wait", help="Wait until every file is fetched; Ctrl-C leaves.")]


def add_to(app: typer.Typer) -> None:
    imports = typer.Typer(no_args_is_help=True)
    for command in (url, dropbox, show):
        imports.command()(command)
    imports.command("list")(list_imports)
    app.add_typer(imports, name="import", help="Fetch images from addresses or a connected source.")


def url(
    context: typer.Context,
    urls: Annotated[list[str] | None, typer.Argument(metavar="URL", help="https addresses.")] = None,
    *,
    from_file: Annotated[
        Path | None, typer.Option(help="A file with more addresses, one a line.", exists=True, dir_okay=False)
    ] = None,
    wait: Wait = False,
) -> None:
    """Import from https addresses."""
    listed = from_file.read_text().splitlines() if from_file else []
    wanted = list(dict.fromkeys(filter(None, map(str.strip, [*(urls or ()), *listed]))))
    if not wanted:
        raise UsageError("Name addresses, or a file of them with --from-file.")
    state = state_of(context)
    requests = (
        {"source": "url", "urls": wanted[start : start + URLS]} for start in range(0, len(wanted), URLS)
    )
    _finish(state, [state.api.post("/imports", request) for request in requests], wait=wait)


def dropbox(
    context: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="As /Photos; all of it without.")] = "",
    *,
    recursive: Annotated[bool, typer.Option(help="With the folders in it.")] = True,
    wait: Wait = False,
) -> None:
    """Import a folder of the connected Dropbox."""
    state = state_of(context)
    request = {"source": "dropbox", "path": folder, "recursive": recursive}
    _finish(state, [state.api.post("/imports", request)], wait=wait)


def list_imports(context: typer.Context) -> None:
    """List the latest imports, newest first."""
    state = state_of(context)
    _show_imports(state.output, state.api.get("/imports")["imports"])


def show(
    context: typer.Context, import_id: Annotated[str, typer.Argument(metavar="IMPORT", help="Id.")]
) -> None:
    """Show what became of each file of an import."""
    state = state_of(context)
    _show_files(state.output, [_whole(state, import_id)])


def _finish(state: State, started: list[Json], *, wait: bool) -> None:
    """
    Raises:
        Incomplete: files could not be imported.
    """
    if not wait:
        _show_imports(state.output, started)
        return
    ended = [_await(state, found["id"]) for found in started]
    _show_files(state.output, ended)
    outcomes = [file["outcome"] for found in ended for file in found["files"]]
    failed = outcomes.count("failed") + sum(found["status"] == "stopped" for found in ended)
    if failed:
        code = ExitCode.PARTIAL if "imported" in outcomes else ExitCode.FAILURE
        raise Incomplete(f"{failed} could not be imported; the reasons stand beside them.", code)


def _await(state: State, import_id: str) -> Json:
    come_back = f"`gloss import show {import_id}` shows how far it is."
    with detachable(come_back), state.output.progress("Importing") as bar:
        while True:
            found = _whole(state, import_id)
            waiting = sum(file["outcome"] == "waiting" for file in found["files"])
            bar(len(found["files"]) - waiting, len(found["files"]))
            if found["status"] != "listing" and not waiting:
                return found
            state.world.sleep(POLL_S)


def _whole(state: State, import_id: str) -> Json:
    """An import with the files of all its pages."""
    pages = list(state.api.pages(f"/imports/{part(import_id)}"))
    return {**pages[-1], "files": [file for page in pages for file in page["files"]]}


def _show_imports(output: Output, imports: list[Json]) -> None:
    if output.as_json:
        output.json(imports)
        return
    output.table(
        ("Id", "Source", "Status", "#Images", "#Skipped", "Begun"),
        (
            [found[name] for name in ("id", "source", "status", "images", "skipped", "createdAt")]
            for found in imports
        ),
    )


def _show_files(output: Output, imports: list[Json]) -> None:
    if output.as_json:
        output.json(imports)
        return
    for found in imports:
        if found["message"]:
            output.note(found["message"])
    names = ("outcome", "imageId", "name", "reason")
    output.table(
        ("Outcome", "Id", "File", "Reason"),
        ([file[name] for name in names] for found in imports for file in found["files"]),
    )
