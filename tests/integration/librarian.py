"""A person with a large library, and what tests of bulk jobs do with it."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

import httpx

from gloss.bulk.model import counters
from gloss.bulk.store import JobStore
from gloss.dynamodb import to_attributes
from gloss.images.model import derived_key
from gloss.quota.accounts import Accounts
from gloss.quota.plans import Plans
from gloss.quota.service import Ledger
from tests.integration.person import PASSWORD, Person, data
from tests.libraries import fill
from tests.servers.openai_server import OpenAiServer
from tools.local_engine import wait_for
from tools.local_stack import LocalStack
from tools.pictures import draw

DEADLINE_S: Final = 240.0
ENDED: Final = {"estimated", "paused", "quota_exhausted", "complete", "cancelled", "undone"}

KEY: Final = "sk-bulk-7b1e4c9d"

GRANTED: Final = 100
"""Credits of the free plan, which every account begins with."""


class Librarian:
    """A person with a large library, written into the table as an earlier import left it."""

    def __init__(self, stack: LocalStack, images: int) -> None:
        self.stack = stack
        self.person = Person(stack)
        self.http: httpx.Client = self.person.http
        self.dynamodb = stack.access.client("dynamodb")
        self.store = JobStore(self.dynamodb, stack.outputs["JobsTable"])
        self.images: Sequence[str] = fill(self.dynamodb, stack.outputs["ImagesTable"], self.person.id, images)

    def start(self, **request: object) -> dict[str, Any]:
        job: dict[str, Any] = data(self.http.post("/jobs", json=request), 202)
        return job

    def say(self, job: str, wish: str) -> dict[str, Any]:
        answered: dict[str, Any] = data(self.http.post(f"/jobs/{job}/{wish}"))
        return answered

    def show(self, job: str) -> dict[str, Any]:
        shown: dict[str, Any] = data(self.http.get(f"/jobs/{job}"))
        return shown

    def reaches(self, job: str, *statuses: str) -> dict[str, Any]:
        return self.until(job, lambda view: view["status"] in (statuses or ENDED))

    def until(self, job: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        view: dict[str, Any] = {}

        def arrived() -> bool:
            view.update(self.show(job))
            found = view["counters"]
            parts = sum(count for name, count in found.items() if name != "total")
            assert found["total"] == parts, found
            assert min(found.values()) >= 0, found
            return holds(view)

        assert wait_for(arrived, DEADLINE_S), view
        return view

    def items(self, job: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = data(self.http.get(f"/jobs/{job}/items", params={"limit": 1000}))[
            "items"
        ]
        return found

    def use_up_credits(self, but: int) -> None:
        """Set all credits aside but a few."""
        ledger = Ledger(self.dynamodb, self.stack.outputs["LedgerTable"], Plans.load())
        ledger.reserve(
            self.person.id,
            "images",
            ["aside"],
            amount=GRANTED - but,
            ttl=timedelta(days=1),
            actor="t",
            reason="t",
        )

    def grant(self, images: int) -> None:
        accounts = Accounts(self.dynamodb, self.stack.outputs["LedgerTable"], Plans.load())
        accounts.grant(
            self.person.id,
            "images",
            f"g{time.time()}",
            images,
            expires_at=None,
            priority=0,
            actor="t",
            reason="t",
        )

    def make_due(self, job: str) -> None:
        """Let the time pass until the sweep looks at the job."""
        self.dynamodb.update_item(
            TableName=self.store.table,
            Key=to_attributes({"user": self.person.id, "job": job}),
            UpdateExpression="SET due_at = :past",
            ConditionExpression="attribute_exists(due_at)",
            ExpressionAttributeValues=to_attributes({":past": int(time.time()) - 1}),
        )

    def executions(self, job: str, status: Any = None) -> dict[str, str]:
        """The names of the job's executions, with their ARNs."""
        states = self.stack.access.client("stepfunctions")
        more = {"statusFilter": status} if status else {}
        pages = states.get_paginator("list_executions").paginate(
            stateMachineArn=self.stack.outputs["BulkMachine"], **more
        )
        found = [execution for page in pages for execution in page["executions"]]
        return {it["name"]: it["executionArn"] for it in found if it["name"].startswith(job)}

    def kill_executions(self, job: str) -> int:
        """End whatever moves the job on; how many executions that were."""
        running = self.executions(job, "RUNNING")
        for arn in running.values():
            self.stack.access.client("stepfunctions").stop_execution(executionArn=arn)
        return len(running)

    def bring_key(self, server: OpenAiServer, **changes: object) -> None:
        """An own key for the scripted service, and previews for its model to look at."""
        request = {"key": KEY, "baseUrl": server.base_url, **changes}
        data(self.http.put("/settings/provider-key", json=request))
        preview, s3 = draw("mountains", size=(256, 192)), self.stack.access.client("s3")
        for image in self.images:
            key = derived_key(self.person.id, image, "preview")
            s3.put_object(Bucket=self.stack.outputs["DerivedBucket"], Key=key, Body=preview)

    def check(self, job: str) -> None:
        """The counters are those of the rows, and the ledger has no drift."""
        found = counters(*self.store.with_tally(self.person.id, job))
        outcomes = [item["outcome"] for item in self.items(job)]
        for name in ("done", "skipped", "failed", "cancelled"):
            assert getattr(found, name) == outcomes.count(name)
        assert found.in_flight == outcomes.count("open")
        ledger = Ledger(self.dynamodb, self.stack.outputs["LedgerTable"], Plans.load())
        assert ledger.audit(self.person.id).drifts == ()

    def sign_in(self) -> None:
        """Again, as one does when the service was away."""
        token = self.stack.access.id_token(self.person.email, PASSWORD)
        self.http.headers["Authorization"] = token
