"""What a command says: tables for people, JSON for scripts, progress for who waits."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from gloss_cli.errors import CliError

_ID_WIDTH: Final = 36
_PIPE_WIDTH: Final = 240
"""Columns where no terminal sets a width: whoever reads lines does not want them wrapped."""


class Bar(Protocol):
    """A running count of ``total`` things."""

    def __call__(self, done: int, total: int, what: str = "", /) -> None: ...


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "", style="progress.data.speed")


def _stdout() -> Console:
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True, width=width)


def _stderr() -> Console:
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True, stderr=True)


@dataclass(frozen=True, slots=True)
class Output:
    """Results go to the standard output, remarks, progress and errors to the standard error."""

    as_json: bool = False
    quiet: bool = False
    out: Console = field(default_factory=_stdout)
    err: Console = field(default_factory=_stderr)

    def json(self, data: object) -> None:
        typer.echo(json.dumps(data, ensure_ascii=False, indent=2))

    def raw(self, text: str) -> None:
        """Text exactly as it is, for a pipe."""
        typer.echo(text, nl=False)

    def line(self, text: str) -> None:
        """One line of a result, of which a server or a file may have chosen words."""
        self.out.print(plain(text))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A column whose name begins with ``#`` holds numbers; one named ``Id`` is never cut."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in columns:
            table.add_column(
                name.removeprefix("#"),
                justify="right" if name.startswith("#") else "left",
                no_wrap=name == "Id",
                min_width=_ID_WIDTH if name == "Id" else None,
            )
        for row in rows:
            table.add_row(*(plain(cell) for cell in row))
        self.out.print(table)

    def facts(self, facts: Iterable[tuple[str, object]]) -> None:
        """Names and values, one pair a line."""
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        for name, value in facts:
            table.add_row(name, plain(value))
        self.out.print(table)

    def note(self, text: str) -> None:
        """A remark that is no result."""
        if not (self.quiet or self.as_json):
            self.err.print(plain(text))

    def error(self, error: CliError) -> None:
        if self.as_json:
            code = getattr(error, "code", type(error).__name__)
            body = {"code": code, "message": str(error), "details": getattr(error, "details", {})}
            typer.echo(json.dumps({"error": body}, ensure_ascii=False), err=True)
        else:
            self.err.print(plain(f"gloss: {error}"))

    @contextmanager
    def progress(self, what: str) -> Iterator[Bar]:
        """A bar with rate and time left where somebody watches."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate())
        hidden = self.quiet or self.as_json or not self.err.is_terminal
        with Progress(
            *columns, TimeRemainingColumn(), console=self.err, disable=hidden, transient=True
        ) as bar:
            task = bar.add_task(what, total=None)

            def report(done: int, total: int, what: str = what) -> None:
                bar.update(task, completed=done, total=total or None, description=what)

            yield report


def plain(value: object) -> Text:
    """Text without what a terminal would obey: file names and metadata are written by others."""
    return Text(
        "".join(character for character in _shown(value) if character.isprintable() or character in "\n\t")
    )


def _shown(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def duration(seconds: float) -> str:
    """Hours, minutes and seconds, the leading zeros left out."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"
