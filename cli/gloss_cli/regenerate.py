"""regenerate: one image, or as a bulk job any part of the library."""

from typing import Annotated, Any

import typer

from gloss_cli.client import Json
from gloss_cli.errors import UsageError
from gloss_cli.images import Yes
from gloss_cli.job_view import finish, show_estimate, show_job
from gloss_cli.state import State, part, state_of
from gloss_cli.waiting import await_images, await_job


def add_to(app: typer.Typer) -> None:
    app.command()(regenerate)


def regenerate(
    context: typer.Context,
    image: Annotated[str | None, typer.Argument(metavar="IMAGE", help="Id of a single image.")] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="The whole library.")] = False,
    ids: Annotated[str | None, typer.Option(help="These images: ids, separated by commas.")] = None,
    missing: Annotated[bool, typer.Option("--missing", help="Images that were never described.")] = False,
    empty: Annotated[
        list[str] | None, typer.Option(metavar="FIELD", help="Images without this field; may be repeated.")
    ] = None,
    query: Annotated[
        str | None,
        typer.Option(help="The best images that a search for these words finds, 100 without --limit."),
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="Of those with this tag only; may be repeated.")
    ] = None,
    color: Annotated[str | None, typer.Option(help="Of those that show this colour only, as 4682b4.")] = None,
    status: Annotated[str | None, typer.Option(help="Images in this state, as failed.")] = None,
    source: Annotated[str | None, typer.Option(help="Images imported from there, as url.")] = None,
    folder: Annotated[str | None, typer.Option(help="Images imported from below this place.")] = None,
    prefix: Annotated[str | None, typer.Option(help="Images whose file name begins so.")] = None,
    created_from: Annotated[str | None, typer.Option(help="Images since, as 2026-01-31T00:00:00Z.")] = None,
    created_before: Annotated[str | None, typer.Option(help="Images before that moment.")] = None,
    updated_before: Annotated[str | None, typer.Option(help="Images that nothing changed since.")] = None,
    described_before: Annotated[
        str | None, typer.Option(help="Images that were last described before that moment.")
    ] = None,
    in_language: Annotated[str | None, typer.Option(help="Images with words in this language.")] = None,
    by_provider: Annotated[str | None, typer.Option(help="Images that this provider described.")] = None,
    model_other_than: Annotated[str | None, typer.Option(help="Images that another model described.")] = None,
    prompt_version_below: Annotated[
        int | None, typer.Option(min=1, help="Images described with an older prompt.")
    ] = None,
    quality_below: Annotated[
        int | None, typer.Option(min=1, max=100, help="Images whose words are worse than that.")
    ] = None,
    offset: Annotated[int, typer.Option(min=0, help="Leave the first ones out.")] = 0,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, max=1000, help="So many in flight at a time.")] = None,
    provider: Annotated[
        str | None, typer.Option(help="Who is to describe: heuristic, openai, bedrock.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Which of its models.")] = None,
    language: Annotated[str | None, typer.Option(help="The language to write in, as de.")] = None,
    policy: Annotated[
        str | None, typer.Option(help="What may be replaced: always, only_empty, keep_human, if_better.")
    ] = None,
    field: Annotated[list[str] | None, typer.Option(help="Write this field only; may be repeated.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace also what a person wrote.")] = False,
    max_credits: Annotated[int | None, typer.Option(min=1, help="Stop after so many credits.")] = None,
    max_cost_usd: Annotated[float | None, typer.Option(help="Stop after so much AI cost.")] = None,
    auto_resume: Annotated[
        bool, typer.Option("--auto-resume", help="Go on by itself once there are credits again.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do and cost.")] = False,
    yes: Yes = False,
    wait: Annotated[bool, typer.Option(help="Wait for the end; Ctrl-C leaves, the work goes on.")] = True,
) -> None:
    """Describe images again: one, or as a job all that meet every condition given.

    A job is estimated first, asks before it begins, and stops at the credits that were estimated; with an
    own key, which needs none, at the cost.
    """
    state = state_of(context)
    how = _given(
        provider=provider, model=model, language=language, policy=policy, fields=field, force=force or None
    )
    selection = _given(
        ids=_listed(ids),
        missing=empty or ([] if missing else None),
        query=query,
        tags=tag,
        color=color,
        status=status,
        source=source,
        folder=folder,
        prefix=prefix,
        createdFrom=created_from,
        createdBefore=created_before,
        updatedBefore=updated_before,
        describedBefore=described_before,
        language=in_language,
        provider=by_provider,
        modelOtherThan=model_other_than,
        promptVersionBelow=prompt_version_below,
        qualityBelow=quality_below,
        offset=offset or None,
        limit=limit,
    )
    options = _given(
        window=batch, maxCredits=max_credits, maxCostUsd=max_cost_usd, autoResume=auto_resume or None
    )
    _one_selection(image, selection, options, all_=all_, dry_run=dry_run)
    if image:
        _one(state, image, how, wait=wait)
    else:
        request = {"selection": selection, "regenerate": how, **options}
        _many(state, request, dry_run=dry_run, yes=yes, wait=wait)


def _one_selection(image: str | None, selection: Json, options: Json, *, all_: bool, dry_run: bool) -> None:
    conditions = selection.keys() - {"offset", "limit"}
    if image and (selection or options or all_ or dry_run):
        raise UsageError("A single image takes no conditions and no options of a job.")
    if all_ and conditions:
        raise UsageError("--all is the whole library: leave it out to give conditions.")
    if not (image or all_ or conditions):
        raise UsageError("Say which images: an id, --all, --ids, --missing or another condition.")


def _one(state: State, image: str, how: Json, *, wait: bool) -> None:
    started = state.api.post(f"/images/{part(image)}/regenerate", how)
    if not wait:
        state.output.note("Started.")
        if state.output.as_json:
            state.output.json(started)
        return
    (described,) = await_images(state, [image])
    if state.output.as_json:
        state.output.json(described)
    else:
        state.output.line(f"{image}  {described['metadata']['title']}")


def _many(state: State, request: Json, *, dry_run: bool, yes: bool, wait: bool) -> None:
    estimated = await_job(state, state.api.post("/jobs", {**request, "dryRun": True}))
    estimate = estimated["estimate"]
    if dry_run or not estimate["toProcess"]:
        show_estimate(state.output, estimated)
        return
    state.output.note(_summary(estimate))
    if not yes:
        typer.confirm("Begin?", abort=True, err=True)
    job = state.api.post("/jobs", {**_pin(estimate), **request})
    if not wait:
        show_job(state.output, job)
        return
    finish(state, await_job(state, job))


def _summary(estimate: Json) -> str:
    cost = estimate["costUsd"]
    money = "an AI cost that is not known" if cost is None else f"about {cost:.2f} USD of AI" if cost else ""
    return (
        f"{estimate['matched']} images match, {estimate['toProcess']} are described again, for "
        f"{estimate['creditsNeeded']} of {estimate['creditsAvailable']} credits"
        + (f" and {money}." if money else ".")
    )


def _pin(estimate: Json) -> Json:
    """What was agreed to is not exceeded, whatever the library becomes meanwhile."""
    if estimate["creditsNeeded"]:
        return {"maxCredits": estimate["creditsNeeded"]}
    # The estimate is rounded to a millionth of a dollar: the pin must not be less than it stands for.
    return {"maxCostUsd": round(estimate["costUsd"] + 1e-6, 6)} if estimate["costUsd"] else {}


def _listed(ids: str | None) -> list[str] | None:
    return None if ids is None else list(dict.fromkeys(filter(None, map(str.strip, ids.split(",")))))


def _given(**values: Any) -> Json:  # noqa: ANN401 - whatever JSON holds
    return {name: value for name, value in values.items() if value is not None}
