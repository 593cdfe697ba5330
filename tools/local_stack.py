"""The whole stack on one machine: the local engine with this project's template deployed on it.

Used by ``make up`` and friends (``python -m tools.local_stack``), by the tests and by the benchmarks.
Everything it keeps lies in one folder: state, objects, logs, and ``outputs.json`` with the stack's outputs.
"""

import argparse
import contextlib
import fcntl
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tools.ai_access import AiAccess
from tools.local_console import LocalConsole
from tools.local_console import chosen_port as console_port
from tools.local_engine import HOST, REGION, LocalEngine, LocalStackError, named_port
from tools.sam import NO_PARAMETERS, Sam, fingerprint
from tools.stack_access import ABSENT, StackAccess

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / ".local"
DEFAULT_PORT: Final = 4566
STACK: Final = "gloss"

Outputs = dict[str, str]

_AWS_API: Final = re.compile(r"^(http|ws)s?://(\w+)\.execute-api\.[\w-]+\.amazonaws\.com/")
_SETTLED: Final = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
_NEVER_CREATED: Final = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS")


class LocalStack:
    """The stack whose state lies in ``folder``, served on ``port``.

    ``persist=False`` forgets the data when the engine stops. ``report`` is told what takes long. With ``ai``
    the stack works with that AI service; ``parameters`` are the stack's others.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        persist: bool = True,
        report: Callable[[str], None] = lambda _: None,
        root: Path = ROOT,
        ai: AiAccess | None = None,
        parameters: Mapping[str, str] = NO_PARAMETERS,
    ) -> None:
        environment = root / ".engine"
        self.folder = folder
        self.engine = LocalEngine(folder, port, environment / "bin" / "python", persist=persist)
        self.sam = Sam(root, environment, root / ".venv" / "bin" / "uv")
        self.access = StackAccess(self.engine.endpoint, STACK)
        self.console = LocalConsole(folder, console_port(port), root / "web" / "dist")
        self._root = root
        self._ai = ai
        self._chosen = parameters
        self._report = report
        self._deployed = folder / "deployed.sha256"
        self._outputs = folder / "outputs.json"

    @property
    def outputs(self) -> Outputs:
        """Outputs of the last deployment.

        Raises:
            LocalStackError: there was none.
        """
        try:
            outputs: Outputs = json.loads(self._outputs.read_text())
        except FileNotFoundError as error:
            raise LocalStackError("The stack is not up: run `make up` first.") from error
        return outputs

    def start(self) -> Outputs:
        """Bring engine and stack up; only what is missing or has changed is done.

        Raises:
            LocalStackError: with one sentence that says why it cannot.
        """
        self.sam.require_tools()
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.folder / "lock"):
            self.engine.start()
            self._forget_broken_stack()
            parameters = {**self._chosen, **(self._ai.parameters(self.access) if self._ai else {})}
            current = _record(fingerprint(self._root), parameters)
            if not self._is_deployed(current):
                self._deploy(parameters)
                self._deployed.write_text(current)
            return self._write_outputs()

    def stop(self) -> bool:
        """End the engine; data and deployment are kept. Whether it ran."""
        return self.engine.stop()

    def reset(self) -> None:
        """End the engine and forget everything."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def is_healthy(self) -> bool:
        """Whether the engine answers and the stack on it is deployed."""
        return self.engine.is_healthy() and self.access.status() in _SETTLED

    def is_current(self) -> bool:
        """Whether what is deployed is what lies in the working copy."""
        return self._deployed.exists() and self._deployed.read_text().startswith(fingerprint(self._root))

    def _is_deployed(self, current: str) -> bool:
        recorded = self._deployed.read_text() if self._deployed.exists() else ""
        return recorded == current and self.access.status() in _SETTLED

    def _deploy(self, parameters: Mapping[str, str]) -> None:
        log = self.folder / "deploy.log"
        log.unlink(missing_ok=True)
        self._deployed.unlink(missing_ok=True)
        # The built artifacts are shared by all stacks of this working copy.
        with locked(self._root / ".aws-sam" / "local.lock"):
            with self._timed("sam build"):
                self.sam.build(log)
            with self._timed("sam deploy"):
                self._sam_deploy(log, parameters)

    def _sam_deploy(self, log: Path, parameters: Mapping[str, str]) -> None:
        try:
            self.sam.deploy(self.engine.endpoint, log, parameters)
        except LocalStackError as error:
            causes = self.access.failures()
            raise LocalStackError(f"{error}" + (f" ({causes[0]})" if causes else "")) from error

    def _forget_broken_stack(self) -> None:
        """A stack whose creation failed, or whose records went with an engine that was killed before it saved
        them, can only be made anew; no record leads to what is left of it."""
        status = self.access.status()
        lost = status == ABSENT and any(self.folder.glob("objects/*/*"))
        if lost:
            self._report("The engine was ended without saving: what it held is lost, the stack is made anew.")
        if lost or status in _NEVER_CREATED:
            self.engine.stop()
            for kept in ("state", "objects"):
                shutil.rmtree(self.folder / kept, ignore_errors=True)
            self.engine.start()

    def _write_outputs(self) -> Outputs:
        outputs = {
            name: local_address(value, self.engine.port) for name, value in self.access.outputs().items()
        }
        outputs |= {"Endpoint": self.engine.endpoint, "Region": REGION}
        self._outputs.write_text(json.dumps(outputs, indent=2, sort_keys=True) + "\n")
        return outputs

    @contextlib.contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        begin = time.monotonic()
        yield
        self._report(f"{what}: {time.monotonic() - begin:.1f} s")


def chosen_port(folder: Path = FOLDER) -> int:
    """Port of the stack in ``folder``: the one that its data was made on, else GLOSS_PORT, else the default.

    Raises:
        LocalStackError: GLOSS_PORT names none, or another one; the data would know its queues by the old one.
    """
    kept = _kept_port(folder)
    named = named_port("GLOSS_PORT")
    if kept and named and named != kept:
        raise LocalStackError(
            f"The data of this stack belongs to port {kept}: leave GLOSS_PORT out, or `make reset`."
        )
    return kept or named or DEFAULT_PORT


def _kept_port(folder: Path) -> int | None:
    """The port that the stack in ``folder`` was deployed on; ``None`` where there is none."""
    outputs = folder / "outputs.json"
    return urlsplit(json.loads(outputs.read_text())["Endpoint"]).port if outputs.exists() else None


def _record(sources: str, parameters: Mapping[str, str]) -> str:
    """What is written down of a deployment: the hash of its sources, then its parameters."""
    return f"{sources}\n{json.dumps(parameters, sort_keys=True)}\n"


def local_address(value: str, port: int) -> str:
    """The local form of an API Gateway address (HTTP or WebSocket); any other value as it is."""
    return _AWS_API.sub(rf"\1://{HOST}:{port}/_aws/execute-api/\2/", value)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time, for as long as the block takes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _up(stack: LocalStack, _: argparse.Namespace) -> None:
    if stack.console.is_built:
        stack.console.require_port()
    outputs = stack.start()
    print(f"The stack is up: {outputs['ApiUrl']} (outputs in {_short(stack.folder / 'outputs.json')})")
    if stack.console.is_built:
        print(f"The console is at {stack.console.start()}")


def _down(stack: LocalStack, _: argparse.Namespace) -> None:
    stack.console.stop()
    print("Stopped; the data is kept." if stack.stop() else "The stack was not running.")


def _reset(stack: LocalStack, _: argparse.Namespace) -> None:
    stack.console.stop()
    stack.reset()
    print("Stopped, and everything forgotten.")


def _status(stack: LocalStack, _: argparse.Namespace) -> None:
    if not stack.is_healthy():
        raise LocalStackError("The stack is down: `make up` starts it.")
    changed = "" if stack.is_current() else "; the working copy has changed since: `make up` deploys it"
    print(f"The stack is up on {stack.engine.endpoint}{changed}")
    print(f"The console is at {url}" if (url := stack.console.url) else "The console is not served.")
    for name, value in sorted(stack.outputs.items()):
        print(f"  {name:20} {value}")


def _logs(stack: LocalStack, arguments: argparse.Namespace) -> None:
    if not stack.is_healthy():
        raise LocalStackError("The stack is down: `make up` starts it.")
    functions = [arguments.function] if arguments.function else list(stack.access.functions())
    lines = [line for function in functions for line in stack.access.logs(function)]
    for line in sorted(lines, key=lambda line: line.time):
        when = datetime.fromtimestamp(line.time / 1000, tz=UTC)
        print(f"{when:%H:%M:%S.%f} {line.function:14} {line.message}")


_COMMANDS: Final[Mapping[str, Callable[[LocalStack, argparse.Namespace], None]]] = {
    "up": _up,
    "down": _down,
    "reset": _reset,
    "status": _status,
    "logs": _logs,
}
_ENDING: Final = ("down", "reset")
"""They end what runs, on whichever port: GLOSS_PORT does not matter to them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; exit code 1 and one sentence where something does not work."""
    parser = argparse.ArgumentParser(prog="local_stack", description=__doc__)
    parser.add_argument("command", choices=list(_COMMANDS))
    parser.add_argument(
        "--function", default="", help="logs: only this function's, by its name in template.yaml"
    )
    parsed = parser.parse_args(arguments)
    try:
        stack = LocalStack(
            FOLDER,
            (_kept_port(FOLDER) or DEFAULT_PORT) if parsed.command in _ENDING else chosen_port(FOLDER),
            report=lambda line: print(line, flush=True),
            ai=AiAccess.of(os.environ),
        )
        _COMMANDS[parsed.command](stack, parsed)
    except LocalStackError as error:
        print(f"gloss: {error}", file=sys.stderr)
        return 1
    return 0


def _short(path: Path) -> Path:
    """As seen from the working directory, where it lies below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    sys.exit(main())
