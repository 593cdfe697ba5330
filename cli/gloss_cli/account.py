"""quota, usage."""

from typing import Annotated

import typer

from gloss_cli.client import Json
from gloss_cli.errors import UsageError
from gloss_cli.output import Output
from gloss_cli.state import state_of

Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]


def add_to(app: typer.Typer) -> None:
    quota = typer.Typer(invoke_without_command=True, callback=show_quota)
    quota.command()(journal)
    quota.command()(rollback)
    app.add_typer(quota, name="quota")
    usage = typer.Typer(invoke_without_command=True, callback=show_usage)
    usage.command()(calls)
    app.add_typer(usage, name="usage")


def show_quota(context: typer.Context) -> None:
    """Show the credits: what is left, what is set aside, when they are renewed."""
    if context.invoked_subcommand is None:
        state = state_of(context)
        _show_quota(state.output, state.api.get("/quota"))


def journal(
    context: typer.Context,
    *,
    limit: Limit = 50,
    csv: Annotated[bool, typer.Option("--csv", help="All of it, as CSV.")] = False,
) -> None:
    """List what happened to the credits, newest first."""
    state = state_of(context)
    if csv:
        for text in state.api.csv("/quota/journal", format="csv", limit=1000):
            state.output.raw(text)
        return
    entries = list(state.api.items("/quota/journal", "entries", limit=limit))
    if state.output.as_json:
        state.output.json(entries)
        return
    columns = ("at", "type", "meter", "#delta", "#balanceAfter", "reason")
    names = [column.removeprefix("#") for column in columns]
    headings = ("When", "What", "Meter", "#Change", "#Balance", "Why")
    state.output.table(headings, ([entry[name] for name in names] for entry in entries))


def rollback(
    context: typer.Context,
    *,
    upload: Annotated[str | None, typer.Option(metavar="ID", help="An upload that was not sent.")] = None,
    reservation: Annotated[
        str | None, typer.Option(metavar="ID", help="A reservation, as the journal names it.")
    ] = None,
) -> None:
    """Call off an upload, a regeneration or a generation that nobody is at work on; its credits go back."""
    state = state_of(context)
    if (upload is None) == (reservation is None):
        raise UsageError("Name either --upload or --reservation.")
    body = {"uploadId": upload} if upload else {"reservationId": reservation}
    _show_quota(state.output, state.api.post("/quota/rollback", body))


def show_usage(
    context: typer.Context,
    *,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day, as 2026-11-01.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day.")] = None,
    by: Annotated[
        list[str] | None, typer.Option(help="day, provider, model, purpose or payer; may be repeated.")
    ] = None,
) -> None:
    """Show what AI calls were made and what they cost."""
    if context.invoked_subcommand is not None:
        return
    state = state_of(context)
    found = state.api.get("/usage", **{"from": first, "to": last, "by": by})
    if state.output.as_json:
        state.output.json(found)
        return
    rows = [*found["groups"], {"totals": found["total"]}]
    state.output.table(
        (
            *(name.capitalize() for name in found["by"]),
            "#Calls",
            "#Failed",
            "#Tokens in",
            "#Tokens out",
            "#USD",
        ),
        ((*(row.get(name, "total") for name in found["by"]), *_totals(row["totals"])) for row in rows),
    )


def calls(context: typer.Context, *, limit: Limit = 25) -> None:
    """List single AI calls, newest first."""
    state = state_of(context)
    found = list(state.api.items("/usage/calls", "calls", limit=limit))
    if state.output.as_json:
        state.output.json(found)
        return
    columns = ("time", "provider", "model", "purpose", "image", "outcome", "costUsd")
    state.output.table(
        ("When", "Provider", "Model", "Purpose", "Image", "Outcome", "#USD"),
        ([call[name] for name in columns] for call in found),
    )


def _totals(totals: Json) -> tuple[object, ...]:
    names = ("calls", "failures", "inputTokens", "outputTokens")
    return (*(totals[name] for name in names), f"{totals['costUsd']:.4f}")


def _show_quota(output: Output, quota: Json) -> None:
    if output.as_json:
        output.json(quota)
        return
    columns = ("meter", "limit", "used", "held", "bonus", "remaining", "resetsAt")
    output.line(f"Plan: {quota['plan']}")
    output.table(
        ("Meter", "#Limit", "#Used", "#Held", "#Bonus", "#Remaining", "Renewed"),
        ([meter[name] for name in columns] for meter in quota["meters"].values()),
    )
