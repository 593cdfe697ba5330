"""docs/cli.md: what the commands' own help says, below the text that people write."""

import re
import sys
from pathlib import Path
from typing import Final

import typer
from typer.cli import get_docs_for_click
from typer.main import get_command

from gloss_cli.main import app

TARGET: Final = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
MARK: Final = "<!-- From here on made by `make cli-docs`. -->\n"

_CUT_SUMMARIES: Final = re.compile(r"\*\*Commands\*\*:\n\n(\* .*\n)+\n")
"""Typer cuts them after 45 characters; each command has its section anyway."""


def text() -> str:
    """The whole page, the part of people as it is."""
    command = get_command(app)
    docs = get_docs_for_click(obj=command, ctx=typer.Context(command, info_name="gloss"), name="gloss")
    sections = _CUT_SUMMARIES.sub("", docs.replace("# `gloss", "## `gloss"))
    return TARGET.read_text().split(MARK)[0] + MARK + "\n" + sections.rstrip() + "\n"


def main() -> int:
    TARGET.write_text(text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
