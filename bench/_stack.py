"""The local stack that a benchmark runs on: one of its own, or one that runs already."""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.ai_access import AiAccess
from tools.local_engine import free_port
from tools.local_stack import LocalStack


@contextmanager
def stack_of_its_own(ai: AiAccess | None = None) -> Iterator[LocalStack]:
    """Ends with the block, its data with it."""
    with tempfile.TemporaryDirectory(prefix="gloss-bench-") as folder:
        stack = LocalStack(Path(folder), free_port(), persist=False, report=print, ai=ai)
        try:
            stack.start()
            yield stack
        finally:
            stack.stop()


def let_name_a_stack(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--on",
        nargs=2,
        metavar=("FOLDER", "PORT"),
        help="a stack that runs already, to see that it works; its figures mean nothing where others use it",
    )


@contextmanager
def named_stack(place: Sequence[str] | None) -> Iterator[LocalStack]:
    """The stack that was named with ``--on``, or one of its own."""
    if place is None:
        with stack_of_its_own() as stack:
            yield stack
        return
    folder, port = place
    yield LocalStack(Path(folder), int(port), persist=False)
