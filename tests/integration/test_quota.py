"""Credits over HTTP and under a crowd, on the deployed stack: nobody loses, doubles or invents one."""

import csv
import io
import json
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import HTTPClientError

from gloss.clock import utc_now
from gloss.dynamodb import to_attributes
from gloss.errors import Busy, QuotaExceeded
from gloss.quota.accounts import Accounts
from gloss.quota.plans import Plans
from gloss.quota.service import Ledger
from tests.integration.backstage import Backstage
from tests.integration.person import Person, Picture, data, error, pictures, refused_fields
from tools.client import GlossClient
from tools.demo import as_operator, grant_missing
from tools.local_engine import REGION, ROOT_CREDENTIALS, wait_for
from tools.local_stack import LocalStack


@pytest.fixture(scope="module")
def operator(stack: LocalStack) -> Iterator[Person]:
    with closing(Person(stack, groups=["operators"])) as person:
        yield person


def put_on_plan(operator: Person, person: Person, plan: str, **more: Any) -> None:
    change = {"account": person.id, "plan": plan, "reason": "test", **more}
    data(operator.http.put("/quota/plan", json=change))


def give(operator: Person, person: Person, amount: int, **more: Any) -> None:
    grant = {
        "account": person.id,
        "id": uuid.uuid4().hex,
        "meter": "images",
        "amount": amount,
        "reason": "test",
    }
    data(operator.http.post("/quota/grants", json=grant | more))


def test_a_credit_that_is_not_there_is_refused_with_the_offer(ann: Person, operator: Person) -> None:
    put_on_plan(operator, ann, "custom", limits={"images": 2, "tokens": 0})

    refusal = error(ann.http.post("/uploads", json={"files": [p.announced() for p in pictures(3)]}), 403)

    assert refusal["code"] == "QUOTA_EXCEEDED"
    details = refusal["details"]
    assert (details["requested"], details["remaining"]) == (3, 2)
    assert datetime.fromisoformat(details["resetsAt"]) > datetime.now(UTC)
    assert "upgradeUrl" in details
    assert ann.credits().held == 0


def test_rolling_back_gives_exactly_that_back_once(ann: Person, backstage: Backstage) -> None:
    before = ann.credits()
    first, second = ann.start(*pictures(2))

    for _ in range(3):
        quota = data(ann.http.post("/quota/rollback", json={"reservationId": first["reservationId"]}))
        assert quota["meters"]["images"]["held"] == 1
    data(ann.http.post("/quota/rollback", json={"uploadId": second["id"]}))

    assert ann.credits() == before
    told = released_as_logged(backstage.stack, first["reservationId"])
    assert (told["reason"], told["amount"], told["account"]) == ("ROLLED_BACK", 1, ann.id)
    assert told["balance_after"] == told["balance_before"] + 1
    assert ann.image(first["id"])["status"] == ann.image(second["id"])["status"] == "cancelled"
    assert backstage.journal(ann.id, first["reservationId"]) == ["reserve", "release"]


def test_a_release_of_a_bonus_credit_is_logged_with_the_bonus(
    ann: Person, operator: Person, backstage: Backstage
) -> None:
    give(operator, ann, 2, id="soon", expiresAt=(datetime.now(UTC) + timedelta(seconds=60)).isoformat())
    (form,) = ann.start(*pictures(1))

    data(ann.http.delete(f"/uploads/{form['id']}"))

    told = released_as_logged(backstage.stack, form["reservationId"], function="UploadsApi")
    assert (told["reason"], told["amount"], told["grants"]) == ("UPLOAD_CANCELLED", 1, {"soon": 1})
    assert (told["bonus_before"], told["bonus_after"]) == (1, 2)


def released_as_logged(stack: LocalStack, reservation: str, *, function: str = "QuotaApi") -> dict[str, Any]:
    """The one line that the deployed function wrote about the release of a reservation."""
    lines: list[dict[str, Any]] = []

    def written() -> bool:
        messages = [line.message for line in stack.access.logs(function) if reservation in line.message]
        parsed = [json.loads(message) for message in messages if message.startswith("{")]
        lines[:] = [line for line in parsed if line.get("transition") == "release"]
        return bool(lines)

    assert wait_for(written, 20)
    (line,) = lines
    assert line["reservations"] == [reservation]
    return line


def test_a_generation_is_rolled_back_by_its_reservation(ann: Person, backstage: Backstage) -> None:
    (image,) = ann.upload(Picture.drawn("beach"))
    ann.settled([image])
    body = {"productImages": [image], "model": "local"}
    generation = data(ann.http.post("/generation/create", json=body), 201)["generationId"]
    (held,) = [
        entry
        for entry in backstage.ledger.journal(ann.id, limit=9).entries
        if entry.meter == "tokens" and entry.type == "reserve"
    ]

    for _ in range(2):
        quota = data(ann.http.post("/quota/rollback", json={"reservationId": held.reservations[0]}))
        assert quota["meters"]["tokens"]["held"] == 0

    assert data(ann.http.get(f"/generations/{generation}"))["status"] == "cancelled"
    assert backstage.journal(ann.id, held.reservations[0]) == ["reserve", "release"]


def test_what_is_processed_or_done_cannot_be_rolled_back(ann: Person, backstage: Backstage) -> None:
    (form,) = ann.start(*pictures(1))
    backstage.images.claim(ann.id, form["id"], lease="somebody", now=utc_now())
    held = ann.http.post("/quota/rollback", json={"uploadId": form["id"]})
    assert error(held, 409)["code"] == "ALREADY_PROCESSING"

    (done,) = ann.upload(Picture.drawn("beach"))
    ann.settled([done])
    late = ann.http.post("/quota/rollback", json={"uploadId": done})
    assert error(late, 409)["code"] == "RESERVATION_COMMITTED"


def test_a_rollback_takes_what_is_ones_own_and_never_a_count(ann: Person, ben: Person) -> None:
    (form,) = ann.start(*pictures(1))
    before = ben.credits()

    foreign = ben.http.post("/quota/rollback", json={"reservationId": form["reservationId"]})
    assert error(foreign, 404)["code"] == "RESERVATION_NOT_FOUND"
    assert refused_fields(ben.http.post("/quota/rollback", json={"count": 5}))
    assert refused_fields(ben.http.post("/quota/rollback", json={}))

    assert ben.credits() == before
    assert ann.image(form["id"])["status"] == "pending"


def test_only_operators_change_plans_and_give_credits(ann: Person) -> None:
    plan = {"account": ann.id, "plan": "pro", "reason": "please"}
    grant = {"account": ann.id, "id": "mine", "meter": "images", "amount": 10**6, "reason": "please"}

    assert error(ann.http.put("/quota/plan", json=plan), 403)["code"] == "UNAUTHORIZED"
    assert error(ann.http.post("/quota/grants", json=grant), 403)["code"] == "UNAUTHORIZED"
    assert ann.credits().remaining == 100


def test_a_plan_change_in_the_middle_of_a_month_keeps_what_was_used(ann: Person, operator: Person) -> None:
    ann.settled(ann.upload(*pictures(2)))

    put_on_plan(operator, ann, "pro")

    credits_ = ann.credits()
    assert (credits_.used, credits_.remaining) == (2, 4998)


def test_what_lapses_first_burns_first(ann: Person, operator: Person) -> None:
    """A grant of some seconds, then the plan's own credits of this month, then a grant that outlasts it."""
    put_on_plan(operator, ann, "custom", limits={"images": 1, "tokens": 0})
    soon = (datetime.now(UTC) + timedelta(seconds=30)).isoformat()
    late = (datetime.now(UTC) + timedelta(days=90)).isoformat()
    give(operator, ann, 2, id="late", expiresAt=late)
    give(operator, ann, 1, id="soon", expiresAt=soon)
    give(operator, ann, 1, id="soon", expiresAt=soon)

    ann.settled(ann.upload(*pictures(3)))

    meter = data(ann.http.get("/quota"))["meters"]["images"]
    left = {grant["id"]: grant["remaining"] for grant in meter["grants"]}
    assert left["late"] == 1
    assert left.get("soon", 0) == 0
    assert (meter["used"], meter["bonus"], meter["remaining"]) == (1, 1, 1)


def test_the_journal_sums_up_to_the_balance_page_by_page_and_as_csv(ann: Person) -> None:
    ann.settled(ann.upload(*pictures(2)))
    ann.start(*pictures(1))

    entries: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = data(
            ann.http.get("/quota/journal", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        )
        entries += page["entries"]
        cursor = page["next"]
        if cursor is None:
            break
    answer = ann.http.get("/quota/journal", params={"format": "csv", "limit": 1000})
    rows = list(csv.DictReader(io.StringIO(answer.text)))

    assert sum(entry["delta"] for entry in entries) == ann.credits().remaining == 97
    assert Counter(entry["type"] for entry in entries) == {"open_period": 1, "reserve": 2, "commit": 2}
    assert answer.headers["content-type"].startswith("text/csv")
    assert [row["at"] for row in rows] == [entry["at"] for entry in entries]
    first = ann.http.get(
        "/quota/journal", params={"format": "csv", "limit": 1}, headers={"Origin": "https://a.example"}
    )
    assert first.headers["x-next-cursor"]
    assert "x-next-cursor" in first.headers["access-control-expose-headers"].lower()
    assert sum(int(row["delta"]) for row in rows) == 97


def test_the_journal_is_ones_own(ann: Person, ben: Person) -> None:
    ann.start(*pictures(1))
    cursor = data(ann.http.get("/quota/journal", params={"limit": 1}))["next"]

    assert data(ben.http.get("/quota/journal"))["entries"] == []
    assert data(ben.http.get("/quota/journal", params={"cursor": cursor}))["entries"] == []


def test_the_audit_finds_a_drift_and_repairs_nothing(
    ann: Person, stack: LocalStack, backstage: Backstage
) -> None:
    ann.start(*pictures(1))
    assert audit(stack)["clean"]
    period = data(ann.http.get("/quota"))["meters"]["images"]["period"]
    row = {"account": ann.id, "entry": f"METER#images#{period}"}

    def move(spent: int) -> None:
        backstage.dynamodb.update_item(
            TableName=stack.outputs["LedgerTable"],
            Key=to_attributes(row),
            UpdateExpression="SET spent = spent + :spent",
            ExpressionAttributeValues=to_attributes({":spent": spent}),
        )

    move(5)
    report, again = audit(stack), audit(stack)
    move(-5)

    assert not report["clean"]
    assert {drift["account"] for drift in report["drifts"]} == {ann.id}
    assert again["drifts"] == report["drifts"]  # others open accounts meanwhile
    assert audit(stack)["clean"]


def audit(stack: LocalStack) -> dict[str, Any]:
    answer = stack.access.client("lambda").invoke(FunctionName=stack.outputs["LedgerAudit"])
    report: dict[str, Any] = json.load(answer["Payload"])
    return report


class Crowd:
    """Many callers on one account, who all begin at the same moment."""

    def __init__(self, stack: LocalStack, credits_: int) -> None:
        client = boto3.client(
            "dynamodb",
            endpoint_url=stack.engine.endpoint,
            region_name=REGION,
            aws_access_key_id=ROOT_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ROOT_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(max_pool_connections=128, read_timeout=120, retries={"mode": "standard"}),
        )
        plans, table = Plans.load(""), stack.outputs["LedgerTable"]
        self.account = uuid.uuid4().hex
        self.ledger = Ledger(client, table, plans)
        Accounts(client, table, plans).change_plan(
            self.account, "custom", limits={"images": credits_, "tokens": 0}, actor="test", reason="crowd"
        )

    def rush(self, callers: int) -> Counter[str]:
        gate = threading.Barrier(callers)
        with ThreadPoolExecutor(max_workers=callers) as pool:
            return Counter(pool.map(lambda number: self._reserve(gate, number), range(callers)))

    def _reserve(self, gate: threading.Barrier, number: int) -> str:
        """A caller who is told that the account is busy comes again, as one to whom nothing is answered; the
        id makes that harmless."""
        wanted, hold = [f"crowd-{number}"], timedelta(hours=1)
        gate.wait()
        while True:
            try:
                self.ledger.reserve(self.account, "images", wanted, ttl=hold, actor="crowd", reason="crowd")
            except QuotaExceeded:
                return "refused"
            except (Busy, HTTPClientError):
                continue
            return "won"


@pytest.mark.parametrize(
    ("credits_", "callers"),
    [
        (1, 100),
        (20, 60),
        pytest.param(1, 1000, marks=pytest.mark.heavy),
        pytest.param(50, 1000, marks=pytest.mark.heavy),
    ],
)
def test_as_many_win_as_there_are_credits(stack: LocalStack, credits_: int, callers: int) -> None:
    crowd = Crowd(stack, credits_)

    outcomes = crowd.rush(callers)

    assert outcomes == {"won": credits_, "refused": callers - credits_}
    assert crowd.ledger.quota(crowd.account).meters["images"].remaining == 0
    assert crowd.ledger.audit(crowd.account).clean


def test_the_demo_grants_itself_what_it_lacks(stack: LocalStack, ann: Person) -> None:
    left = ann.credits().remaining
    with GlossClient(stack.outputs["ApiUrl"], ann.token) as client:
        assert grant_missing(client, lambda: as_operator(stack), left + 20) == 20
        assert grant_missing(client, lambda: as_operator(stack), left + 20) == 0
    assert ann.credits().remaining == left + 20
