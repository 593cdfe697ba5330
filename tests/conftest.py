"""One deployed stack for the whole run: own port, own folder, nothing shared with `make up`."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.backstage import Backstage
from tests.integration.person import Person
from tools.local_engine import free_port
from tools.local_stack import LocalStack, locked


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[LocalStack]:
    """The running stack; its engine ends with the run, its data with it.

    Under pytest-xdist the workers share one stack: the first brings it up, the last ends it
    (the pattern that pytest-xdist documents for session fixtures).
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "stack"
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
def backstage(stack: LocalStack) -> Iterator[Backstage]:
    """Below the API. Whatever the tests did, at the end every balance is the sum of its journal."""
    backstage = Backstage(stack)
    yield backstage
    assert backstage.ledger.audit().drifts == ()
