"""The command line: options that every command has, and where its commands come from."""

from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from gloss_cli import account, images, imports, jobs, regenerate, settings, sign_in, upload
from gloss_cli.errors import CliError
from gloss_cli.output import Output
from gloss_cli.session import World, default_folder
from gloss_cli.state import State

_FLAGS: Final = frozenset({"--json", "--quiet", "-q"})
_ADDRESS: Final = "--api-url"


class _Root(TyperGroup):
    """Takes its options also behind a command, and turns errors into exit codes."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer keeps the class to itself
        end = args.index("--") if "--" in args else len(args)
        own, rest = _sorted_out(args[:end])
        return super().parse_args(ctx, [*own, *rest, *args[end:]])

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401
        try:
            return super().invoke(ctx)
        except CliError as error:
            ctx.obj.output.error(error)
            raise typer.Exit(error.exit_code) from None
        finally:
            if isinstance(ctx.obj, State):
                ctx.obj.close()


def _sorted_out(args: list[str]) -> tuple[list[str], list[str]]:
    """The options of every command, and the rest."""
    own: list[str] = []
    rest: list[str] = []
    for before, arg in zip(["", *args], args, strict=False):
        is_own = arg in _FLAGS or arg == _ADDRESS or arg.startswith(f"{_ADDRESS}=") or before == _ADDRESS
        (own if is_own else rest).append(arg)
    return own, rest


app = typer.Typer(
    name="gloss",
    cls=_Root,
    no_args_is_help=True,
    # Tracebacks with values would show tokens.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def root(
    context: typer.Context,
    *,
    api_url: Annotated[
        str | None, typer.Option(envvar="GLOSS_API_URL", help="Address of the API, if not the profile's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print results and errors only.")] = False,
) -> None:
    """Metadata for image libraries: upload, describe, search, correct."""
    world = context.obj or World(default_folder())
    context.obj = State(world, Output(as_json, quiet), api_url)


sign_in.add_to(app)
upload.add_to(app)
imports.add_to(app)
images.add_to(app)
regenerate.add_to(app)
jobs.add_to(app)
account.add_to(app)
settings.add_to(app)
