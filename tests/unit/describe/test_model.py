import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

from gloss.describe.model import (
    FIELDS,
    PRIORITY,
    Context,
    DescribeRequest,
    Description,
    Facts,
    Metadata,
    Outcome,
    Permanent,
    Provenance,
    RateLimited,
    Transient,
    Usage,
    outcome_from_dict,
    outcome_to_dict,
    provenances_from_dict,
    provenances_to_dict,
)
from tests.unit.describe.samples import AI, HUMAN, METADATA, answer, every, metadata, request, requests

LIBRARY = Path(__file__).parents[3] / "layers/gloss/python"


@given(requests)
@settings(max_examples=30, deadline=None)
def test_a_request_survives_the_state_machine(original: DescribeRequest) -> None:
    travelled = json.loads(json.dumps(original.to_dict()))
    assert DescribeRequest.from_dict(travelled) == original


def test_the_preview_does_not_travel_and_is_put_back() -> None:
    original = DescribeRequest("a.jpg", preview=b"\xff\xd8")
    assert "preview" not in original.to_dict()
    assert DescribeRequest.from_dict(original.to_dict(), preview=b"\xff\xd8") == original


def test_a_request_needs_no_more_than_a_file_name() -> None:
    assert DescribeRequest.from_dict({"file_name": "a.jpg"}) == DescribeRequest("a.jpg")


def test_context_arrives_whole() -> None:
    context = Context("Acme", "buyers", "dry", "de-CH", ("ski",), ("cheap",), ("winter",))
    original = request(context=context)
    assert DescribeRequest.from_dict(json.loads(json.dumps(original.to_dict()))).context == context


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (answer(), "ok"),
        (RateLimited(12.5), "rate_limited"),
        (Transient("TIMEOUT", "no answer in 20 s"), "transient"),
        (Permanent("BAD_KEY", "key refused"), "permanent"),
    ],
)
def test_an_outcome_is_data_that_a_choice_state_reads(outcome: Outcome, kind: str) -> None:
    data = json.loads(json.dumps(outcome_to_dict(outcome)))
    assert data["kind"] == outcome.kind == kind
    assert outcome_from_dict(data) == outcome


@pytest.mark.parametrize("data", [{}, {"kind": "perhaps"}])
def test_what_is_no_outcome_is_refused(data: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="not an outcome"):
        outcome_from_dict(data)


def test_a_description_travels_with_provenance_safety_and_usage() -> None:
    original = Description(METADATA, every(AI), ("weapons",), Usage(900, 120))
    data = json.loads(json.dumps(original.to_dict()))
    assert Description.from_dict(data) == original
    assert data["provenance"]["title"] == {
        "source": "ai",
        "provider": "openai",
        "model": "m1",
        "prompt_version": 3,
    }


@given(metadata)
@settings(max_examples=30, deadline=None)
def test_metadata_travels(original: Metadata) -> None:
    assert Metadata.from_dict(json.loads(json.dumps(original.to_dict()))) == original


def test_provenance_travels_alone() -> None:
    stored = json.loads(json.dumps(provenances_to_dict({"title": AI, "tags": HUMAN})))
    assert stored["tags"] == HUMAN.to_dict() == {"source": "human"}
    assert provenances_from_dict({**stored, "mood": {"source": "ai"}}) == {"title": AI, "tags": HUMAN}


def test_entries_of_a_later_version_are_left_aside() -> None:
    assert Metadata.from_dict({"title": "Harbor", "mood": "calm"}) == Metadata(title="Harbor")
    assert Provenance.from_dict({"source": "human", "who": "me"}) == Provenance("human")


@pytest.mark.parametrize(
    ("size", "orientation"),
    [
        ((0, 0), None),
        ((100, 0), None),
        ((4032, 3024), "landscape"),
        ((3024, 4032), "portrait"),
        ((1000, 1040), "square"),
        ((4000, 2000), "panorama"),
        ((2000, 4000), "portrait"),
    ],
)
def test_orientation(size: tuple[int, int], orientation: str | None) -> None:
    assert Facts(*size).orientation == orientation


def test_the_empty_alt_text_of_a_decorative_image_is_a_filled_field() -> None:
    assert Metadata(decorative=True).has("alt_text")
    assert not Metadata().has("alt_text")
    assert not any(Metadata(decorative=True).has(name) for name in FIELDS if name != "alt_text")


def test_sources_rank_from_measured_to_written() -> None:
    assert sorted(PRIORITY, key=lambda source: PRIORITY[source]) == ["heuristic", "embedded", "ai", "human"]


@pytest.mark.parametrize(
    "module",
    [
        "gloss.describe.model",
        "gloss.describe.heuristic",
        "gloss.describe.policy",
        "gloss.describe.service",
        "gloss.embed.local",
        "gloss.embed.codec",
    ],
)
def test_light_modules_need_the_standard_library_only(module: str) -> None:
    program = (
        f"import sys; known = set(sys.modules); import {module}; "
        "print(*{name.partition('.')[0] for name in set(sys.modules) - known})"
    )
    listing = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={"PYTHONPATH": str(LIBRARY)},
        capture_output=True,
        text=True,
        check=True,
    )
    foreign = set(listing.stdout.split()) - sys.stdlib_module_names
    assert foreign == {"gloss"}
