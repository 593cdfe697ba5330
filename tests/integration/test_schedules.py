"""Scheduled jobs on the deployed stack: due by the index, started by the deployed function, IAM enforced."""

import json
import time
from typing import Any

from gloss.dynamodb import to_attributes
from tests.integration.person import Person, Picture, data
from tools.local_engine import wait_for
from tools.local_stack import LocalStack


def make_due(stack: LocalStack, person: Person) -> None:
    """Let the time pass until the schedule is due."""
    stack.access.client("dynamodb").update_item(
        TableName=stack.outputs["SettingsTable"],
        Key=to_attributes({"user": person.id, "kind": "PREFERENCES"}),
        UpdateExpression="SET due_at = :past",
        ConditionExpression="attribute_exists(due_at)",
        ExpressionAttributeValues=to_attributes({":past": int(time.time()) - 1}),
    )


def start_scheduled(stack: LocalStack) -> dict[str, int]:
    answer = stack.access.client("lambda").invoke(FunctionName=stack.outputs["StartScheduled"], Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    done: dict[str, int] = json.load(answer["Payload"])
    return done


def jobs(person: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data(person.http.get("/jobs"))["jobs"]
    return found


def test_a_schedule_starts_one_job_that_stops_at_its_cap(stack: LocalStack, ann: Person) -> None:
    ann.settled(ann.upload(Picture.drawn(seed=1), Picture.drawn(seed=2)))
    schedule = {"every": "daily", "work": "if_better", "minAgeDays": 0, "maxCredits": 1}
    saved = data(ann.http.put("/settings", json={"version": 0, "schedule": schedule}))
    assert saved["scheduled"]["nextAt"]
    assert saved["scheduled"]["lastJob"] is None
    make_due(stack, ann)

    assert start_scheduled(stack)["started"] == 1
    assert start_scheduled(stack) == {}

    (job,) = jobs(ann)
    assert (job["startedBy"], job["estimate"]["matched"]) == ("schedule", 2)
    assert data(ann.http.get("/settings"))["scheduled"]["lastJob"] == job["id"]
    assert wait_for(lambda: jobs(ann)[0]["status"] == "complete", 60), jobs(ann)
    assert (jobs(ann)[0]["counters"]["done"], jobs(ann)[0]["stopped"]) == (1, "max_credits")

    make_due(stack, ann)
    assert start_scheduled(stack)["started before"] == 1
    data(ann.http.put("/settings", json={"version": 1, "schedule": None}))
    assert data(ann.http.get("/settings"))["scheduled"]["nextAt"] is None
    assert len(jobs(ann)) == 1
