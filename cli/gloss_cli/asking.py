"""What a person types. Never on the command line where it is secret: others on the machine can read that."""

import sys

import typer

from gloss_cli.errors import UsageError


def ask(what: str, instead: str, *, hidden: bool = False) -> str:
    """
    Raises:
        UsageError: nobody is there to type; ``instead`` is the option that a script uses.
    """
    if not sys.stdin.isatty():
        raise UsageError(f"{what} cannot be asked for here: use {instead}.")
    answer: str = typer.prompt(what, hide_input=hidden, err=True)
    return answer


def secret(what: str, option: str, *, from_stdin: bool) -> str:
    """A secret, typed unseen or as the first line of the standard input."""
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else ask(what, option, hidden=True)
