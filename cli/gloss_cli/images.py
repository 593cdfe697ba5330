"""images: list, show, edit, history, restore, download, delete; and search."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gloss_cli.client import Json
from gloss_cli.errors import CliError, UsageError
from gloss_cli.output import Output
from gloss_cli.state import part, state_of

Image = Annotated[str, typer.Argument(metavar="IMAGE", help="Id of an image.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

_FIELDS: Final = {
    "title": "Title",
    "altText": "Alt text",
    "caption": "Caption",
    "description": "Description",
    "tags": "Tags",
}


def add_to(app: typer.Typer) -> None:
    images = typer.Typer(no_args_is_help=True)
    for command in (show, edit, history, restore, download, delete):
        images.command()(command)
    images.command("list")(list_images)
    app.add_typer(images, name="images", help="Look at images, correct and fetch them.")
    app.command()(search)


def list_images(
    context: typer.Context,
    *,
    status: Annotated[
        str | None, typer.Option(help="Only images in this state, as complete or failed.")
    ] = None,
    missing: Annotated[str | None, typer.Option(help="Only images without this field, as altText.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many; all without it.")] = None,
) -> None:
    """List images, newest first."""
    state = state_of(context)
    found = list(state.api.items("/images", "images", limit=limit, status=status, missing=missing))
    if state.output.as_json:
        state.output.json(found)
    else:
        _table(state.output, found)


def show(context: typer.Context, image: Image) -> None:
    """Show an image and where its words come from."""
    state = state_of(context)
    found = state.api.get(f"/images/{part(image)}")
    _show(state.output, found)


def edit(
    context: typer.Context,
    image: Image,
    *,
    title: Annotated[str | None, typer.Option()] = None,
    alt_text: Annotated[str | None, typer.Option()] = None,
    caption: Annotated[str | None, typer.Option()] = None,
    description: Annotated[str | None, typer.Option()] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Replaces all tags; may be repeated.")] = None,
    decorative: Annotated[bool | None, typer.Option(help="Whether the image needs no alt text.")] = None,
    language: Annotated[str | None, typer.Option(help="What language the words are in, as en.")] = None,
    version: Annotated[
        int | None, typer.Option(min=0, help="The version that you saw; refused if it is another by now.")
    ] = None,
) -> None:
    """Correct metadata; what you write is not replaced by a machine."""
    state = state_of(context)
    given = {
        "title": title,
        "altText": alt_text,
        "caption": caption,
        "description": description,
        "tags": tag,
        "decorative": decorative,
        "language": language,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise UsageError("Name at least one field to change, as --title.")
    path = f"/images/{part(image)}"
    seen = version if version is not None else state.api.get(path)["version"]
    _show(state.output, state.api.patch(f"{path}/metadata", {"version": seen, **changes}))


def history(
    context: typer.Context,
    image: Image,
    *,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many; all without it.")] = None,
) -> None:
    """List the versions of an image, newest first: who wrote them and what they changed."""
    state = state_of(context)
    versions = list(state.api.items(f"/images/{part(image)}/versions", "versions", limit=limit))
    if state.output.as_json:
        state.output.json(versions)
        return
    state.output.table(
        ("#Version", "When", "Cause", "Title", "Changed"),
        (
            (
                f"{'* ' if version['current'] else ''}{version['number']}",
                version["at"],
                version["cause"],
                version["metadata"]["title"],
                list(version["differences"]),
            )
            for version in versions
        ),
    )


def restore(
    context: typer.Context,
    image: Image,
    version: Annotated[
        int, typer.Argument(min=1, help="Number of the version, as `gloss images history` shows it.")
    ],
) -> None:
    """Make an earlier version the current one, as a new version."""
    state = state_of(context)
    _show(state.output, state.api.post(f"/images/{part(image)}/versions/{version}/restore"))


def download(
    context: typer.Context,
    image: Image,
    *,
    to: Annotated[
        Path | None, typer.Option(help="A file or folder; the file's own name in this folder without it.")
    ] = None,
    embed: Annotated[bool, typer.Option("--embed", help="With the metadata written into it (XMP).")] = False,
) -> None:
    """Fetch an image's file. An existing file is not replaced."""
    state = state_of(context)
    link = state.api.get(f"/images/{part(image)}/download", embed="xmp" if embed else None)
    target = _target(to, link["fileName"])
    try:
        size = state.api.download(link["url"], target)
    except FileExistsError as error:
        raise CliError(f"{target} is there already: name another file with --to.") from error
    if state.output.as_json:
        state.output.json({"path": str(target), "size": size, "embedded": link["embedded"]})
    else:
        state.output.line(str(target))


def delete(
    context: typer.Context,
    images: Annotated[list[str], typer.Argument(metavar="IMAGE", help="Ids of images.")],
    *,
    yes: Yes = False,
) -> None:
    """Delete images, with their files and versions, for good."""
    state = state_of(context)
    if not yes:
        typer.confirm(f"Delete {len(images)} images for good?", abort=True, err=True)
    for image in images:
        state.api.delete(f"/images/{part(image)}")
        state.output.note(f"Deleted {image}.")
    if state.output.as_json:
        state.output.json(images)


def search(
    context: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="WORD", help="What to look for.")] = None,
    *,
    similar_to: Annotated[str | None, typer.Option(metavar="IMAGE", help="Images like this one.")] = None,
    color: Annotated[
        str | None, typer.Option(help="With so much of this colour as possible, as 4682b4.")
    ] = None,
    tolerance: Annotated[
        float | None, typer.Option(help="How far from it a colour may be (CIEDE2000).")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="Only with this tag; repeated, with all of them.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Only with words in this language, as en.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
) -> None:
    """Search by words and meaning, by likeness to an image, or by colour."""
    state = state_of(context)
    path, question = _question(" ".join(words or ()), similar_to, color)
    filters: dict[str, Any] = {"tolerance": tolerance, "tags": tag, "language": language}
    hits = list(state.api.items(path, "hits", limit=limit, **question, **filters))
    if state.output.as_json:
        state.output.json(hits)
        return
    state.output.table(
        ("Id", "#Score", "Title", "Matched", "File"),
        (
            (
                hit["image"]["id"],
                f"{hit['score']:.3f}",
                hit["image"]["metadata"]["title"],
                hit["matched"],
                hit["image"]["fileName"],
            )
            for hit in hits
        ),
    )


def _question(words: str, similar_to: str | None, color: str | None) -> tuple[str, dict[str, str]]:
    """Where to ask, and what; a colour beside something else is a filter."""
    if words and similar_to:
        raise UsageError("Look for words or for likeness to an image, not for both.")
    if words or similar_to:
        also = {"color": color} if color else {}
        return (
            (f"/search/similar/{part(similar_to)}", also) if similar_to else ("/search", {"q": words, **also})
        )
    if color:
        return "/search/color", {"hex": color}
    raise UsageError("Say what to look for: words, --similar-to or --color.")


def _target(to: Path | None, name: str) -> Path:
    """Where a file goes; its name was chosen by whoever uploaded it and leads nowhere else."""
    safe = Path(name.replace("\\", "/")).name or "image"
    if to is None:
        return Path(safe)
    return to / safe if to.is_dir() else to


def _table(output: Output, images: list[Json]) -> None:
    output.table(
        ("Id", "Status", "#Version", "Title", "File"),
        (
            (image["id"], image["status"], image["version"], image["metadata"]["title"], image["fileName"])
            for image in images
        ),
    )


def _show(output: Output, image: Json) -> None:
    if output.as_json:
        output.json(image)
        return
    facts = image["facts"]
    size = f", {facts['width']} × {facts['height']} pixels" if "width" in facts else ""
    output.facts(
        [
            ("Id", image["id"]),
            ("File", f"{image['fileName']} ({image['size']} bytes{size})"),
            ("Status", image["status"]),
            *([("Failure", image["failure"]["message"])] if image["failure"] else []),
            ("Version", image["version"]),
            *((label, _with_origin(image, name)) for name, label in _FIELDS.items()),
            ("Colours", [swatch["hex"] for swatch in image["palette"]]),
        ]
    )


def _with_origin(image: Json, name: str) -> str:
    value = image["metadata"][name]
    text = ", ".join(value) if isinstance(value, list) else value
    origin = image["provenance"].get(name)
    return f"{text}  [{origin['source']}]" if text and origin else text
