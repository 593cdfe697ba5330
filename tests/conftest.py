"""The deployed stack of a run: own port, own folder, nothing shared with `make up`.

Under pytest-xdist the workers share it, and the tests of one file stay together on one worker: they may lean
on a fixture of their module. What disturbs others (rights taken away, workers killed, events withheld) is in
`tests/integration/disturbed` and has a stack to itself.
"""

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.integration.backstage import Backstage
from tests.integration.person import Person
from tools.local_engine import free_port
from tools.local_stack import LocalStack, locked


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """A file is a group of its own where it says nothing else; what disturbs is one group."""
    if not config.getoption("loadgroup", False):  # what a worker of pytest-xdist knows of `--dist loadgroup`
        return
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            group = "disturbed" if item.path.parent.name == "disturbed" else str(item.path)
            item.add_marker(pytest.mark.xdist_group(group))


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
