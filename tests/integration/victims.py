"""Processes of the local engine that a test may kill."""

import contextlib
from pathlib import Path

from tools.local_stack import LocalStack


def workers(stack: LocalStack, function: str) -> list[int]:
    """Processes of this engine that run the function, given by its logical id."""
    physical = stack.access.functions()[function].encode()
    engine = stack.engine.pid()
    found = []
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            parent = int(process.joinpath("stat").read_text().rpartition(")")[2].split()[1])
            variables = process.joinpath("environ").read_bytes().split(b"\0")
            if parent == engine and b"AWS_LAMBDA_FUNCTION_NAME=" + physical in variables:
                found.append(int(process.name))
    return found
