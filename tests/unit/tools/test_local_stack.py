"""When the local stack is deployed, and what its commands say. Engine, SAM and AWS are played."""

import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from tools import local_stack
from tools.local_engine import HOST, LocalEngine, LocalStackError
from tools.local_stack import LocalStack, chosen_port, local_address, main
from tools.sam import NO_PARAMETERS, Sam
from tools.stack_access import LogLine, StackAccess

AWS_API = "https://abc123.execute-api.us-east-1.amazonaws.com/api"
LOCAL_API = "http://127.0.0.1:4999/_aws/execute-api/abc123/api"


class FakeEngine(LocalEngine):
    """Runs or not; remembers how often it was started."""

    starts = 0
    running = False

    def pid(self) -> int | None:
        return 1 if self.running else None

    def is_healthy(self) -> bool:
        return self.running

    def start(self) -> None:
        self.starts += not self.running
        self.running = True

    def stop(self) -> bool:
        stopped, self.running = self.running, False
        return stopped


class FakeAccess(StackAccess):
    """A stack that exists once it was deployed."""

    state = "ABSENT"

    def status(self) -> str:
        return self.state

    def outputs(self) -> dict[str, str]:
        return {"ApiUrl": AWS_API, "ImagesTable": "images"}

    def failures(self) -> list[str]:
        return ["Queue: no such key", "Stack: cancelled"]

    def functions(self) -> dict[str, str]:
        return {"Intake": "gloss-Intake-1", "QuotaApi": "gloss-QuotaApi-1"}

    def logs(self, function: str, *, since: int = 0) -> list[LogLine]:  # type: ignore[override]  # a list will do
        return [LogLine({"Intake": 2000, "QuotaApi": 1000}[function], function, f"by {function}")]


class FakeSam(Sam):
    """Writes down what it is asked for; deploying makes the stack."""

    fails = False

    def attach(self, access: FakeAccess) -> None:
        self.access = access
        self.calls: list[str] = []

    def require_tools(self) -> None:
        pass

    def build(self, log: Path) -> None:
        self.calls.append("build")

    def deploy(self, endpoint: str, log: Path, parameters: Mapping[str, str] = NO_PARAMETERS) -> None:
        chosen = [f"{name}={value}" for name, value in sorted(parameters.items())]
        self.calls.append(" ".join([f"deploy to {endpoint}", *chosen]))
        if self.fails:
            raise LocalStackError(f"`sam deploy` failed; see {log}")
        self.access.state = "CREATE_COMPLETE"


class PlayedStack(LocalStack):
    """A local stack none of whose parts is real."""

    def __init__(self, folder: Path, port: int = 4999, *, root: Path, **_: object) -> None:
        super().__init__(folder, port, root=root)
        self.fake_engine = self.engine = FakeEngine(folder, port, root)
        self.fake_access = self.access = FakeAccess(self.engine.endpoint, "gloss")
        self.fake_sam = self.sam = FakeSam(root, root, root)
        self.fake_sam.attach(self.fake_access)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "template.yaml").write_text("first")
    return tmp_path / "root"


@pytest.fixture
def stack(root: Path) -> PlayedStack:
    return PlayedStack(root / ".local", root=root)


def test_the_first_start_builds_deploys_and_records_the_outputs(stack: PlayedStack) -> None:
    outputs = stack.start()

    assert stack.fake_sam.calls == ["build", "deploy to http://127.0.0.1:4999"]
    assert outputs["ApiUrl"] == LOCAL_API
    assert outputs["ImagesTable"] == "images"
    assert outputs["Endpoint"] == "http://127.0.0.1:4999"
    assert stack.outputs == outputs
    assert stack.is_healthy()
    assert stack.is_current()


def test_a_second_start_does_nothing(stack: PlayedStack) -> None:
    stack.start()
    stack.fake_sam.calls.clear()

    stack.start()

    assert stack.fake_sam.calls == []
    assert stack.fake_engine.starts == 1


def test_a_start_after_a_stop_deploys_nothing(stack: PlayedStack) -> None:
    stack.start()
    assert stack.stop()
    stack.fake_sam.calls.clear()

    stack.start()

    assert stack.fake_sam.calls == []
    assert stack.fake_engine.starts == 2


def test_a_change_of_the_working_copy_is_deployed(stack: PlayedStack, root: Path) -> None:
    stack.start()
    stack.fake_sam.calls.clear()
    (root / "template.yaml").write_text("second")
    assert not stack.is_current()

    stack.start()

    assert stack.fake_sam.calls[0] == "build"
    assert stack.is_current()


def test_a_stack_that_the_engine_lost_is_deployed_again(stack: PlayedStack) -> None:
    stack.start()
    stack.fake_sam.calls.clear()
    stack.fake_access.state = "ABSENT"

    stack.start()

    assert stack.fake_sam.calls[0] == "build"


def test_a_failed_deployment_tells_the_first_cause_and_is_tried_again(stack: PlayedStack) -> None:
    stack.fake_sam.fails = True
    with pytest.raises(LocalStackError, match=r"see .*deploy\.log \(Queue: no such key\)"):
        stack.start()
    assert not stack.is_current()
    stack.fake_sam.fails = False

    stack.start()

    assert stack.is_healthy()


def test_a_stack_that_was_never_created_is_forgotten_first(stack: PlayedStack) -> None:
    (stack.folder / "state").mkdir(parents=True)
    stack.fake_access.state = "ROLLBACK_COMPLETE"

    stack.start()

    assert not (stack.folder / "state").exists()
    assert stack.fake_engine.starts == 2
    assert stack.is_healthy()


def test_what_a_killed_engine_left_behind_is_forgotten_first(
    stack: PlayedStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(stack, "_report", told.append)
    bucket = stack.folder / "objects" / "000000000000" / "gloss-originals"
    bucket.mkdir(parents=True)

    stack.start()

    assert not bucket.exists()
    assert stack.fake_engine.starts == 2
    assert "ended without saving" in told[0]
    assert stack.is_healthy()


def test_objects_of_a_stack_that_stands_are_kept(stack: PlayedStack, root: Path) -> None:
    stack.start()
    bucket = stack.folder / "objects" / "000000000000" / "gloss-originals"
    bucket.mkdir(parents=True)
    (root / "template.yaml").write_text("second")

    stack.start()

    assert bucket.exists()
    assert stack.fake_engine.starts == 1


def test_a_stack_in_the_middle_of_a_change_is_not_healthy(stack: PlayedStack) -> None:
    stack.start()
    stack.fake_access.state = "UPDATE_IN_PROGRESS"

    assert not stack.is_healthy()


def test_a_reset_forgets_everything(stack: PlayedStack) -> None:
    stack.start()

    stack.reset()

    assert not stack.folder.exists()
    assert not stack.fake_engine.running
    with pytest.raises(LocalStackError, match="run `make up` first"):
        _ = stack.outputs


@pytest.mark.parametrize(
    ("value", "local"),
    [
        (AWS_API, LOCAL_API),
        (
            "wss://abc.execute-api.eu-central-1.amazonaws.com/live",
            "ws://127.0.0.1:4999/_aws/execute-api/abc/live",
        ),
        ("arn:aws:sqs:us-east-1:000000000000:queue", "arn:aws:sqs:us-east-1:000000000000:queue"),
        ("see https://abc.execute-api.us-east-1.amazonaws.com/", None),
    ],
)
def test_only_addresses_of_apis_are_made_local(value: str, local: str | None) -> None:
    assert local_address(value, 4999) == (local or value)


def test_a_new_stack_is_on_the_named_port_or_the_default(
    stack: PlayedStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GLOSS_PORT", raising=False)
    assert chosen_port(stack.folder) == 4566
    monkeypatch.setenv("GLOSS_PORT", "5000")
    assert chosen_port(stack.folder) == 5000


def test_a_stack_with_data_keeps_its_port(stack: PlayedStack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.start()
    stack.stop()
    for named in ("", "4999"):
        monkeypatch.setenv("GLOSS_PORT", named)
        assert chosen_port(stack.folder) == 4999
    monkeypatch.setenv("GLOSS_PORT", "5000")
    with pytest.raises(LocalStackError, match="belongs to port 4999: leave GLOSS_PORT out"):
        chosen_port(stack.folder)


@pytest.fixture
def played(stack: PlayedStack, monkeypatch: pytest.MonkeyPatch) -> PlayedStack:
    """The stack that the command line works on."""
    monkeypatch.delenv("GLOSS_PORT", raising=False)
    monkeypatch.setattr(local_stack, "FOLDER", stack.folder)
    monkeypatch.setattr(local_stack, "LocalStack", lambda *_, **__: stack)
    return stack


@pytest.mark.parametrize("named", ["abc", "70000"])
@pytest.mark.parametrize("command", ["up", "status", "logs"])
def test_what_is_no_port_is_one_sentence_and_a_failure(
    played: PlayedStack,
    command: str,
    named: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GLOSS_PORT", named)
    assert main([command]) == 1
    told = capsys.readouterr().err
    assert told == f"gloss: GLOSS_PORT has to be a port from 1 to 65535, and {named!r} is none.\n"


def test_up_tells_the_address(played: PlayedStack, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up"]) == 0

    assert LOCAL_API in capsys.readouterr().out


def test_a_problem_is_one_sentence_and_a_failure(
    played: PlayedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    played.fake_sam.fails = True

    assert main(["up"]) == 1

    printed = capsys.readouterr()
    assert printed.err.startswith("gloss: `sam deploy` failed")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("command", ["up", "status", "logs"])
def test_another_port_than_that_of_the_data_is_refused(
    played: PlayedStack, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    played.start()
    played.stop()
    monkeypatch.setenv("GLOSS_PORT", "5000")

    assert main([command]) == 1

    assert "belongs to port 4999" in capsys.readouterr().err
    assert played.fake_engine.starts == 1


@pytest.mark.parametrize("command", ["down", "reset"])
def test_a_stack_is_ended_whatever_port_is_named(
    played: PlayedStack, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    played.start()
    monkeypatch.setenv("GLOSS_PORT", "5000")

    assert main([command]) == 0

    assert not played.fake_engine.running


def test_a_taken_console_port_is_said_before_anything_is_built(
    played: PlayedStack, socket_enabled: None, capsys: pytest.CaptureFixture[str]
) -> None:
    dist = played.folder.parent / "web" / "dist"
    dist.mkdir(parents=True)
    (dist / "index.html").touch()
    with socket.create_server((HOST, 0)) as other:
        played.console.port = other.getsockname()[1]

        assert main(["up"]) == 1

    error = capsys.readouterr().err
    assert error.startswith(f"gloss: Port {played.console.port} of the console is taken")
    assert "GLOSS_CONSOLE_PORT" in error
    assert played.fake_engine.starts == 0
    assert played.fake_sam.calls == []


def test_down_tells_whether_there_was_something_to_stop(
    played: PlayedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    played.start()

    assert main(["down"]) == 0
    assert main(["down"]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "Stopped; the data is kept.",
        "The stack was not running.",
    ]


def test_reset_says_so(played: PlayedStack, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reset"]) == 0

    assert "everything forgotten" in capsys.readouterr().out


def test_status_lists_the_outputs_and_says_what_has_changed(
    played: PlayedStack, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    played.start()
    assert main(["status"]) == 0
    first = capsys.readouterr().out
    (root / "template.yaml").write_text("second")

    assert main(["status"]) == 0

    assert "ImagesTable          images" in first
    assert "changed since" not in first
    assert "changed since" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["status", "logs"])
def test_a_stack_that_is_down_is_a_failure(
    played: PlayedStack, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command]) == 1

    assert capsys.readouterr().err == "gloss: The stack is down: `make up` starts it.\n"


def test_logs_of_all_functions_come_in_order_of_time(
    played: PlayedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    played.start()

    assert main(["logs"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == ["QuotaApi", "Intake"]
    assert lines[1].startswith("00:00:02.000000")


def test_logs_of_one_function(played: PlayedStack, capsys: pytest.CaptureFixture[str]) -> None:
    played.start()

    assert main(["logs", "--function", "Intake"]) == 0

    assert capsys.readouterr().out == "00:00:02.000000 Intake         by Intake\n"
