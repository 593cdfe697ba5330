"""The deployed stack of a run: own port, own folder, nothing shared with `make up`.

Under pytest-xdist the workers share it, and the tests of one file stay together on one worker: they may lean
on a fixture of their module. What disturbs others (rights taken away, workers killed, events withheld) is in
`tests/integration/disturbed` and has a stack to itself.
"""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.integration.backstage import Backstage
from tests.integration.person import Person
from tools.local_engine import free_port
from tools.local_stack import LocalStack, locked

_SWEEPING: Final = ("test_bulk", "test_generation", "test_imports")
"""Two sweeps of one stack at a time would take work from each other."""


class Together(LoadScopeScheduling):  # type: ignore[misc]  # the package has no types
    """What stays on one worker: a file, what disturbs, what sweeps."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.partition("::")[0])
        if file.parent.name == "disturbed":
            return "disturbed"
        return "sweeping" if file.stem in _SWEEPING else str(file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together | None:
    """`--dist loadscope` keeps classes of tests together; ours, which it stands for, are these."""
    return Together(config, log) if config.getoption("dist") == "loadscope" else None


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[LocalStack]:
    """The running stack; its engine ends with the run, its data with it."""
    base = tmp_path_factory.getbasetemp()
    with shared_stack((base if worker_id == "master" else base.parent) / "stack") as stack:
        yield stack


@contextlib.contextmanager
def shared_stack(folder: Path) -> Iterator[LocalStack]:
    """One stack for all workers of the run: the first brings it up, the last ends it
    (the pattern that pytest-xdist documents for session fixtures).

    Whatever the tests did, at the end every balance is the sum of its journal.
    """
    stack = _enter(folder)
    yield stack
    _leave(stack, folder)


def _enter(folder: Path) -> LocalStack:
    with locked(folder / "workers.lock"):
        record = folder / "workers.json"
        state = (
            json.loads(record.read_text())
            if record.exists()
            else {"port": free_port(), "dropbox": free_port(), "workers": 0}
        )
        parameters = {"DropboxUrl": f"http://127.0.0.1:{state['dropbox']}"}
        stack = LocalStack(folder, state["port"], persist=False, parameters=parameters)
        try:
            stack.start()
        except BaseException:
            stack.stop()
            raise
        record.write_text(json.dumps(state | {"workers": state["workers"] + 1}))
        return stack


def _leave(stack: LocalStack, folder: Path) -> None:
    with locked(folder / "workers.lock"):
        record = folder / "workers.json"
        state = json.loads(record.read_text())
        record.write_text(json.dumps(state | {"workers": state["workers"] - 1}))
        if state["workers"] == 1:
            try:
                assert Backstage(stack).ledger.audit().drifts == ()
            finally:
                stack.stop()


@pytest.fixture(scope="session")
def dropbox_port(stack: LocalStack) -> int:
    """Where the stack looks for Dropbox. One test at a time may listen there."""
    port: int = json.loads((stack.folder / "workers.json").read_text())["dropbox"]
    return port


@pytest.fixture
def ann(stack: LocalStack) -> Iterator[Person]:
    """A user nobody else has touched."""
    with contextlib.closing(Person(stack)) as person:
        yield person


@pytest.fixture
def ben(stack: LocalStack) -> Iterator[Person]:
    """Another one."""
    with contextlib.closing(Person(stack)) as person:
        yield person


@pytest.fixture(scope="session")
def backstage(stack: LocalStack) -> Backstage:
    """Below the API."""
    return Backstage(stack)
