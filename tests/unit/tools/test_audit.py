"""`make audit`: what an operator reads, and the exit code that a script goes by."""

from typing import Any

import pytest

from tests.fakes.aws import FakeLambda
from tests.fakes.dynamodb import Fault, denied
from tools import audit
from tools.local_engine import LocalStackError

DRIFT = {"account": "ann", "check": "balance", "subject": "images 2026-11", "expected": 48, "found": 49}


class Stack:
    """A local stack whose LedgerAudit answers as the test says."""

    def __init__(self, function: FakeLambda) -> None:
        self.outputs = {"LedgerAudit": "gloss-LedgerAudit"}
        self.access = self
        self._function = function

    def client(self, service: str) -> FakeLambda:
        assert service == "lambda"
        return self._function


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> FakeLambda:
    function = FakeLambda()
    monkeypatch.setattr(audit, "LocalStack", lambda _folder, _port: Stack(function))
    return function


def report(*drifts: dict[str, Any], drift_count: int | None = None) -> dict[str, Any]:
    count = len(drifts) if drift_count is None else drift_count
    return {
        "clean": not count,
        "accounts": 3,
        "rows": 40,
        "drift_count": count,
        "drifts": list(drifts),
    }


def test_a_clean_ledger(function: FakeLambda, capsys: pytest.CaptureFixture[str]) -> None:
    function.answer = report()
    assert audit.main() == 0
    assert capsys.readouterr().out == "3 accounts, 40 rows, 0 drifts\n"
    assert function.invoked == ["gloss-LedgerAudit"]


def test_a_drift_is_told_and_fails_the_command(
    function: FakeLambda, capsys: pytest.CaptureFixture[str]
) -> None:
    function.answer = report(DRIFT, drift_count=250)
    assert audit.main() == 1
    told = capsys.readouterr().out
    assert told.startswith("3 accounts, 40 rows, 250 drifts\n")
    assert all(f"{value!r}" in told for value in DRIFT.values())


def test_a_function_that_breaks_off_is_no_clean_ledger(
    function: FakeLambda, capsys: pytest.CaptureFixture[str]
) -> None:
    function.answer = {"errorMessage": "AccessDenied", "errorType": "ClientError"}
    assert audit.main() == 1
    printed = capsys.readouterr()
    assert (printed.out, "the function broke off: AccessDenied" in printed.err) == ("", True)


def test_a_stack_that_is_not_up_is_one_sentence(
    function: FakeLambda, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    function.inject(Fault("invoke", denied()))
    assert audit.main() == 1
    assert "AccessDenied" in capsys.readouterr().err

    def down(*_: object) -> None:
        raise LocalStackError("there is no stack")

    monkeypatch.setattr(audit, "LocalStack", down)
    assert audit.main() == 1
    assert capsys.readouterr().err == "gloss: the audit did not run: there is no stack\n"
