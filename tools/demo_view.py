"""How the demo looks. Works at 80 columns, without colours and without a terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

from rich.console import Console
from rich.table import Table
from rich.text import Text

_MAX_LISTED: Final = 20
_BLOCK: Final = "███"


@dataclass(frozen=True, slots=True)
class Row:
    """What is shown of one image; ``seconds`` from the file sent to the metadata complete."""

    name: str
    status: str
    thumbnail: Path | None
    metadata: Mapping[str, Any]
    palette: Sequence[str]
    provider: str
    seconds: float
    failure: str

    @classmethod
    def of(cls, image: Mapping[str, Any], thumbnail: Path | None, sent_at: float) -> Self:
        failure = image.get("failure") or {}
        return cls(
            name=image["fileName"],
            status=image["status"],
            thumbnail=thumbnail,
            metadata=image["metadata"],
            palette=[swatch["hex"] for swatch in image["palette"]],
            provider=_provider(image["provenance"]),
            seconds=max(0.0, datetime.fromisoformat(image["updatedAt"]).timestamp() - sent_at),
            failure=f"{failure['code']}: {failure['message']}" if failure else "",
        )


def _provider(provenance: Mapping[str, Any]) -> str:
    """Where the fields come from, as ``embedded + heuristic`` or ``openai (gpt-…)``."""
    return " + ".join(sorted({_origin_name(origin) for origin in provenance.values()}))


def _origin_name(origin: Mapping[str, Any]) -> str:
    if origin["source"] != "ai":
        return str(origin["source"])
    return f"{origin['provider']} ({origin['model']})"


def show_images(console: Console, rows: Sequence[Row]) -> None:
    table = Table(show_lines=True, expand=True)
    table.add_column("Thumbnail, palette, provider, time", ratio=1, overflow="fold")
    table.add_column("Title, alt text, tags", ratio=1, overflow="fold")
    for row in rows:
        table.add_row(_origin(console, row), _words(row))
    if rows:
        console.print(table)


def _origin(console: Console, row: Row) -> Text:
    lines = [
        Text(_short(row.thumbnail) if row.thumbnail else row.name),
        _palette(row.palette, coloured=console.color_system is not None),
        Text(f"{row.provider}, {row.seconds:.1f} s" if row.provider else f"{row.seconds:.1f} s", style="dim"),
    ]
    return Text("\n").join(line for line in lines if line)


def _palette(colours: Sequence[str], *, coloured: bool) -> Text:
    if not coloured:
        return Text(" ".join(colours))
    return Text.assemble(*((_BLOCK, colour) for colour in colours))


def _words(row: Row) -> Text:
    if row.status != "complete":
        return Text(f"{row.status}: {row.failure}" if row.failure else row.status, style="red")
    return Text("\n").join(
        [
            Text(row.metadata["title"], style="bold"),
            Text(row.metadata["altText"]),
            Text(", ".join(row.metadata["tags"]), style="cyan"),
        ]
    )


def show_skipped(console: Console, skipped: Sequence[tuple[str, str]]) -> None:
    """Files that were not sent, each with the reason; the first twenty by name."""
    for name, reason in skipped[:_MAX_LISTED]:
        console.print(Text(f"skipped {name}: {reason}", style="yellow"))
    if len(skipped) > _MAX_LISTED:
        console.print(Text(f"… and {len(skipped) - _MAX_LISTED} more files skipped", style="yellow"))


def show_granted(console: Console, given: int) -> None:
    """What the demo gave itself; nothing where the account had enough."""
    if given:
        console.print(
            f"The account had too few credits left, so the demo, as operator of this stack, "
            f"granted it {given} more."
        )


def show_quota(console: Console, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    table = Table(title=f"Quota: images in {after['period']}", title_justify="left")
    table.add_column("")
    for name in ("limit", "used", "held", "remaining"):
        table.add_column(name, justify="right")
    for when, meter in (("before", before), ("after", after)):
        table.add_row(when, *(str(meter[name]) for name in ("limit", "used", "held", "remaining")))
    console.print(table)


def show_access(console: Console, url: str, site: str | None, email: str, password: str) -> None:
    """Where console and API are and how to use them; the curl line is on one line, to be copied."""
    if site:
        console.print(f"Console: {site}", soft_wrap=True)
    console.print(f"API: {url}", soft_wrap=True)
    console.print(f"Sign in as {email} with the password {password}. For example:", soft_wrap=True)
    curl = f'curl -sH "Authorization: $(make -s token)" "{url}/images?limit=1"'
    console.print(f"  {curl}", soft_wrap=True, markup=False)


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
