"""Terms of documents and queries, in any script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gloss.search.words import field_terms, fold, query_terms, terms
from tests.unit.search.samples import entry


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Old Harbor, 1985!", ["old", "harbor", "1985"]),
        ("don't", ["don't"]),
        ("Café Ångström", ["cafe", "angstrom"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("Ёлка й", ["елка", "и"]),
        ("हिन्दी की", ["हिन्दी", "की"]),
        ("東京タワー", ["東", "京", "タ", "ワ", "ー", "東京", "京タ", "タワ", "ワー"]),
        ("iPhone東京", ["iphone", "東", "京", "東京"]),
        ("ＦＵＬＬ", ["full"]),
        ("", []),
    ],
)
def test_terms_of_a_document(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the harbor of the town", ["harbor", "town"]),
        ("the", ["the"]),
        ("東京", ["東京"]),
        ("海", ["海"]),
        ("harbor harbor", ["harbor"]),
        ("…", []),
    ],
)
def test_terms_of_a_query(text: str, expected: list[str]) -> None:
    assert query_terms(text) == expected


def test_file_names_are_read_as_words_and_camera_names_not_at_all() -> None:
    assert field_terms(entry("1", file_name="old-harbor_at-night.JPG"), "file_name") == [
        "old",
        "harbor",
        "at",
        "night",
    ]
    assert field_terms(entry("1", file_name="DSC_0042.jpg"), "file_name") == []


@given(st.text(max_size=60))
def test_every_word_of_a_document_can_be_looked_for(text: str) -> None:
    assert set(query_terms(text)) <= set(terms(text))


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
