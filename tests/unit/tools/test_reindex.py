"""Asking the function of a stack for one library after another."""

import io
import json
from collections.abc import Sequence
from typing import Any, cast

import pytest

from tests.fakes.dynamodb import client_error
from tests.fakes.product import Product
from tools import reindex as tool
from tools.local_engine import LocalStackError
from tools.reindex import Target, main, reindex, users

OUTPUTS = {"Reindex": "Reindex", "ImagesTable": "ImagesTable", "VectorsTable": "VectorsTable"}


def report(**facts: Any) -> dict[str, Any]:
    whole = {"images": 1, "embedded": 0, "refused": 0, "refreshed": 0, "removed": 0}
    return {**whole, "before": None, "failure": None, "done": False, **facts}


class FakeFunction:
    """Answers one after the other; an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.events: list[dict[str, Any]] = []
        self._answers = list(answers)

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - boto3's names
        assert FunctionName == "Reindex"
        self.events.append(json.loads(Payload))
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


def target(function: FakeFunction, product: Product | None = None) -> tuple[Target, list[float]]:
    slept: list[float] = []
    dynamodb = cast("Any", product.dynamodb if product else None)
    return Target(cast("Any", function), dynamodb, OUTPUTS, slept.append), slept


def test_a_large_library_takes_several_calls() -> None:
    function = FakeFunction(report(before="place"), report(embedded=1, done=True))
    asked, _ = target(function)
    assert reindex(asked, "ann") == {
        "images": 2, "embedded": 1, "refused": 0, "refreshed": 0, "removed": 0, "failure": None,
    }  # fmt: skip
    assert [event["before"] for event in function.events] == [None, "place"]
    assert all(event["rebuild"] for event in function.events)


def test_a_function_that_is_busy_is_waited_for() -> None:
    function = FakeFunction(client_error("TooManyRequestsException"), report(done=True))
    asked, slept = target(function)
    assert reindex(asked, "ann")["images"] == 1
    assert slept == [5.0]


def test_it_is_not_waited_for_for_ever() -> None:
    function = FakeFunction(*[client_error("TooManyRequestsException")] * 240)
    asked, slept = target(function)
    with pytest.raises(type(client_error("x"))):
        reindex(asked, "ann")
    assert len(slept) == 239


def test_a_function_that_breaks_off_is_told() -> None:
    asked, _ = target(FakeFunction({"errorMessage": "no"}))
    with pytest.raises(LocalStackError, match="broke off: no"):
        reindex(asked, "ann")


class FakeTables:
    """Users of the rows of two tables, one page each."""

    def __init__(self, **users_of: Sequence[str]) -> None:
        self._users_of = users_of

    def get_paginator(self, _operation: str) -> "FakeTables":
        return self

    def paginate(self, *, TableName: str, **_asked: object) -> list[dict[str, Any]]:  # noqa: N803
        return [{"Items": [{"user": {"S": user}} for user in self._users_of[TableName]]}]


def test_everybody_of_a_deployed_stack_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    function = FakeFunction(report(done=True), report(removed=2, done=True, failure="RATE_LIMITED"))
    tables = FakeTables(ImagesTable=["bob", "ann"], VectorsTable=["ann"])
    found = Target(cast("Any", function), cast("Any", tables), OUTPUTS)
    assert list(users(found)) == ["ann", "bob"]
    named: list[str] = []

    def deployed(*stack: str) -> Target:
        named.extend(stack)
        return found

    monkeypatch.setattr(Target, "deployed", deployed)
    assert main(["gloss-dev", "eu-central-1"]) == 1
    told = capsys.readouterr()
    assert told.out == "2 users, 2 images, 0 embedded, 0 refused, 0 refreshed, 2 removed\n"
    assert told.err == "gloss: ended early: RATE_LIMITED\n"
    assert named == ["gloss-dev", "eu-central-1"]
    assert [event["user"] for event in function.events] == ["ann", "bob"]


def test_a_name_without_a_region_is_no_stack(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["gloss-dev"])
    assert "a name and a region" in capsys.readouterr().err


def test_what_cannot_be_asked_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_stack: str) -> Target:
        raise client_error("AccessDenied")

    monkeypatch.setattr(tool.Target, "deployed", refuse)
    assert main(["gloss-dev", "eu-central-1"]) == 1
    assert "was not brought in line" in capsys.readouterr().err
