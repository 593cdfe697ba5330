"""The functions' processes are killed in the middle of a batch; no picture is lost."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.integration.backstage import Backstage
from tests.integration.person import SETTLED, Person, pictures
from tests.integration.victims import workers
from tools.local_engine import wait_for
from tools.local_stack import LocalStack

BATCH = 10
ROUNDS = 3
PATIENCE_S = 45
"""For workers that live: whoever is still at work after that has died."""


@pytest.fixture(autouse=True)
def _forgotten(backstage: Backstage) -> Iterator[None]:
    """Messages of a killed intake would come again during other tests."""
    yield
    backstage.forget_messages()


@pytest.mark.parametrize("function", ["InspectImage", "FinishImage", "Intake"])
def test_killed_workers_lose_no_image_and_charge_none_twice(
    stack: LocalStack, ann: Person, backstage: Backstage, function: str
) -> None:
    before = ann.credits()
    uploads = ann.upload(*pictures(BATCH))
    assert wait_for(lambda: any(ann.image(upload)["version"] for upload in uploads), 60)

    victims = workers(stack, function)
    for victim in victims:
        os.kill(victim, signal.SIGKILL)

    assert victims
    for _ in range(ROUNDS):
        wait_for(lambda: statuses(ann, uploads) <= SETTLED | {"retrying"}, PATIENCE_S)
        if statuses(ann, uploads) <= SETTLED:
            break
        backstage.make_all_due(ann.id)
        backstage.sweep()
    assert statuses(ann, uploads) == {"complete"}
    assert ann.credits() == before.after(used=BATCH)
    for upload in uploads:
        assert backstage.versions(ann.id, upload) == [1]
        assert backstage.journal(ann.id, f"upload-{upload}") == ["reserve", "commit"]


def statuses(person: Person, uploads: list[str]) -> set[str]:
    return {person.image(upload)["status"] for upload in uploads}
