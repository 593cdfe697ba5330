"""The Node peers: one warm process on the same core, asked one question at a time."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from bench._imaging_subjects import Made

FOLDER: Final = Path(__file__).parent / "node"
PEERS: Final = ("sharp_vibrant", "sharp_colorthief")
_ONE_THREAD: Final = {"UV_THREADPOOL_SIZE": "1", "VIPS_CONCURRENCY": "1"}


class Unreadable(Exception):
    """A peer that does not read this file."""


class Node:
    """Peers by name; times are taken in the process itself, so that talking to it costs nothing."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self._process = process
        self._folder = folder

    def milliseconds(self, peer: str, path: Path) -> float:
        """From the bytes in memory to thumbnail, preview and palette.

        Raises:
            Unreadable: the peer has no decoder for it, or its process has ended.
        """
        return float(self._ask(peer, path, keep=None)["ms"])

    def made(self, peer: str, path: Path) -> Made:
        told = self._ask(peer, path, keep=self._folder)
        preview, thumbnail = (
            (self._folder / f"{name}.jpg").read_bytes() for name in ("preview", "thumbnail")
        )
        return Made([tuple(colour) for colour in told["palette"]], preview, thumbnail)

    def _ask(self, peer: str, path: Path, *, keep: Path | None) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        question = {"peer": peer, "path": str(path), "keep": str(keep) if keep else None}
        try:
            stdin.write(json.dumps(question) + "\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError:
            line = ""
        told: dict[str, Any] = json.loads(line) if line else {"error": "The process has ended."}
        if "error" in told:
            raise Unreadable(told["error"])
        return told


@contextmanager
def node(folder: Path) -> Iterator[Node | None]:
    """The process while the block runs; ``None`` where Node or its packages are not installed."""
    program = shutil.which("node")
    if program is None or not (FOLDER / "node_modules").is_dir():
        yield None
        return
    with subprocess.Popen(
        [program, "peers.mjs"],
        cwd=FOLDER,
        env=os.environ | _ONE_THREAD,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Node(process, folder)
        finally:
            with suppress(BrokenPipeError):  # it has ended already
                process.communicate()
