"""The ground that every other integration test stands on."""

import httpx
import pytest

from tools.local_stack import LocalStack

PASSWORD = "Correct-horse-7"


def test_the_stack_is_up(stack: LocalStack) -> None:
    assert stack.is_healthy()


def test_a_second_start_of_the_same_sources_deploys_nothing(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Somebody may edit a file while the tests run.
    sources = (stack.folder / "deployed.sha256").read_text().partition("\n")[0]
    monkeypatch.setattr("tools.local_stack.fingerprint", lambda _root: sources)
    log = stack.folder / "deploy.log"
    before = log.stat().st_mtime_ns

    outputs = stack.start()

    assert outputs == stack.outputs
    assert log.stat().st_mtime_ns == before


def test_only_a_token_of_the_pool_opens_the_api(stack: LocalStack) -> None:
    stack.access.create_user("door@example.com", PASSWORD)
    quota = f"{stack.outputs['ApiUrl']}/quota"
    forged = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0."

    assert httpx.get(quota).status_code == 401
    assert httpx.get(quota, headers={"Authorization": forged}).status_code == 401
    token = stack.access.id_token("door@example.com", PASSWORD)
    assert httpx.get(quota, headers={"Authorization": token}, timeout=30).status_code == 200


def test_what_a_function_logs_can_be_read(stack: LocalStack) -> None:
    stack.access.create_user("logs@example.com", PASSWORD)
    token = stack.access.id_token("logs@example.com", PASSWORD)
    httpx.get(f"{stack.outputs['ApiUrl']}/quota", headers={"Authorization": token}, timeout=30)

    assert list(stack.access.logs("QuotaApi"))
