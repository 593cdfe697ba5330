"""The steps and the executions of a bulk job are killed; it comes to its end all the same."""

import os
import signal

from tests.integration.backstage import Backstage
from tests.integration.librarian import Librarian
from tests.integration.victims import workers
from tools.local_stack import LocalStack


def test_killed_steps_and_executions_lose_nothing(stack: LocalStack, backstage: Backstage) -> None:
    """The machine repeats a step whose process died; the sweep takes up what no execution moves on."""
    librarian = Librarian(stack, 45)
    job = librarian.start(regenerate={"force": True}, window=5)["id"]
    librarian.until(job, lambda view: view["counters"]["done"] > 0)
    victims = workers(stack, "BulkStep")
    assert victims
    for victim in victims:
        os.kill(victim, signal.SIGKILL)
    seen = librarian.show(job)["counters"]["done"]
    librarian.until(job, lambda view: view["counters"]["done"] > seen)

    assert librarian.kill_executions(job) == 1
    halted = librarian.until(job, lambda view: view["counters"]["inFlight"] == 0)
    assert (halted["status"], halted["counters"]["waiting"] > 0) == ("running", True)
    librarian.make_due(job)
    assert backstage.sweep()["job restarted"] >= 1

    done = librarian.reaches(job, "complete")
    assert done["counters"]["done"] == len(librarian.images)
    assert {librarian.person.image(image)["version"] for image in librarian.images} == {2}
    # The epoch rose with the restart, and long executions hand over to others (template.yaml: Executions).
    names = {name.removeprefix(f"{job}-") for name in librarian.executions(job)}
    assert {"1", "2"} <= names
    assert names & {"1-4", "2-4", "2-8"}
    librarian.check(job)
    librarian.person.close()
