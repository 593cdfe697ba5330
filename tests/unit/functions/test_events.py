"""Every function answers its events as it should."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gloss.bulk.store import JobStore
from gloss.images.model import Status
from gloss.pipeline.model import Target, targets
from tests.fakes.dynamodb import Fault, timeout
from tests.fakes.product import MACHINE, Product
from tests.unit.functions.conftest import Answer, Context, Invoke
from tests.unit.functions.events import (
    FOLDER,
    IMAGE,
    JOB,
    USER,
    complete,
    connected,
    created,
    ended,
    event,
    finished,
    made,
    making,
    paused,
    pending,
    processing,
    rich,
    running,
    searching,
    started,
    templated,
)

Scene = Callable[[Product], None]
Check = Callable[[Answer], bool]


def nothing(_: Product) -> None:
    """An account that nobody has used yet."""


def status(code: int) -> Check:
    return lambda answer: answer["statusCode"] == code


def equals(expected: Answer) -> Check:
    return lambda answer: answer == expected


def result(name: str) -> Check:
    return lambda answer: name in answer


EVENTS: dict[str, tuple[Scene, Check]] = {
    "api/uploads_api": (nothing, status(201)),
    "api/uploads_api.cancel": (pending, status(200)),
    "api/images_api": (complete, status(200)),
    "api/images_api.show": (complete, status(200)),
    "api/images_api.edit": (complete, status(200)),
    "api/images_api.delete": (complete, status(200)),
    "api/download_api": (complete, status(200)),
    "api/regenerate_api": (complete, status(202)),
    "api/regenerate_api.versions": (complete, status(200)),
    "api/regenerate_api.restore": (complete, status(200)),
    "api/jobs_api": (complete, status(202)),
    "api/jobs_api.dry_run": (complete, status(202)),
    "api/jobs_api.list": (running, status(200)),
    "api/jobs_api.show": (running, status(200)),
    "api/jobs_api.items": (running, status(200)),
    "api/jobs_api.report": (running, status(200)),
    "api/jobs_api.pause": (running, status(200)),
    "api/jobs_api.resume": (paused, status(200)),
    "api/jobs_api.cancel": (running, status(200)),
    "api/jobs_api.retry_failed": (ended, status(200)),
    "api/jobs_api.undo": (ended, status(200)),
    "api/quota_api": (complete, status(200)),
    "api/quota_api.journal": (complete, status(200)),
    "api/quota_api.rollback": (pending, status(200)),
    "api/accounts_api": (nothing, status(200)),
    "api/accounts_api.grant": (nothing, status(200)),
    "api/settings_api": (connected, status(200)),
    "api/settings_api.disconnect": (connected, status(200)),
    "api/settings_api.set_webhook": (nothing, status(200)),
    "api/settings_api.forget_webhook": (nothing, status(200)),
    "api/settings_api.test_webhook": (nothing, status(404)),
    "api/usage_api": (nothing, status(200)),
    "api/search_api": (complete, status(200)),
    "api/search_api.similar": (complete, status(200)),
    "api/search_api.color": (complete, status(200)),
    "api/imports_api": (nothing, status(202)),
    "api/imports_api.folder": (connected, status(202)),
    "api/imports_api.recent": (nothing, status(200)),
    "api/imports_api.show": (nothing, status(404)),
    "api/compatibility_api": (complete, status(200)),
    "api/compatibility_api.sweep": (nothing, status(200)),
    "api/generations_api": (rich, status(201)),
    "api/generations_api.batch": (rich, status(201)),
    "api/generations_api.generate": (created, status(202)),
    "api/generations_api.list": (created, status(200)),
    "api/generations_api.show": (created, status(200)),
    "api/generations_api.cancel": (created, status(200)),
    "api/generations_api.regenerate": (created, status(201)),
    "api/studio_api": (templated, status(200)),
    "api/studio_api.save": (nothing, status(200)),
    "api/studio_api.remove": (templated, status(200)),
    "api/studio_api.apply": (templated, status(201)),
    "api/studio_api.keep": (finished, status(202)),
    "sqs/generation_intake": (started, equals({"batchItemFailures": []})),
    "statemachine/fetch_inputs": (making, equals({"inputs": 1})),
    "statemachine/generate_pictures": (making, equals({"made": {"1": 110}})),
    "statemachine/store_results": (made, result("pictures")),
    "statemachine/settle_generation": (making, lambda answer: answer["verdict"]["charged"] == 110),
    "statemachine/settle_generation.fail": (making, lambda answer: answer["verdict"]["kind"] == "failed"),
    "sqs/import_image": (pending, equals({"batchItemFailures": []})),
    "sqs/import_image.folder": (nothing, equals({"batchItemFailures": []})),
    "sqs/deliver_webhook": (nothing, equals({"batchItemFailures": []})),
    "sqs/intake": (pending, equals({"batchItemFailures": []})),
    "sqs/intake.request": (pending, equals({"batchItemFailures": []})),
    "statemachine/inspect_image": (processing, result("inspection")),
    "statemachine/describe_image": (processing, result("description")),
    "statemachine/embed_image": (processing, result("merged")),
    "statemachine/finish_image": (processing, equals({"verdict": {"kind": "complete", "version": 1}})),
    "statemachine/fail_image": (processing, lambda answer: answer["verdict"]["kind"] == "failed"),
    "statemachine/bulk_step": (running, equals({"next": "more", "waitS": 0})),
    "statemachine/select_images": (searching, equals({})),
    "schedule/retry_sweep": (nothing, equals({})),
    "schedule/start_scheduled": (nothing, equals({})),
    "schedule/ledger_audit": (complete, lambda answer: bool(answer["clean"])),
}
"""For each event the scene that it plays in, and what the answer has to be.

The part of a file's name before the first dot is the folder of the function that it is for.
"""


@pytest.mark.parametrize("name", EVENTS)
def test_a_function_answers_its_event(product: Product, invoke: Invoke, name: str) -> None:
    scene, check = EVENTS[name]
    scene(product)
    answer = invoke(Path(name).name.partition(".")[0], event(name))
    assert check(answer), answer
    assert product.credits.drifts() == []


def test_the_query_of_a_job_is_asked_once(product: Product, invoke: Invoke) -> None:
    searching(product)
    jobs = JobStore(product.dynamodb.client, "JobsTable")
    invoke("select_images", event("statemachine/select_images"))
    found = jobs.existing(USER, JOB)
    assert list(jobs.hits(found, 0, 10)) == [[IMAGE]]
    invoke("select_images", event("statemachine/select_images"))
    assert jobs.existing(USER, JOB) == found


FED_ELSEWHERE = {
    "s3/object_created": __file__,
    "schedule/reindex": __file__,
    "dynamodb/queue_webhooks": __file__,
    "dynamodb/realtime_publish": "realtime/test_functions.py",
    "dynamodb/feed_vectors": "search/test_feeding.py",
    "websocket/socket_authorizer": "realtime/test_functions.py",
    "websocket/socket_connections": "realtime/test_functions.py",
}
"""The tests that feed the other events, from ``tests/unit``."""


def test_every_event_is_fed_to_its_function() -> None:
    files = {str(file.relative_to(FOLDER).with_suffix("")) for file in FOLDER.rglob("*.json")}
    assert files == {*EVENTS, *FED_ELSEWHERE}
    for name, test in FED_ELSEWHERE.items():
        assert Path(name).name in (Path(__file__).parents[1] / test).read_text()


def test_a_library_is_brought_in_line_while_there_is_time(product: Product, invoke: Invoke) -> None:
    complete(product)
    request = event("schedule/reindex")
    assert not invoke("reindex", request, Context(remaining=10_000))["done"]
    report = invoke("reindex", request, Context(remaining=100_000))
    assert (report["done"], report["images"], report["failure"]) == (True, 1, None)
    assert product.functions.invoked == []
    invoke("reindex", {**request, "turns": 2}, Context(remaining=10_000))
    assert product.functions.invoked == ["gloss-function"]
    assert product.functions.events == [{**request, "before": None, "turns": 1}]


def test_a_library_is_packed_anew_when_that_is_asked_for(product: Product, invoke: Invoke) -> None:
    complete(product)
    request = {**event("schedule/reindex"), "rebuild": True}
    assert invoke("reindex", request, Context(remaining=100_000))["done"]
    key = {"user": {"S": request["user"]}, "image": {"S": "#index"}}
    manifest = product.dynamodb.get_item(TableName="VectorsTable", Key=key)["Item"]
    assert (manifest["segments"], "changed_at" in manifest) == ({"L": []}, True)


def test_the_end_of_a_job_is_queued_for_the_webhook(product: Product, invoke: Invoke) -> None:
    ended(product)
    invoke("queue_webhooks", event("dynamodb/queue_webhooks"))
    (message,) = product.sqs.messages
    assert (message["QueueUrl"], message["MessageGroupId"]) == ("WebhookQueue", USER)
    assert json.loads(message["MessageBody"])["type"] == "job.complete"


def test_a_webhook_message_that_cannot_be_read_comes_again(invoke: Invoke) -> None:
    batch = event("sqs/deliver_webhook")
    batch["Records"].append({**batch["Records"][0], "messageId": "unreadable", "body": "?"})
    assert invoke("deliver_webhook", batch) == {"batchItemFailures": [{"itemIdentifier": "unreadable"}]}


def test_an_announcement_names_its_object() -> None:
    assert targets(json.dumps(event("s3/object_created"))) == [Target(USER, IMAGE, arrived=True)]


def test_each_message_of_a_batch_is_answered_for_by_itself(product: Product, invoke: Invoke) -> None:
    pending(product)
    batch = event("sqs/intake")
    batch["Records"].append({**batch["Records"][0], "messageId": "unreadable", "body": "?"})
    assert invoke("intake", batch) == {"batchItemFailures": [{"itemIdentifier": "unreadable"}]}
    assert len(product.states.runs) == 1


def test_the_steps_lead_from_one_to_the_next(product: Product, invoke: Invoke) -> None:
    processing(product)
    state = event("statemachine/inspect_image")
    for step in ("inspect_image", "describe_image", "embed_image", "finish_image"):
        recorded = event(f"statemachine/{step}")
        assert list(state) == list(recorded), f"events/statemachine/{step}.json is not up to date"
        assert state.get("merged", {}).keys() == recorded.get("merged", {}).keys()
        state = json.loads(json.dumps({**state, **invoke(step, state)}))
    assert state["verdict"] == {"kind": "complete", "version": 1}
    assert product.record(IMAGE, user=USER).status is Status.COMPLETE


def test_fail_tells_the_log_why_a_step_broke_off(
    product: Product, invoke: Invoke, log: Callable[[], list[dict[str, Any]]]
) -> None:
    processing(product)
    state: dict[str, Any] = event("statemachine/fail_image")
    cause = {"Error": "Lambda.Unknown", "Cause": "no answer"}
    state["failure"] = {"kind": "transient", "code": "TASK_FAILED", "message": "Broke off.", "cause": cause}
    assert invoke("fail_image", state)["verdict"]["kind"] == "retrying"
    (told,) = [line for line in log() if line["message"] == "a step broke off"]
    assert (told["error"], told["image"], told["user"]) == ("Lambda.Unknown", IMAGE, USER)


def test_every_line_of_a_step_says_whose_work_it_is(
    product: Product, invoke: Invoke, log: Callable[[], list[dict[str, Any]]]
) -> None:
    processing(product)
    before = len(log())
    invoke("finish_image", event("statemachine/finish_image"))
    lines = log()[before:]
    assert {line["message"] for line in lines} == {"quota commit", "step done"}
    for line in lines:
        assert (line["user"], line["image"], line["attempt"]) == (USER, IMAGE, 1)
        assert line["execution"].startswith("arn:aws:states:")
        assert "Old bridge" not in str(line)


Log = Callable[[], list[dict[str, Any]]]


def in_a_job(product: Product) -> None:
    """An image whose work belongs to a bulk job, and whose file has come."""
    pending(product)
    record = product.record(IMAGE, user=USER)
    assert record.work
    product.put(replace(record, work=replace(record.work, job=JOB)))


@pytest.mark.parametrize("broken", [False, True])
def test_every_line_of_the_intake_says_whose_work_it_is(
    product: Product, invoke: Invoke, log: Log, broken: bool
) -> None:
    in_a_job(product)
    if broken:
        product.states.work = lambda _: {"status": "TIMED_OUT"}
    before = len(log())
    answer = invoke("intake", event("sqs/intake"))
    assert len(answer["batchItemFailures"]) == broken
    (line,) = log()[before:]
    assert line["message"] == ("message failed" if broken else "attempt ended")
    attempt = product.record(IMAGE, user=USER).attempt
    assert [line[name] for name in ("user", "image", "job", "attempt")] == [USER, IMAGE, JOB, attempt]
    assert line["execution"].startswith(f"{MACHINE}:{IMAGE}-{attempt}-")
    assert line["message_id"]


def test_a_message_whose_machine_does_not_answer_is_told_with_the_name_of_its_execution(
    product: Product, invoke: Invoke, log: Log
) -> None:
    in_a_job(product)
    product.states.inject(Fault("start_sync_execution", timeout()))
    before = len(log())
    invoke("intake", event("sqs/intake"))
    (line,) = log()[before:]
    assert (line["job"], line["execution"][: len(IMAGE)]) == (JOB, IMAGE)


def test_every_line_of_the_sweep_says_whose_work_it_is(product: Product, invoke: Invoke, log: Log) -> None:
    in_a_job(product)
    product.put(replace(product.record(IMAGE, user=USER), due_at=1))
    before = len(log())
    assert invoke("retry_sweep", event("schedule/retry_sweep")) == {"queued": 1}
    swept, done = log()[before:]
    assert (swept["message"], done["message"]) == ("swept", "sweep done")
    assert [swept[name] for name in ("user", "image", "job", "done")] == [USER, IMAGE, JOB, "queued"]


def test_the_intake_measures_how_attempts_ended(
    product: Product, invoke: Invoke, capsys: pytest.CaptureFixture[str]
) -> None:
    pending(product)
    batch = event("sqs/intake")
    batch["Records"].append({**batch["Records"][0], "messageId": "again"})
    product.states.work = lambda _: {"kind": "rate_limited", "delay_s": 30}
    invoke("intake", batch)
    (emitted,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert (emitted["ImagesRateLimited"], emitted["ImagesDuplicate"]) == ([1.0], [1.0])
    (declared,) = emitted["_aws"]["CloudWatchMetrics"]
    assert declared["Namespace"] == "Gloss"
    assert {metric["Name"]: metric["Unit"] for metric in declared["Metrics"]} == {
        "ImagesRateLimited": "Count",
        "ImagesDuplicate": "Count",
    }
    assert set(*declared["Dimensions"]) == {"service", "stage"}
