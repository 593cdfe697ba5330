"""settings: how images are described where a command does not say otherwise, and own provider keys."""

from typing import Annotated, Any, Final

import typer

from gloss_cli.asking import secret
from gloss_cli.client import Json
from gloss_cli.errors import UsageError
from gloss_cli.output import Output
from gloss_cli.state import state_of

_READ_ONLY: Final = frozenset({"providerKeys", "sources", "webhook", "scheduled"})
"""What the API shows with the preferences and takes by other ways."""

_DEFAULTED: Final = frozenset(
    {"provider", "model", "policy", "policies", "detail", "fallback", "monthlyCapUsd", "schedule", "context"}
)


def add_to(app: typer.Typer) -> None:
    settings = typer.Typer(invoke_without_command=True, callback=show_settings)
    settings.command("set")(set_settings)
    settings.command("set-key")(set_key)
    settings.command("forget-key")(forget_key)
    app.add_typer(settings, name="settings")


def show_settings(context: typer.Context) -> None:
    """Show the settings: how images are described where a command does not say otherwise."""
    if context.invoked_subcommand is None:
        state = state_of(context)
        _show(state.output, state.api.get("/settings"))


def set_settings(
    context: typer.Context,
    *,
    provider: Annotated[str | None, typer.Option(help="heuristic, openai or bedrock.")] = None,
    model: Annotated[str | None, typer.Option(help="Which of its models.")] = None,
    policy: Annotated[
        str | None, typer.Option(help="What may be replaced: always, only_empty, keep_human, if_better.")
    ] = None,
    detail: Annotated[str | None, typer.Option(help="How closely a model looks: low or high.")] = None,
    fallback: Annotated[
        bool | None, typer.Option(help="Describe by something simpler while the provider is down.")
    ] = None,
    monthly_cap_usd: Annotated[float | None, typer.Option(min=0, help="No AI work beyond that cost.")] = None,
    language: Annotated[str | None, typer.Option(help="The language to write in, as de.")] = None,
    tone: Annotated[str | None, typer.Option(help="What the words are to be like.")] = None,
    audience: Annotated[str | None, typer.Option(help="Whom they are for.")] = None,
    brand: Annotated[str | None, typer.Option(help="Whose images these are.")] = None,
    schedule: Annotated[
        str | None, typer.Option(help="Start a job by itself: daily or weekly; --default schedule ends it.")
    ] = None,
    schedule_work: Annotated[
        str | None, typer.Option(help="What it is about: missing texts, or if_better for old ones.")
    ] = None,
    schedule_hour: Annotated[int | None, typer.Option(min=0, max=23, help="The hour, in UTC.")] = None,
    schedule_weekday: Annotated[str | None, typer.Option(help="The day of a weekly one, as monday.")] = None,
    schedule_min_age_days: Annotated[
        int | None, typer.Option(min=0, max=365, help="With if_better: untouched for so long.")
    ] = None,
    schedule_max_credits: Annotated[
        int | None, typer.Option(min=1, help="Credits that each of its jobs may use.")
    ] = None,
    default: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Back to the default; may be repeated.")
    ] = None,
) -> None:
    """Change settings; what is not named stays as it is."""
    given = {
        "provider": provider,
        "model": model,
        "policy": policy,
        "detail": detail,
        "fallback": fallback,
        "monthlyCapUsd": monthly_cap_usd,
    }
    words = {"language": language, "tone": tone, "audience": audience, "brand": brand}
    hours = {
        "every": schedule,
        "work": schedule_work,
        "hour": schedule_hour,
        "weekday": schedule_weekday,
        "minAgeDays": schedule_min_age_days,
        "maxCredits": schedule_max_credits,
    }
    changes, words, hours = _named(given), _named(words), _named(hours)
    reset = set(default or ())
    if unknown := reset - _DEFAULTED:
        raise UsageError(f"{', '.join(unknown)} is none of {', '.join(sorted(_DEFAULTED))}.")
    if not (changes or words or hours or reset):
        raise UsageError("Name at least one setting to change, as --provider.")
    state = state_of(context)
    current = state.api.get("/settings")
    kept = {name: value for name, value in current.items() if name not in _READ_ONLY | reset}
    edit = {**kept, **changes}
    if words:
        edit["context"] = {**kept.get("context", {}), **words}
    if hours:
        edit["schedule"] = {**(kept.get("schedule") or {}), **hours}
    _show(state.output, state.api.put("/settings", edit))


def set_key(
    context: typer.Context,
    *,
    model: Annotated[str | None, typer.Option(help="The model to use it with.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Address of the service, if not OpenAI's.")] = None,
    requests_per_minute: Annotated[int | None, typer.Option(min=1, help="The limit of the key.")] = None,
    key_stdin: Annotated[
        bool, typer.Option("--key-stdin", help="Read the key from the standard input.")
    ] = False,
) -> None:
    """Bring an own key of an OpenAI-compatible service; images described with it need no credits."""
    state = state_of(context)
    body = {"model": model, "baseUrl": base_url, "requestsPerMinute": requests_per_minute}
    key = secret("Key", "--key-stdin", from_stdin=key_stdin)
    kept = state.api.put("/settings/provider-key", {"key": key, **_named(body)})
    if state.output.as_json:
        state.output.json(kept)
    else:
        state.output.note(f"The key that ends in {kept['last4']} is used from now on.")


def forget_key(context: typer.Context) -> None:
    """Forget the own key."""
    state = state_of(context)
    answer = state.api.delete("/settings/provider-key")
    if state.output.as_json:
        state.output.json(answer)
    else:
        state.output.note("The key is forgotten." if answer["removed"] else "There was no key.")


def _named(values: Json) -> Json:
    return {name: value for name, value in values.items() if value is not None}


def _show(output: Output, settings: Json) -> None:
    if output.as_json:
        output.json(settings)
        return
    output.facts((name, _line(value)) for name, value in settings.items() if value not in (None, [], {}))


def _line(value: Any) -> object:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, dict):
        return ", ".join(
            f"{name}: {_line(inner)}" for name, inner in value.items() if inner not in (None, [])
        )
    return [_line(inner) for inner in value] if isinstance(value, list) else value
