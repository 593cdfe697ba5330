"""A person in the studio: over HTTP only, as any client would."""

from typing import Any, Final

import httpx

from gloss.quota.accounts import Accounts
from gloss.quota.plans import Plans
from tests.integration.person import Person, Picture, data
from tests.servers.openai_server import OpenAiServer
from tools.local_engine import wait_for
from tools.local_stack import LocalStack

COST: Final = 110
"""Tokens for one picture by the compositor, made from one other."""

ENDED: Final = {"completed", "failed", "cancelled"}
OWN_KEY: Final = "sk-own-6f1d9c7b2a"


def an_image(person: Person) -> str:
    (image,) = person.upload(Picture.drawn(seed=1))
    person.settled([image])
    return image


def create(person: Person, image: str, **changes: Any) -> str:
    body = {"productImages": [image], "model": "local", **changes}
    created: str = data(person.http.post("/generation/create", json=body), 201)["generationId"]
    return created


def start(person: Person, generation: str) -> httpx.Response:
    return person.http.post("/generate", json={"generationId": generation})


def cancel(person: Person, generation: str) -> tuple[str, bool | None]:
    """The outcome, and whether it is charged."""
    answer = data(person.http.post(f"/generations/{generation}/cancel", json={}))
    return answer["outcome"], answer["charged"]


def shown(person: Person, generation: str) -> dict[str, Any]:
    found: dict[str, Any] = data(person.http.get(f"/generations/{generation}"))
    return found


def ended(person: Person, generation: str) -> dict[str, Any]:
    """The generation once it has ended; fails when the deadline passes first."""
    seen: list[dict[str, Any]] = []

    def over() -> bool:
        seen[:] = [shown(person, generation)]
        return seen[0]["status"] in ENDED

    assert wait_for(over, 90), seen
    return seen[0]


def tokens(person: Person) -> tuple[int, int]:
    """Used and held."""
    meter = data(person.http.get("/quota"))["meters"]["tokens"]
    return meter["used"], meter["held"]


def allow(stack: LocalStack, person: Person, amount: int) -> None:
    """Let the person have so many tokens in all."""
    accounts = Accounts(stack.access.client("dynamodb"), stack.outputs["LedgerTable"], Plans.load())
    limits: Any = {"images": 20, "tokens": amount}
    accounts.change_plan(person.id, "custom", limits=limits, actor="tests", reason="tests")


def bring_key(person: Person, server: OpenAiServer) -> None:
    data(person.http.put("/settings/provider-key", json={"key": OWN_KEY, "baseUrl": server.base_url}))
