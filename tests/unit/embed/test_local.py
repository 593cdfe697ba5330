import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gloss.embed.local import DIMENSIONS, vector

LIBRARY = Path(__file__).parents[3] / "layers/gloss/python"


def similarity(one: str, other: str) -> float:
    return sum(left * right for left, right in zip(vector(one), vector(other), strict=True))


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_text_has_a_vector_of_length_one_or_zero(text: str) -> None:
    length = math.hypot(*vector(text))
    assert length == pytest.approx(1) or length == 0
    assert len(vector(text)) == DIMENSIONS


@pytest.mark.parametrize("text", ["", "  ", "…—!", "\U0001f3d6"])
def test_a_text_without_a_word_is_similar_to_nothing(text: str) -> None:
    assert set(vector(text)) == {0.0}


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("sunset over the beach in Malta", "beach at sunset, Malta", "red bicycle against a brick wall"),
        ("photographers", "photographer", "mountaineers"),
        ("two dogs run along the shore", "a dog is running on the shore", "the cathedral at night"),
        ("東京タワーの夜景", "夜の東京タワー", "海辺を走る犬"),
        ("प्रयागराज मेला", "मेला", "समुद्र"),
        ("закат на пляже", "пляж на закате", "кирпичная стена"),
        ("red car", "red car on a street", "car that is not red at all but blue"),
    ],
)
def test_what_shares_words_is_nearer_than_what_does_not(text: str, near: str, far: str) -> None:
    assert similarity(text, near) > similarity(text, far) + 0.05


@pytest.mark.parametrize(
    ("one", "other"),
    [("STRASSE", "Straße"), ("ｆｕｌｌ width", "full WIDTH"), ("cafe\u0301", "café"), ("a, b!", "a b")],
)
def test_case_width_composition_and_punctuation_do_not_matter(one: str, other: str) -> None:
    assert vector(one) == vector(other)


def test_stop_words_hardly_count() -> None:
    assert similarity("the and of with the", "a harbor with the boats of the town") < 0.2
    assert similarity("harbor", "in the harbor") > 0.9


def test_the_order_of_words_counts_a_little() -> None:
    assert 0.7 < similarity("dog bites man", "man bites dog") < 0.999


def test_the_number_of_dimensions_can_be_chosen() -> None:
    assert len(vector("harbor", 64)) == 64


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_vector_is_the_same_in_every_process(seed: str) -> None:
    listing = subprocess.run(
        [
            sys.executable,
            "-S",
            "-c",
            "from gloss.embed.local import vector; print(*vector('old harbor at night'))",
        ],
        env={"PYTHONPATH": str(LIBRARY), "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert tuple(map(float, listing.stdout.split())) == vector("old harbor at night")


def test_the_vector_is_the_one_that_is_stored_everywhere() -> None:
    """Vectors of one model are compared across releases: a change here asks for a new ``MODEL``."""
    present = {index: round(value, 6) for index, value in enumerate(vector("harbor")) if value}
    piece = 0.285714
    assert present == {72: -0.714286, 506: piece} | dict.fromkeys((30, 270, 345, 418, 475), -piece)
