"""What `sam local invoke` is given: template, variables, and one sentence where it cannot run."""

import json
from contextlib import nullcontext
from pathlib import Path

import pytest
import yaml

from tools import invoke
from tools.invoke import container_variables, invocation_template, main
from tools.local_engine import LocalStackError
from tools.local_stack import LocalStack

TEMPLATE = """
Globals:
  Function:
    Architectures: [arm64]
    Environment: {Variables: {STAGE: !Ref Stage}}
Resources:
  CoreLayer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile, BuildArchitecture: arm64}
    Properties: {ContentUri: layers/dependencies}
  Intake:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {Variables: {TABLE: !GetAtt Table.Arn, NAME: !Sub "${AWS::StackName}-x"}}
      Role: !If [HasRole, !GetAtt [Role, Arn], !Join ["/", [a, b]]]
"""


def test_the_container_gets_the_functions_variables_and_the_way_to_the_engine() -> None:
    variables = container_variables("http://127.0.0.1:4999", {"IMAGES_TABLE": "images"})

    assert variables["IMAGES_TABLE"] == "images"
    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4999"
    assert variables["AWS_ACCESS_KEY_ID"] == "test"


def test_the_template_declares_every_variable_and_this_machines_architecture() -> None:
    template = invocation_template(TEMPLATE, "x86_64", {"AWS_ENDPOINT_URL": "http://engine"})

    function = template["Globals"]["Function"]
    assert function["Environment"]["Variables"] == {
        "STAGE": {"Ref": "Stage"},
        "AWS_ENDPOINT_URL": "http://engine",
    }
    assert function["Architectures"] == ["x86_64"]
    assert template["Resources"]["CoreLayer"]["Metadata"]["BuildArchitecture"] == "x86_64"
    assert template["Resources"]["CoreLayer"]["Properties"]["CompatibleArchitectures"] == ["x86_64"]


def test_short_forms_become_long_ones() -> None:
    intake = invocation_template(TEMPLATE, "arm64", {})["Resources"]["Intake"]["Properties"]

    assert intake["Environment"]["Variables"]["TABLE"] == {"Fn::GetAtt": ["Table", "Arn"]}
    assert intake["Environment"]["Variables"]["NAME"] == {"Fn::Sub": "${AWS::StackName}-x"}
    assert intake["Role"] == {
        "Fn::If": ["HasRole", {"Fn::GetAtt": ["Role", "Arn"]}, {"Fn::Join": ["/", ["a", "b"]]}]
    }


def test_a_short_form_may_hold_a_mapping() -> None:
    text = TEMPLATE.replace("!Ref Stage", "!Transform {Name: Include}")

    template = invocation_template(text, "arm64", {})

    stage = template["Globals"]["Function"]["Environment"]["Variables"]["STAGE"]
    assert stage == {"Fn::Transform": {"Name": "Include"}}


class Played:
    """A stack whose `sam` is a shell script in ``root``."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
        self.root = root
        (root / "template.yaml").write_text(TEMPLATE)
        (root / "event.json").write_text("{}")
        (root / ".local").mkdir()
        sam = root / "sam"
        sam.write_text(f'#!/bin/sh\necho "$@" >> {root}/calls\n{script}\n')
        sam.chmod(0o755)
        monkeypatch.setattr(invoke, "ROOT", root)
        self.stack = LocalStack(root / ".local", 4999, root=root)
        self.stack.sam.sam = sam
        monkeypatch.setattr(self.stack, "is_healthy", lambda: True)
        monkeypatch.setattr(self.stack.access, "variables", lambda _function: {"IMAGES_TABLE": "images"})
        monkeypatch.setattr(invoke, "LocalStack", lambda *_, **__: self.stack)
        self.bridge_address = invoke._bridge_address
        monkeypatch.setattr(invoke, "_bridge_address", lambda: "172.17.0.1")
        monkeypatch.setattr(invoke, "relay", lambda host, target: nullcontext(f"5000 to {host} {target[1]}"))

    def docker(self, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
        """Plays the docker command, and asks it for the address."""
        (self.root / "docker").write_text(f"#!/bin/sh\n{script}\n")
        (self.root / "docker").chmod(0o755)
        monkeypatch.setenv("PATH", str(self.root), prepend=":")
        monkeypatch.setattr(invoke, "_bridge_address", self.bridge_address)

    def variables(self) -> dict[str, str]:
        variables: dict[str, str] = json.loads((self.root / ".local" / "invoke-env.json").read_text())[
            "Intake"
        ]
        return variables

    def calls(self) -> list[str]:
        return (self.root / "calls").read_text().splitlines()


def test_the_container_reaches_the_engine_through_the_relay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = Played(tmp_path, monkeypatch, "")

    assert main(["Intake", str(tmp_path / "event.json")]) == 0

    assert played.variables()["AWS_ENDPOINT_URL"] == "http://172.17.0.1:5000 to 172.17.0.1 4999"
    assert played.variables()["IMAGES_TABLE"] == "images"


def test_where_docker_runs_in_a_machine_of_its_own_it_leads_to_loopback_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = Played(tmp_path, monkeypatch, "")

    def no_such_address(_host: str, _target: tuple[str, int]) -> None:
        raise OSError("cannot assign the address")

    monkeypatch.setattr(invoke, "relay", no_such_address)

    assert main(["Intake", str(tmp_path / "event.json")]) == 0

    assert played.variables()["AWS_ENDPOINT_URL"] == "http://host.docker.internal:4999"


@pytest.mark.parametrize(
    ("network", "address"),
    [
        ('{"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.9"}', "172.17.0.9"),
        ('{"Subnet": "172.18.0.0/16"}', "172.18.0.1"),
    ],
)
def test_the_bridge_has_the_address_that_docker_tells_or_the_first_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network: str, address: str
) -> None:
    played = Played(tmp_path, monkeypatch, "")
    played.docker(monkeypatch, f"echo '{network}'")

    assert main(["Intake", str(tmp_path / "event.json")]) == 0

    assert played.variables()["AWS_ENDPOINT_URL"].startswith(f"http://{address}:")


def test_a_docker_engine_that_does_not_answer_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Played(tmp_path, monkeypatch, "").docker(monkeypatch, "exit 1")

    assert main(["Intake", str(tmp_path / "event.json")]) == 1

    assert "No Docker engine answers" in capsys.readouterr().err


def test_the_function_is_built_and_invoked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(
        tmp_path, monkeypatch, "cp *.template.json seen.json 2>/dev/null; [ $1 = build ] || exit 7"
    )

    assert main(["Intake", str(tmp_path / "event.json")]) == 7

    build, run = played.calls()
    assert build.startswith("build --cached")
    assert run.startswith(f"local invoke Intake --event {tmp_path}/event.json")
    seen = json.loads((tmp_path / "seen.json").read_text())
    assert seen["Globals"]["Function"]["Environment"]["Variables"]["IMAGES_TABLE"] == "images"
    assert not list(tmp_path.glob("*.template.json"))


def test_a_failed_build_names_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(tmp_path, monkeypatch, "exit 1")

    with pytest.raises(LocalStackError, match=r"`sam build` failed; see .*invoke\.log"):
        invoke.invoke(played.stack, "Intake", tmp_path / "event.json")

    assert len(played.calls()) == 1


def test_an_event_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Played(tmp_path, monkeypatch, "")

    assert main(["Intake", "events/none.json"]) == 1

    assert "gloss: There is no event events/none.json" in capsys.readouterr().err


def test_a_stack_that_is_down_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    played = Played(tmp_path, monkeypatch, "")
    monkeypatch.setattr(played.stack, "is_healthy", lambda: False)

    assert main(["Intake", "event.json"]) == 1

    assert "The stack is down" in capsys.readouterr().err


def test_the_real_template_can_be_read() -> None:
    text = (Path(__file__).resolve().parents[3] / "template.yaml").read_text()

    template = invocation_template(text, "x86_64", {})

    assert yaml.safe_load(json.dumps(template)) == template
