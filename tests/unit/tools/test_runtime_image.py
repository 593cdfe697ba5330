"""The runtime image: what it is called, what it is made from, and one sentence where it cannot be made."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tools import runtime_image
from tools.local_engine import LocalStackError

DEB822 = "Types: deb\nURIs: https://mirror.example/debian\nSuites: stable\n"


@pytest.mark.parametrize(
    "sources",
    [
        [DEB822],
        ["# deb https://old.example/debian stable main\n", "deb https://mirror.example/debian stable main\n"],
        ["URIs: https://mirror.example/debian-security\n", "deb [a=b c=d] https://mirror.example/debian x\n"],
    ],
)
def test_the_mirror_is_the_machines_own(sources: list[str]) -> None:
    assert runtime_image.mirror(sources) == "https://mirror.example/debian"


def test_sources_without_a_mirror_are_said() -> None:
    with pytest.raises(LocalStackError, match="name no Debian mirror"):
        runtime_image.mirror(["deb https://mirror.example/ubuntu noble main\n"])


def test_the_image_is_called_as_sam_calls_it() -> None:
    assert runtime_image.image_name("x86_64").endswith("/lambda/python:3.13-x86_64")


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The programs that were run; ``docker image inspect`` finds nothing."""
    run: list[list[str]] = []

    def play(command: list[str], **_: Any) -> SimpleNamespace:
        run.append(command)
        missing = command[:3] == ["docker", "image", "inspect"]
        return SimpleNamespace(returncode=int(missing), stdout="", stderr="")

    monkeypatch.setattr(runtime_image, "_sources", lambda: [DEB822])
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda program: program)
    monkeypatch.setattr(subprocess, "run", play)
    monkeypatch.setattr(runtime_image, "_import", lambda root, name: run.append(["import", name]))
    return run


def test_it_is_made_of_debian_and_the_pinned_client(commands: list[list[str]]) -> None:
    assert runtime_image.make("lambda:3.13", "arm64")
    programs = [Path(command[0]).name for command in commands]
    assert programs == ["docker", "docker", "debootstrap", "uv", "import"]
    assert "https://mirror.example/debian" in commands[2]
    assert {"--require-hashes", "aarch64-manylinux_2_28", "requirements/runtime.txt"} <= set(commands[3])


def test_one_that_is_there_is_left(commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=0))
    assert not runtime_image.make("lambda:3.13", "x86_64")
    assert commands == []


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        (
            "shutil.which",
            lambda program: None if program == "debootstrap" else program,
            "debootstrap is miss",
        ),
        ("os.geteuid", lambda: 1000, "takes root"),
        ("subprocess.run", lambda *_, **__: SimpleNamespace(returncode=1), "No Docker engine answers"),
    ],
    ids=["program", "root", "engine"],
)
def test_what_is_missing_is_one_sentence(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, place: str, value: Any, sentence: str
) -> None:
    monkeypatch.setattr(place, value)
    with pytest.raises(LocalStackError, match=sentence):
        runtime_image.make("lambda:3.13", "x86_64")


def test_a_program_that_fails_is_named_with_its_last_word(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = SimpleNamespace(returncode=2, stdout="", stderr="a\nE: no such suite")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: broken)
    assert runtime_image.main() == 1
    assert capsys.readouterr().err == "gloss: `python` failed: E: no such suite\n"
