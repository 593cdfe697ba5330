"""The process that serves the console on this machine, one per state folder, beside the engine.

The server holds a lock on ``console.pid`` for as long as it lives, as the engine does on its own file.
"""

import fcntl
import http.client
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from tools.console_server import DIST, ROOT
from tools.local_engine import HOST, LAST_PORT, LocalStackError, is_free, named_port, wait_for

PID_FILE: Final = "console.pid"
LOG_FILE: Final = "console.log"

_START_DEADLINE_S: Final = 20.0
_STOP_DEADLINE_S: Final = 10.0
_LAUNCH: Final = '"$@" >>"$0" 2>&1 & echo $!'


class LocalConsole:
    """The console of the stack whose state lies in ``folder``, on ``port`` unless it runs on another one."""

    def __init__(self, folder: Path, port: int, dist: Path = DIST) -> None:
        self.folder = folder
        self.port = port
        self._dist = dist

    @property
    def url(self) -> str | None:
        """Where it is served; ``None`` where it is not."""
        running = self._running()
        return f"http://{HOST}:{running[1]}" if running else None

    @property
    def is_built(self) -> bool:
        return (self._dist / "index.html").exists()

    def require_port(self) -> None:
        """To be asked before what takes long.

        Raises:
            LocalStackError: its port is taken, and not by this console.
        """
        running = self._running()
        if (running is None or running[1] != self.port) and not is_free(self.port):
            raise LocalStackError(
                f"Port {self.port} of the console is taken by another program: end it, "
                "or choose one with GLOSS_CONSOLE_PORT=…"
            )

    def start(self) -> str:
        """Serve what was built last, for the stack as it was deployed last; its address.

        Raises:
            LocalStackError: it does not come up.
        """
        self.stop()
        command = [sys.executable, "-m", "tools.console_server", str(self.folder.resolve()), str(self.port)]
        shell = subprocess.run(
            ["sh", "-c", _LAUNCH, (self.folder / LOG_FILE).resolve(), *command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
            check=True,
        )
        pid = int(shell.stdout)
        wait_for(lambda: self._answers() or not _lives(pid), _START_DEADLINE_S)
        if not (self.url and self._answers()):
            raise LocalStackError(
                f"The console cannot be served on port {self.port}: see {self.folder / LOG_FILE}, "
                "or choose another port with GLOSS_CONSOLE_PORT=…"
            )
        return self.url

    def stop(self) -> bool:
        """End it; whether it ran."""
        running = self._running()
        if running is None:
            return False
        os.kill(running[0], signal.SIGTERM)
        return wait_for(lambda: self._running() is None, _STOP_DEADLINE_S)

    def _running(self) -> tuple[int, int] | None:
        """Process id and port of the server that holds the lock."""
        try:
            file = (self.folder / PID_FILE).open("r+")
        except FileNotFoundError:
            return None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pid, port = file.read().split()
                return int(pid), int(port)
            return None

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=2)
        try:
            connection.request("GET", "/config.json")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def chosen_port(engine_port: int) -> int:
    """GLOSS_CONSOLE_PORT, or the one after the engine's (before it, where that is the last one).

    Raises:
        LocalStackError: GLOSS_CONSOLE_PORT names none.
    """
    beside = engine_port + 1 if engine_port < LAST_PORT else engine_port - 1
    return named_port("GLOSS_CONSOLE_PORT") or beside


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
