"""The scheduled sweep: no part of it keeps another from its work, and a fault is neither lost nor hidden."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from gloss.bulk.sweep import JobSweep
from gloss.due import DueRecords
from gloss.generate.sweep import GenerationSweep
from gloss.pipeline.sweep import Sweep
from gloss.quota.store import LedgerStore
from gloss.sources.sweep import ImportSweep
from tests.fakes.dynamodb import Fault, denied
from tests.fakes.product import Product
from tests.unit.functions.conftest import Invoke
from tests.unit.functions.events import event

Log = Callable[[], list[dict[str, Any]]]
DUE = timedelta(minutes=20)
SWEEPS: dict[str, Any] = {
    "images and reservations": Sweep,
    "jobs": JobSweep,
    "imports": ImportSweep,
    "generations": GenerationSweep,
}


@dataclass(frozen=True)
class Scene:
    invoke: Invoke
    product: Product
    monkeypatch: pytest.MonkeyPatch
    log: Log
    printed: pytest.CaptureFixture[str]

    def sweep(self) -> dict[str, int]:
        return self.invoke("retry_sweep", event("schedule/retry_sweep"))

    def faults(self) -> list[int]:
        """What the metric said, sweep by sweep."""
        lines = self.printed.readouterr().out.splitlines()
        return [json.loads(line)["SweepFaults"][0] for line in lines if "SweepFaults" in line]

    def overdue(self, *, upload: bool = True) -> None:
        """An upload that never came and a reservation, whose times are over by the handler's true clock."""
        self.product.clock.forward(-DUE)
        self.product.credits.reserve("forgotten", ttl=timedelta(minutes=1))
        if upload:
            self.product.upload(sent=False)
        self.product.clock.forward(DUE)

    def break_(self, owner: Any, method: str) -> None:
        def broken(*_: object) -> None:
            raise denied()

        self.monkeypatch.setattr(owner, method, broken)


@pytest.fixture
def scene(
    invoke: Invoke,
    product: Product,
    monkeypatch: pytest.MonkeyPatch,
    log: Log,
    capsys: pytest.CaptureFixture[str],
) -> Scene:
    return Scene(invoke, product, monkeypatch, log, capsys)


def test_a_sweep_without_faults_says_so(scene: Scene) -> None:
    scene.overdue()
    assert scene.sweep() == {"cancelled": 1, "expired": 1}
    assert scene.faults() == [0]


@pytest.mark.parametrize("part", SWEEPS)
def test_a_part_that_breaks_off_stops_no_other_and_is_reported(scene: Scene, part: str) -> None:
    for name, kind in SWEEPS.items():
        scene.monkeypatch.setattr(kind, "run", lambda _self, name=name: {name: 1})
    scene.break_(SWEEPS[part], "run")
    with pytest.raises(RuntimeError, match=f"{part} broke off"):
        scene.sweep()
    (told,) = [line["done"] for line in scene.log() if line["message"] == "sweep done"]
    assert told == {name: 1 for name in SWEEPS if name != part} | {f"{part} broke off": 1}
    assert [line["part"] for line in scene.log() if line["level"] == "ERROR"] == [part]
    assert scene.faults() == [1]


@pytest.mark.parametrize(
    ("owner", "method", "done", "part"),
    [
        (DueRecords, "of", {"expired": 1}, "images broke off"),
        (LedgerStore, "due", {"cancelled": 1}, "reservations broke off"),
    ],
)
def test_images_and_reservations_are_parts_too(
    scene: Scene, owner: type, method: str, done: dict[str, int], part: str
) -> None:
    scene.overdue()
    scene.break_(owner, method)
    with pytest.raises(RuntimeError, match=part):
        scene.sweep()
    (told,) = [line["done"] for line in scene.log() if line["message"] == "sweep done"]
    assert done.items() <= told.items()


def test_a_record_that_cannot_be_helped_raises_the_metric_and_not_the_function(scene: Scene) -> None:
    scene.overdue()
    scene.product.dynamodb.inject(Fault("get_item", denied()))
    assert scene.sweep() == {"faulted": 1, "expired": 1}
    assert scene.faults() == [1]


def test_a_reservation_that_does_not_expire_raises_the_metric(scene: Scene) -> None:
    scene.overdue(upload=False)
    scene.product.dynamodb.inject(Fault("transact_write_items", denied()))
    assert scene.sweep() == {"reservation faulted": 1}
    assert scene.sweep() == {"expired": 1}
    assert scene.faults() == [1, 0]
