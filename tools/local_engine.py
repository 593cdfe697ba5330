"""The process of the local engine (MiniStack): one per state folder, on a loopback port.

The running engine holds a lock on ``engine.pid`` from its first to its last moment, and the kernel takes the
lock back however the process ends. So the pid file of a dead engine is never mistaken for a living one, and
a process that later got the same number is never signalled.
"""

import contextlib
import fcntl
import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
REGION: Final = "us-east-1"
ACCOUNT: Final = "000000000000"
ROOT_CREDENTIALS: Final = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""What MiniStack takes as the account's root user: fixed words, no secret."""

LAST_PORT: Final = 65535

START_DEADLINE_S: Final = 60.0
STOP_DEADLINE_S: Final = 180.0
_STOP_UNSAVED_S: Final = 60.0
_SPAWN_DEADLINE_S: Final = 5.0
_POLL_S: Final = 0.05
_LAUNCH: Final = '"$@" >>"$0" 2>&1 & echo $!'


class LocalStackError(Exception):
    """One sentence for the person at the terminal: what is wrong and what to do."""


class LocalEngine:
    """MiniStack with its state in ``folder``, serving every AWS interface on ``port``.

    ``program`` is the interpreter that MiniStack is installed for; its Lambda workers run in the same one.
    """

    def __init__(self, folder: Path, port: int, program: Path, *, persist: bool = True) -> None:
        self.folder = folder
        self.port = port
        self.program = program
        self.persist = persist
        self.log = folder / "engine.log"
        self._pid_file = folder / "engine.pid"

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.port}"

    def pid(self) -> int | None:
        """Process id of this folder's engine, ``None`` when it does not run."""
        running = self._running()
        return running[0] if running else None

    def _running(self) -> tuple[int, int] | None:
        """Process id and port of this folder's engine."""
        try:
            descriptor = os.open(self._pid_file, os.O_RDWR)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                wait_for(lambda: os.fstat(descriptor).st_size > 0, _SPAWN_DEADLINE_S)
                pid, port = file.read().split()
                return int(pid), int(port)
            return None

    def is_healthy(self) -> bool:
        return self.pid() is not None and _answers(self.port)

    def start(self) -> None:
        """Return once the engine answers; nothing to do when it runs already.

        Raises:
            LocalStackError: it is not installed, the port is taken, or it does not come up.
        """
        running = self._running()
        if running is None:
            self._require_installed()
            self._require_free_port()
            self._spawn()
        elif running[1] != self.port:
            raise LocalStackError(f"The engine runs on port {running[1]} already: `make down` ends it.")
        self._await_health()

    def stop(self) -> bool:
        """End the engine and its workers, the state saved; whether there was one to end.

        Raises:
            LocalStackError: it was too busy to end by itself, and was ended without saving.
        """
        pid = self.pid()
        if pid is None:
            return False
        group = os.getpgid(pid)
        os.kill(pid, signal.SIGTERM)
        saved = wait_for(lambda: self.pid() is None, STOP_DEADLINE_S if self.persist else _STOP_UNSAVED_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        if self.persist and not saved:
            raise LocalStackError(
                "The engine was busy for too long and was ended without saving: what changed since it was "
                "started last is lost. Where `make up` fails now, `make reset` starts afresh."
            )
        return True

    def _require_installed(self) -> None:
        if not self.program.exists():
            raise LocalStackError("The local engine is not installed: run `make setup` first.")

    def _require_free_port(self) -> None:
        if not is_free(self.port):
            raise LocalStackError(
                f"Port {self.port} is taken by another program: end it, or choose one with GLOSS_PORT=…"
            )

    def _spawn(self) -> None:
        """Start it in a process group of its own; the shell in between leaves it to nobody to wait for."""
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)
        (self.folder / "tmp").mkdir(parents=True)
        with self._pid_file.open("a+") as pid_file:
            fcntl.flock(pid_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            pid_file.truncate(0)
            shell = subprocess.run(
                ["sh", "-c", _LAUNCH, self.log, self.program, "-m", "ministack"],
                cwd=self.folder,
                env=self._environment(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                pass_fds=[pid_file.fileno()],
                start_new_session=True,
                check=True,
            )
            pid_file.write(f"{int(shell.stdout)} {self.port}\n")

    def _environment(self, own: Mapping[str, str]) -> dict[str, str]:
        """Settings of the engine. It hands its environment on to the functions, so nothing else gets in:
        above all no AWS credentials or proxies of the person who starts it."""
        inherited = {name: own[name] for name in ("PATH", "HOME", "LANG") if name in own}
        return inherited | {
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,
            "AUTH": "true",
            "PERSIST_STATE": str(int(self.persist)),
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": str(int(self.persist)),
            "S3_DATA_DIR": str(self.folder / "objects"),
            "TMPDIR": str(self.folder / "tmp"),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        }

    def _await_health(self) -> None:
        wait_for(lambda: self.pid() is None or _answers(self.port), START_DEADLINE_S)
        if not self.is_healthy():
            self.stop()
            raise LocalStackError(f"The local engine did not come up: see {self.log}")


def wait_for(condition: Callable[[], bool], deadline_s: float) -> bool:
    """Whether ``condition`` became true within ``deadline_s`` seconds."""
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(_POLL_S)
    return True


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def named_port(variable: str) -> int | None:
    """The port that an environment variable names; ``None`` where it is empty or not set.

    Raises:
        LocalStackError: it names none.
    """
    named = os.environ.get(variable, "").strip()
    if not named:
        return None
    if not named.isascii() or not named.isdigit() or not 0 < int(named) <= LAST_PORT:
        raise LocalStackError(f"{variable} has to be a port from 1 to {LAST_PORT}, and {named!r} is none.")
    return int(named)


def is_free(port: int) -> bool:
    """Whether a server could listen on it now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
