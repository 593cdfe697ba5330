from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from gloss.describe.heuristic import describe
from gloss.describe.model import FIELDS, Field, Metadata, Provenance
from gloss.describe.quality import DEDUCTIONS, WEIGHTS, Finding, Standard, assess
from tests.unit.describe.samples import AI, HUMAN, METADATA, every, metadata, provenances, request

SORRY = "I am unable to say what this picture is about, sorry."
JAPANESE = "二人の女性が古い市場で魚を売っている。木の屋台の後ろに教会が見える。"
ENGLISH = Standard(language="en", models={"openai": "m1"}, prompt_versions={"openai": 3})


def test_good_text_has_every_point() -> None:
    quality = assess(METADATA, every(AI), ENGLISH)
    assert quality.score == 100
    assert quality.findings == ()
    assert quality.fields == dict.fromkeys(FIELDS, 100)


def test_no_text_has_no_point_and_names_what_is_missing() -> None:
    quality = assess(Metadata(), {})
    assert quality.score == 0
    assert quality.findings == tuple(Finding(name, "missing") for name in FIELDS)


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"title": "IMG_1234.JPG"}, Finding("title", "file_name")),
        ({"title": "old_town_hall"}, Finding("title", "file_name")),
        ({"title": "Sea"}, Finding("title", "too_short")),
        ({"title": "Fish " * 20}, Finding("title", "too_long")),
        ({"alt_text": "A beautiful picture of something"}, Finding("alt_text", "generic")),
        ({"alt_text": "A photo of two women who sell fish"}, Finding("alt_text", "image_of")),
        ({"alt_text": ""}, Finding("alt_text", "missing")),
        ({"caption": "Stock photo"}, Finding("caption", "generic")),
        ({"caption": "Dos mujeres en el mercado de la ciudad"}, Finding("caption", "wrong_language")),
        ({"description": SORRY}, Finding("description", "generic")),
        ({"description": JAPANESE}, Finding("description", "wrong_language")),
        ({"tags": ("sea", "fish")}, Finding("tags", "too_short")),
        ({"tags": tuple("abcdefghijklmnop")}, Finding("tags", "too_long")),
        ({"tags": ("photo", "image", "picture", "pics", "photos")}, Finding("tags", "generic")),
        ({"tags": ("海", "魚", "市場", "女性", "屋台")}, Finding("tags", "wrong_language")),
    ],
)  # fmt: skip
def test_every_fault_is_found_and_costs_its_points(change: dict[str, Any], finding: Finding) -> None:
    quality = assess(replace(METADATA, **change), every(AI), ENGLISH)
    assert finding in quality.findings
    lost = sum(other.points for other in quality.findings)
    assert {other.field for other in quality.findings} == {finding.field}
    assert quality.fields[finding.field] == max(0, 100 - lost)
    assert quality.score == round(100 - WEIGHTS[finding.field] * min(100, lost) / 100)


def test_weights_add_up_to_a_hundred() -> None:
    assert sum(WEIGHTS.values()) == 100


@pytest.mark.parametrize(
    ("origin", "codes"),
    [
        (Provenance("heuristic", "heuristic"), {"measured_only"}),
        (Provenance("ai", "openai", "m0", 3), {"older_model"}),
        (Provenance("ai", "openai", "m1", 2), {"older_prompt"}),
        (Provenance("ai", "openai", "m0", 2), {"older_model", "older_prompt"}),
        (Provenance("ai", "openai", "m1", 4), set()),
        (Provenance("ai", "bedrock", "other", 1), set()),
        (HUMAN, set()),
    ],
)
def test_where_the_text_came_from_counts(origin: Provenance, codes: set[str]) -> None:
    quality = assess(METADATA, every(origin), ENGLISH)
    assert {finding.code for finding in quality.findings} == codes
    assert quality.score == 100 - sum(
        DEDUCTIONS[finding.code] for finding in quality.findings if finding.field == "title"
    )


def test_a_language_that_nobody_asked_for_is_not_judged() -> None:
    assert assess(METADATA, every(AI), Standard(language=None)).score == 100


def test_text_of_unknown_origin_is_judged_by_itself() -> None:
    assert assess(METADATA, {}, ENGLISH).score == 100


def test_the_empty_alt_text_of_a_decorative_image_is_right() -> None:
    decorative = replace(METADATA, alt_text="", decorative=True)
    assert assess(decorative, every(AI), ENGLISH).score == 100


def test_wide_characters_say_more() -> None:
    japanese = replace(METADATA, title="東京の夜", language="ja")
    assert assess(japanese, every(AI), Standard()).fields["title"] == 100


def test_measured_text_is_worth_less_than_seen_text() -> None:
    measured = describe(request())
    assert assess(measured.metadata, measured.provenance).score < assess(METADATA, every(AI)).score


@given(metadata, provenances)
@settings(max_examples=60, deadline=None)
def test_the_score_is_bounded_and_every_loss_has_a_reason(
    text: Metadata, origins: dict[Field, Provenance]
) -> None:
    quality = assess(text, origins, ENGLISH)
    assert 0 <= quality.score <= 100
    assert quality == assess(text, origins, ENGLISH)
    assert (quality.score == 100) == (not quality.findings)
    assert {name for name, points in quality.fields.items() if points < 100} == {
        finding.field for finding in quality.findings
    }
