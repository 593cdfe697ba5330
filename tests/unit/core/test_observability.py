import io
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from gloss import observability
from gloss.log_scope import say, scope
from gloss.observability import logger, metrics, step

Lines = Callable[[], list[dict[str, Any]]]
CONTEXT = SimpleNamespace(aws_request_id="r-1", function_name="f")
EVENT = {
    "user": "ann",
    "image": "i-1",
    "execution": "e-1",
    "record": {"attempt": 2, "work": {"job": "j-1"}},
}


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    library = logging.getLogger("gloss")
    before = library.handlers, library.level, library.propagate
    stream = io.StringIO()
    for handler in logger().handlers:
        monkeypatch.setattr(handler, "stream", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger().clear_state()
    library.handlers, library.level, library.propagate = before


def test_the_librarys_own_records_are_structured_too(lines: Lines) -> None:
    logging.getLogger("gloss.pipeline.sweep").info("swept", extra={"image": "i-1"})
    (line,) = lines()
    assert (line["message"], line["image"], line["service"]) == ("swept", "i-1", "gloss")


def test_a_scope_tells_its_ids_on_every_line_and_on_those_of_nobody_else(lines: Lines) -> None:
    log = logging.getLogger("gloss.pipeline.sweep")

    def work(image: str) -> None:
        with scope(user="ann", image=image):
            log.info("begun")
            say(job=f"job of {image}", execution=None)
            log.info("under way", extra={"image": "its own"})

    with ThreadPoolExecutor() as pool:
        list(pool.map(work, ["i-1", "i-2"]))
    say(job="nobody's")
    log.info("outside")

    told = sorted((line.get("image"), line.get("job"), line.get("user")) for line in lines()[:4])
    own = [("its own", f"job of {image}", "ann") for image in ("i-1", "i-2")]
    assert told == [("i-1", None, "ann"), ("i-2", None, "ann"), *own]
    assert not {"user", "image", "job"} & set(lines()[4])


def test_every_line_of_a_step_names_the_work(lines: Lines) -> None:
    @step
    def work(event: Any, context: Any) -> dict[str, Any]:
        logging.getLogger("gloss.pipeline").info("inside")
        return {"inspection": {"secret": "hunter2"}}

    assert work(EVENT, CONTEXT) == {"inspection": {"secret": "hunter2"}}
    inside, done = lines()
    for line in (inside, done):
        named = [line[key] for key in ("user", "image", "job", "attempt", "execution", "request")]
        assert named == ["ann", "i-1", "j-1", 2, "e-1", "r-1"]
    assert (inside["message"], done["message"], done["result"]) == ("inside", "step done", ["inspection"])
    assert "hunter2" not in json.dumps(done)


@pytest.mark.parametrize("kind", ["failure", "verdict"])
def test_a_failure_is_told_by_its_code(lines: Lines, kind: str) -> None:
    answer = {kind: {"kind": "permanent", "code": "CORRUPT_IMAGE", "message": "hunter2.jpg is broken"}}
    step(lambda *_: answer)(EVENT, CONTEXT)
    (line,) = lines()
    assert (line["kind"], line["code"]) == ("permanent", "CORRUPT_IMAGE")
    assert "hunter2" not in json.dumps(line)


def test_what_one_invocation_said_is_not_the_next_ones(lines: Lines) -> None:
    silent = step(lambda *_: {})
    silent(EVENT, CONTEXT)
    silent({**EVENT, "user": "bob", "record": {"attempt": 1}}, CONTEXT)
    first, second = lines()
    assert (first["job"], second.get("job"), second["user"]) == ("j-1", None, "bob")


def test_metrics_are_one_line_of_the_namespace(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "dev")
    with metrics() as emitted:
        emitted.add_metric(name="LedgerDrift", unit="Count", value=2)
    line = json.loads(capsys.readouterr().out)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == observability.NAMESPACE
    assert (line["LedgerDrift"], line["stage"]) == ([2], "dev")


def test_no_metrics_are_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    with metrics():
        pass
    assert capsys.readouterr().out == ""
