"""`sam` as the local stack calls it, played by a script."""

import shutil
from pathlib import Path

import pytest

from tools.local_engine import LocalStackError
from tools.sam import Sam, fingerprint


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a template, a function and a layer."""
    for name in ("functions/ping/handler.py", "layers/gloss/python/gloss/errors.py", "template.yaml"):
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "project"


def make_sam(project: Path, script: str) -> Sam:
    """A Sam whose command line is the given shell script."""
    program = project.parent / "engine" / "bin" / "sam"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    uv = project.parent / "uv"
    uv.touch()
    return Sam(project, project.parent / "engine", uv)


@pytest.mark.parametrize("name", ["template.yaml", "functions/ping/handler.py", "layers/gloss/new.py"])
def test_the_fingerprint_changes_with_every_source(project: Path, name: str) -> None:
    before = fingerprint(project)

    (project / name).write_text("changed")

    assert fingerprint(project) != before


def test_the_fingerprint_changes_with_a_name(project: Path) -> None:
    before = fingerprint(project)

    (project / "functions" / "ping").rename(project / "functions" / "pong")

    assert fingerprint(project) != before


def test_bytecode_and_other_folders_do_not_change_the_fingerprint(project: Path) -> None:
    before = fingerprint(project)

    (project / "functions" / "ping" / "__pycache__").mkdir()
    (project / "functions" / "ping" / "__pycache__" / "handler.pyc").touch()
    (project / "README.md").touch()

    assert fingerprint(project) == before


def test_build_gets_the_target_and_no_bytecode(project: Path, tmp_path: Path) -> None:
    (project / "functions" / "ping" / "__pycache__").mkdir()
    log = tmp_path / "log"

    make_sam(project, 'echo "$@ $GLOSS_BUILD_TARGET $PWD"').build(log)

    assert log.read_text() == f"build --config-env local host {project}\n"
    assert not (project / "functions" / "ping" / "__pycache__").exists()


def test_deploy_goes_to_the_engine_and_to_no_account(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "theirs")
    log = tmp_path / "log"

    make_sam(project, "env | grep AWS_").deploy("http://127.0.0.1:4999", log)

    settings = dict(line.split("=", 1) for line in log.read_text().splitlines())
    assert settings["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4999"
    assert settings["AWS_ACCESS_KEY_ID"] == "test"
    assert settings["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & settings.keys()


def test_a_failure_tells_its_reason_and_its_log(project: Path, tmp_path: Path) -> None:
    sam = make_sam(project, "echo Error: No such layer; echo bye; exit 1")

    with pytest.raises(LocalStackError, match=r"`sam deploy` failed: Error: No such layer; see .*/log$"):
        sam.deploy("http://127.0.0.1:4999", tmp_path / "log")


def test_a_failure_without_a_reason_tells_its_log(project: Path, tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match=r"`sam build` failed; see .*/log$"):
        make_sam(project, "exit 3").build(tmp_path / "log")


def test_all_tools_are_there(project: Path) -> None:
    make_sam(project, "").require_tools()


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("engine/bin/sam", "sam is not installed: run `make setup`"),
        ("uv", "uv is not installed: run `make setup`"),
        ("project/template.yaml", "There is no template.yaml"),
    ],
)
def test_a_missing_tool_is_named(project: Path, missing: str, sentence: str) -> None:
    sam = make_sam(project, "")
    (project.parent / missing).unlink()

    with pytest.raises(LocalStackError, match=sentence):
        sam.require_tools()


def test_a_missing_make_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)

    with pytest.raises(LocalStackError, match="make is not installed"):
        make_sam(project, "").require_tools()


def test_a_parameter_of_json_stays_whole(project: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"

    make_sam(project, 'echo "$@"').deploy(
        "http://127.0.0.1:4999", log, {"Limits": '{"a": {"b": 1}}', "C": "d"}
    )

    assert r'ParameterKey=Limits,ParameterValue="{\"a\": {\"b\": 1}}" ParameterKey=C' in log.read_text()
    assert log.read_text().endswith("ParameterKey=C,ParameterValue=d\n")
