"""What `make down` and `make up`, or a power cut between them, leave of a stack with data in it."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from tests.integration.backstage import Backstage
from tests.integration.librarian import Librarian
from tools.local_engine import free_port, wait_for
from tools.local_stack import LocalStack

EMAIL = "kept@example.com"
PASSWORD = "Correct-horse-7"
KEY = {"user": {"S": "kept"}, "image": {"S": "1"}}


@pytest.fixture(scope="module")
def kept_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A stack of its own that keeps its data, with a user, a row and an object in it."""
    stack = LocalStack(tmp_path_factory.mktemp("kept"), free_port())
    try:
        outputs = stack.start()
        stack.access.create_user(EMAIL, PASSWORD)
        stack.access.client("dynamodb").put_item(TableName=outputs["ImagesTable"], Item=KEY)
        stack.access.client("s3").put_object(Bucket=outputs["DerivedBucket"], Key="kept/1", Body=b"\x00\xff")
        yield stack
    finally:
        stack.stop()


def assert_works(stack: LocalStack) -> None:
    outputs = stack.outputs
    token = stack.access.id_token(EMAIL, PASSWORD)
    answer = httpx.get(f"{outputs['ApiUrl']}/quota", headers={"Authorization": token}, timeout=30)
    assert answer.status_code == 200
    assert stack.access.client("dynamodb").get_item(TableName=outputs["ImagesTable"], Key=KEY)["Item"] == KEY
    stored = stack.access.client("s3").get_object(Bucket=outputs["DerivedBucket"], Key="kept/1")
    assert stored["Body"].read() == b"\x00\xff"


def test_data_and_users_outlive_a_stop_and_nothing_is_deployed_again(
    kept_stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Somebody may edit a file while the tests run.
    sources = (kept_stack.folder / "deployed.sha256").read_text().partition("\n")[0]
    monkeypatch.setattr("tools.local_stack.fingerprint", lambda _root: sources)
    deployed = (kept_stack.folder / "deploy.log").stat().st_mtime_ns
    outputs = kept_stack.outputs

    assert kept_stack.stop()
    assert not kept_stack.is_healthy()
    assert kept_stack.start() == outputs

    assert (kept_stack.folder / "deploy.log").stat().st_mtime_ns == deployed
    assert_works(kept_stack)


def test_a_job_goes_on_behind_a_stop_of_the_engine(kept_stack: LocalStack) -> None:
    """Whether or not its execution and its messages came back: the sweep takes up what nobody moves on."""
    librarian = Librarian(kept_stack, 4)
    job = librarian.start(regenerate={"force": True}, window=1)["id"]
    librarian.until(job, lambda view: view["counters"]["done"] > 0)

    assert kept_stack.stop()
    kept_stack.start()

    librarian.sign_in()
    backstage = Backstage(kept_stack)

    for _ in range(3):
        backstage.make_all_due(librarian.person.id)
        with suppress(librarian.dynamodb.exceptions.ConditionalCheckFailedException):
            librarian.make_due(job)
        backstage.sweep()
        if wait_for(lambda: librarian.show(job)["status"] == "complete", 30):
            break
    assert librarian.show(job)["status"] == "complete"
    done = librarian.show(job)["counters"]
    assert (done["done"], done["total"], done["inFlight"]) == (4, 4, 0)
    librarian.check(job)
    librarian.person.close()


def test_an_engine_that_was_killed_comes_back_with_what_the_last_stop_saved(kept_stack: LocalStack) -> None:
    pid = kept_stack.engine.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert wait_for(lambda: kept_stack.engine.pid() is None, 10)

    kept_stack.start()

    assert_works(kept_stack)
