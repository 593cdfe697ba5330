"""The process of the local engine, played by a script that only waits."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools import local_engine
from tools.local_engine import LocalEngine, LocalStackError, wait_for

Make = Callable[..., LocalEngine]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes engines whose program is the given shell script; ends them all."""
    monkeypatch.setattr(local_engine, "is_free", lambda _port: True)
    monkeypatch.setattr(local_engine, "_answers", lambda _port: True)
    monkeypatch.setattr(local_engine, "_POLL_S", 0.001)
    made: list[LocalEngine] = []

    def engine(script: str = "exec sleep 60", **options: bool) -> LocalEngine:
        program = tmp_path / "program"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        made.append(LocalEngine(tmp_path / "state", 4999, program, **options))
        return made[-1]

    yield engine
    for each in made:
        each.stop()


def test_a_started_engine_is_healthy_until_it_is_stopped(make: Make) -> None:
    engine = make()

    engine.start()
    assert engine.is_healthy()
    assert engine.stop()

    assert engine.pid() is None
    assert not engine.is_healthy()


def test_starting_twice_keeps_the_first_process(make: Make) -> None:
    engine = make()
    engine.start()
    first = engine.pid()

    engine.start()

    assert engine.pid() == first


def test_another_object_for_the_same_folder_finds_and_stops_it(make: Make) -> None:
    first, second = make(), make()
    first.start()

    assert second.pid() == first.pid()
    assert second.stop()

    assert first.pid() is None


def test_there_is_nothing_to_stop_before_a_start(make: Make) -> None:
    assert not make().stop()


def test_the_number_of_a_process_that_is_not_the_engine_is_never_signalled(make: Make) -> None:
    engine = make()
    engine.folder.mkdir()
    (engine.folder / "engine.pid").write_text(f"{os.getpid()} 4999\n")

    assert engine.pid() is None
    assert not engine.stop()
    engine.start()

    assert engine.pid() not in {None, os.getpid()}


def test_an_engine_that_was_killed_is_started_again(make: Make) -> None:
    engine = make()
    engine.start()
    killed = engine.pid()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert wait_for(lambda: engine.pid() is None, 5)

    engine.start()

    assert engine.pid() not in {None, killed}


def test_workers_end_with_the_engine(make: Make, tmp_path: Path) -> None:
    worker = tmp_path / "worker"
    spawn = f"p = subprocess.Popen(['sleep', '60']); open('{worker}', 'w').write(f'{{p.pid}} '); p.wait()"
    engine = make(f'exec {sys.executable} -c "import subprocess; {spawn}"')
    engine.start()
    assert wait_for(lambda: worker.exists() and worker.read_text().endswith(" "), 5)

    engine.stop()

    state = Path(f"/proc/{worker.read_text().strip()}/stat")
    assert wait_for(lambda: not state.exists() or state.read_text().split()[2] == "Z", 5)


def test_a_taken_port_is_named(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_engine, "is_free", lambda _port: False)

    with pytest.raises(LocalStackError, match="Port 4999 is taken by another program"):
        make().start()


def test_an_engine_that_runs_on_another_port_is_left_alone(make: Make) -> None:
    engine = make()
    engine.start()
    elsewhere = LocalEngine(engine.folder, 5000, engine.program)

    with pytest.raises(LocalStackError, match="runs on port 4999 already"):
        elsewhere.start()

    assert engine.pid() is not None


def test_a_missing_engine_names_the_command_that_installs_it(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match="make setup"):
        LocalEngine(tmp_path, 4999, tmp_path / "absent").start()


def test_an_engine_that_dies_at_once_names_its_log(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_engine, "_answers", lambda _port: False)
    engine = make("echo no memory; exit 1")

    with pytest.raises(LocalStackError, match=r"did not come up: see .*engine\.log"):
        engine.start()

    assert "no memory" in engine.log.read_text()


def test_an_engine_that_never_answers_is_given_up(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_engine, "_answers", lambda _port: False)
    monkeypatch.setattr(local_engine, "START_DEADLINE_S", 0.01)

    with pytest.raises(LocalStackError, match="did not come up"):
        make().start()


def test_no_credential_of_the_person_reaches_the_engine(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "theirs")
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")
    engine = make("env; exec sleep 60")

    engine.start()

    assert wait_for(lambda: "AUTH=true" in engine.log.read_text(), 5)
    assert "theirs" not in engine.log.read_text()


@pytest.mark.parametrize(("persist", "flag"), [(True, "1"), (False, "0")])
def test_data_is_kept_on_request(make: Make, persist: bool, flag: str) -> None:
    engine = make("env; echo done; exec sleep 60", persist=persist)

    engine.start()

    assert wait_for(lambda: "done" in engine.log.read_text(), 5)
    assert f"PERSIST_STATE={flag}" in engine.log.read_text()
