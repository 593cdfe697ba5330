"""What the deployed functions log of the work that they do."""

import json
import time
from typing import Any, Final

from tests.integration.person import Person, Picture, data
from tools.local_engine import wait_for
from tools.local_stack import LocalStack

STEPS: Final = ("InspectImage", "DescribeImage", "EmbedImage", "FinishImage", "FailImage")


def test_every_line_of_the_pipeline_says_whose_work_it_is(stack: LocalStack, ann: Person) -> None:
    begun = int(time.time() * 1000)
    good, bad = ann.upload(Picture.drawn(), Picture("x.jpg", "image/jpeg", b"no picture"))
    ann.settled([good, bad])
    selection = {"ids": [good]}
    job = data(ann.http.post("/jobs", json={"selection": selection, "regenerate": {"force": True}}), 202)[
        "id"
    ]
    assert wait_for(lambda: data(ann.http.get(f"/jobs/{job}"))["status"] == "complete", 60)

    lines = [line for function in ("Intake", *STEPS) for line in _lines(stack, function, begun)]
    mine = [line for line in lines if line.get("user") == ann.id]

    assert [line for line in lines if not {"user", "image", "execution"} <= set(line)] == []
    assert {line["image"] for line in mine} == {good, bad}
    assert {(line["image"], line.get("job")) for line in mine} == {(good, None), (bad, None), (good, job)}
    told = {(line["image"], line.get("job"), line["execution"]) for line in mine}
    assert len(told) == 3, "an attempt is told under one execution, from the intake to its last step"


def _lines(stack: LocalStack, function: str, since: int) -> list[dict[str, Any]]:
    """The structured lines; metrics go by themselves."""
    found = [line.message for line in stack.access.logs(function, since=since)]
    parsed = [json.loads(message) for message in found if message.startswith("{")]
    return [line for line in parsed if "_aws" not in line]
