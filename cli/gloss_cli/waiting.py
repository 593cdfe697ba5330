"""Waiting for work that the service does by itself: Ctrl-C leaves, and the work goes on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from gloss_cli.client import Json
from gloss_cli.errors import Detached, ExitCode, Incomplete
from gloss_cli.state import State, part

POLL_S: Final = 1.0
ENDED: Final = frozenset({"complete", "failed", "cancelled"})
"""States of an image that nothing is going on with."""

HALTED: Final = frozenset({"paused", "quota_exhausted"})
OVER: Final = frozenset({"estimated", "complete", "cancelled", "undone"})
"""States of a job that go on by themselves no more; of ``HALTED`` ones, not until somebody does something."""


@contextmanager
def detachable(come_back: str) -> Iterator[None]:
    """
    Raises:
        Detached: Ctrl-C; it says that nothing is lost, and how to come back.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise Detached(f"Left; the work goes on. {come_back}") from None


def await_images(state: State, ids: Sequence[str]) -> list[Json]:
    """The images once nothing is going on with any of them, in order.

    Raises:
        Incomplete: some could not be described.
    """
    ended: dict[str, Json] = {}
    with (
        detachable("`gloss images list` shows how far it is."),
        state.output.progress("Describing") as bar,
    ):
        while len(ended) < len(ids):
            ended |= {image["id"]: image for image in _look(state, ids, ended) if image["status"] in ENDED}
            bar(len(ended), len(ids))
            if len(ended) < len(ids):
                state.world.sleep(POLL_S)
    for image in ended.values():
        if failure := image["failure"]:
            state.output.note(f"{image['fileName']} ({image['id']}): {failure['message']}")
    failed = [image for image in ended.values() if image["status"] != "complete"]
    if failed:
        code = ExitCode.FAILURE if len(failed) == len(ids) else ExitCode.PARTIAL
        raise Incomplete(f"{len(failed)} of {len(ids)} images could not be described.", code)
    return [ended[image_id] for image_id in ids]


def _look(state: State, ids: Iterable[str], ended: Json) -> Iterator[Json]:
    """Those that had not ended yet, up to a page of them: they end about in this order."""
    open_ones = [image_id for image_id in ids if image_id not in ended]
    return (state.api.get(f"/images/{part(image_id)}") for image_id in open_ones[:10])


def await_job(state: State, job: Json, until: Callable[[Json], bool] | None = None) -> Json:
    """The job as it is once it stands still."""
    still = until or (lambda view: view["status"] in HALTED | OVER)
    come_back = f"`gloss jobs watch {job['id']}` comes back, `gloss jobs cancel {job['id']}` ends it."
    with detachable(come_back), state.output.progress("Starting") as bar:
        while not still(job):
            state.world.sleep(POLL_S)
            job = state.api.get(f"/jobs/{part(job['id'])}")
            bar(job["progress"]["done"], job["progress"]["total"], job["status"].replace("_", " "))
    return job
