"""The `gloss` command, as a process of its own, on the deployed stack."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest

from tests.integration.person import PASSWORD, Credits, Person, claims
from tools.local_engine import wait_for
from tools.local_stack import LocalStack
from tools.pictures import draw

CLI: Final = Path(__file__).parents[2] / "cli"


class Terminal:
    """A folder and a configuration of one person, who signs in at first."""

    def __init__(self, stack: LocalStack, person: Person, folder: Path) -> None:
        self.folder = folder
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith("GLOSS_")
        } | {"PYTHONPATH": str(CLI), "XDG_CONFIG_HOME": str(folder / "config")}
        (folder / ".local").mkdir()
        shutil.copy(stack.folder / "outputs.json", folder / ".local")
        email = claims(person.token)["email"]
        assert self.run("login", "--local", "--email", email, "--password-stdin", stdin=PASSWORD) == 0

    def start(self, *args: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "gloss_cli", *args],
            cwd=self.folder,
            env=self._environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def interrupt(self, *args: str, at: str) -> tuple[int, str]:
        """A command on a terminal, interrupted once it shows ``at``; its exit code, and what it showed."""
        ours, theirs = pty.openpty()
        shown, waits = "", True
        with subprocess.Popen(
            [sys.executable, "-m", "gloss_cli", *args],
            cwd=self.folder,
            env={**self._environment, "TERM": "xterm", "COLUMNS": "100"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        ) as process:
            os.close(theirs)
            # A terminal whose last program has ended answers with an error.
            with suppress(OSError):
                while text := os.read(ours, 4096).decode(errors="replace"):
                    shown += text
                    if waits and at in shown:
                        process.send_signal(signal.SIGINT)
                        waits = False
            process.wait(60)
        os.close(ours)
        return process.returncode, shown

    def run(self, *args: str, stdin: str = "") -> int:
        """The exit code."""
        with self.start(*args) as process:
            process.communicate(stdin, timeout=120)
        return process.returncode

    def json(self, *args: str) -> Any:
        """What a command that does not fail tells a script."""
        with self.start(*args, "--json") as process:
            out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        return json.loads(out)


@pytest.fixture
def terminal(stack: LocalStack, ann: Person, tmp_path: Path) -> Terminal:
    return Terminal(stack, ann, tmp_path)


def pictures(terminal: Terminal, count: int) -> None:
    folder = terminal.folder / "pictures"
    folder.mkdir()
    for seed in range(count):
        (folder / f"beach {seed}.jpg").write_bytes(draw("beach", seed=seed, size=(160, 120)))


def test_a_folder_becomes_a_library_that_is_looked_at_and_corrected(terminal: Terminal, ann: Person) -> None:
    pictures(terminal, 3)
    before = ann.credits()

    sent = terminal.json("upload", "-r", "pictures")["sent"]
    ann.settled(result["image"] for result in sent)
    again = terminal.json("upload", "-r", "pictures")

    assert (len(sent), len(again["sent"]), len(again["there"])) == (3, 0, 3)
    assert ann.credits() == before.after(used=3)
    image = sent[0]["image"]
    assert terminal.json("images", "edit", image, "--title", "Mine")["metadata"]["title"] == "Mine"
    versions = terminal.json("images", "history", image)
    assert [version["cause"] for version in versions] == ["edit", "run"]
    assert terminal.json("images", "restore", image, "1")["metadata"]["title"] != "Mine"
    assert terminal.json("regenerate", image, "--force")["status"] == "complete"
    assert terminal.json("images", "download", image, "--to", "copy.jpg")["size"] > 0
    original = terminal.folder / sent[0]["path"]
    assert (terminal.folder / "copy.jpg").read_bytes() == original.read_bytes()
    meter = terminal.json("quota")["meters"]["images"]
    assert (meter["used"], meter["held"]) == (before.used + 4, 0)
    assert terminal.run("images", "show", "nothing") == 5


def test_a_job_is_estimated_run_reported_and_undone(terminal: Terminal, ann: Person) -> None:
    pictures(terminal, 2)
    sent = terminal.json("upload", "-r", "pictures")["sent"]
    ann.settled(result["image"] for result in sent)

    assert terminal.json("regenerate", "--all", "--force", "--dry-run")["toProcess"] == 2
    job = terminal.json("regenerate", "--all", "--force", "--yes")
    terminal.json("jobs", "undo", job["id"])
    undone = terminal.json("jobs", "watch", job["id"])

    assert (job["status"], job["counters"]["done"]) == ("complete", 2)
    assert (undone["status"], undone["undone"]) == ("undone", 2)
    assert terminal.run("jobs", "report", job["id"], "--to", "report.csv") == 0
    assert len((terminal.folder / "report.csv").read_text().splitlines()) == 3


def test_leaving_a_job_does_not_end_it(terminal: Terminal, ann: Person) -> None:
    """On a real terminal, by a real interrupt: the bar says how far the job is, and the way back works.

    One image at a time takes seconds each: the last is not done before somebody can look.
    """
    pictures(terminal, 10)
    sent = terminal.json("upload", "-r", "pictures")["sent"]
    ann.settled(result["image"] for result in sent)
    job = terminal.json("regenerate", "--all", "--force", "--yes", "--batch", "1", "--no-wait")

    code, shown = terminal.interrupt("jobs", "watch", job["id"], at="/10")

    assert code == 130
    assert f"gloss jobs watch {job['id']}" in shown
    done = terminal.json("jobs", "watch", job["id"])
    assert (done["status"], done["counters"]["done"]) == ("complete", 10)


def test_an_upload_that_was_stopped_goes_on_and_pays_once(terminal: Terminal, ann: Person) -> None:
    pictures(terminal, 60)
    before = ann.credits()

    with terminal.start("upload", "-r", "pictures", "--json") as process:
        assert wait_for(lambda: ann.credits() != before, 60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)

    assert process.returncode == 130, err
    assert "Run the same command again" in err
    first = {result["image"] for result in json.loads(out)["sent"]}
    assert len(first) < 60
    assert taken(ann.credits()) == taken(before) + len(first)
    rest = terminal.json("upload", "-r", "pictures")
    assert {result["image"] for result in rest["there"]} == first
    assert len(rest["sent"]) == 60 - len(first)
    assert taken(ann.credits()) == taken(before) + 60


def taken(credits_: Credits) -> int:
    """What is spent or set aside."""
    return credits_.used + credits_.held
