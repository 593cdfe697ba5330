"""Plans and grants, for operators."""

from functools import cache
from typing import Any

from gloss import aws
from gloss.config import AccountsApiSettings, load
from gloss.quota.accounts import Accounts
from gloss.quota.configured import configured_accounts
from gloss.quota.requests import GrantGiven, GrantRequest, PlanChange, PlanView
from gloss.web.app import Api, Envelope, Event
from gloss.web.idempotency import IdempotentApi

api = Api()
settings = cache(lambda: load(AccountsApiSettings))
idempotent = cache(lambda: IdempotentApi(api, settings().idempotency_table))


@cache
def accounts() -> Accounts:
    return configured_accounts(aws.dynamodb(), settings())


@api.put("/quota/plan", summary="Put an account on a plan (operators)", tags=["operators"])
def change_plan(change: PlanChange) -> Envelope[PlanView]:
    api.principal.require_operator()
    plan = accounts().change_plan(
        change.account, change.plan, limits=change.limits, actor=api.user, reason=change.reason
    )
    limits = dict(plan.limits) if plan.limits else None
    return Envelope(data=PlanView(account=plan.account, plan=plan.plan, limits=limits))


@api.post("/quota/grants", summary="Give bonus credits (operators)", tags=["operators"])
def grant(request: GrantRequest) -> Envelope[GrantGiven]:
    api.principal.require_operator()
    accounts().grant(
        request.account,
        request.meter,
        request.id,
        request.amount,
        expires_at=request.expires_at,
        priority=request.priority,
        actor=api.user,
        reason=request.reason,
    )
    given = request.model_dump(include=set(GrantGiven.model_fields))
    return Envelope(data=GrantGiven.model_validate(given))


def handle(event: Event, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    return idempotent().answer(event, context)
