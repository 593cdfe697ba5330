"""The process that serves the console: started, found by others, ended."""

import json
from pathlib import Path

import pytest

from tests.unit.tools.test_console_server import OUTPUTS
from tools.local_console import LocalConsole, chosen_port
from tools.local_engine import LocalStackError, free_port


def test_it_is_served_until_it_is_stopped(tmp_path: Path, socket_enabled: None) -> None:
    (tmp_path / "outputs.json").write_text(json.dumps(OUTPUTS))
    console = LocalConsole(tmp_path, free_port())
    assert console.url is None
    try:
        address = console.start()
        # Another command of the same person finds it.
        console.require_port()
        assert LocalConsole(tmp_path, 1).url == address == f"http://127.0.0.1:{console.port}"
    finally:
        assert console.stop()
    assert console.url is None
    assert not console.stop()


def test_one_that_does_not_come_up_is_said_in_a_sentence(tmp_path: Path, socket_enabled: None) -> None:
    console = LocalConsole(tmp_path, free_port())
    with pytest.raises(LocalStackError, match="The console cannot be served on port"):
        console.start()
    assert "outputs.json" in (tmp_path / "console.log").read_text()


def test_the_port_is_the_one_after_the_engines_or_the_one_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLOSS_CONSOLE_PORT", raising=False)
    assert chosen_port(4566) == 4567
    monkeypatch.setenv("GLOSS_CONSOLE_PORT", "9000")
    assert chosen_port(4566) == 9000


def test_beside_the_last_port_it_is_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLOSS_CONSOLE_PORT", raising=False)
    assert chosen_port(65535) == 65534


@pytest.mark.parametrize("named", ["abc", "0", "65536", "-1", "4567.0", "²", "9" * 30])
def test_what_is_no_port_is_said_in_a_sentence(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLOSS_CONSOLE_PORT", named)
    with pytest.raises(LocalStackError, match="GLOSS_CONSOLE_PORT has to be a port from 1 to 65535"):
        chosen_port(4566)


def test_a_console_that_was_never_built_is_known(tmp_path: Path) -> None:
    assert not LocalConsole(tmp_path, 1, dist=tmp_path).is_built
    (tmp_path / "index.html").touch()
    assert LocalConsole(tmp_path, 1, dist=tmp_path).is_built
