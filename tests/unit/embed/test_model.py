from dataclasses import replace

from gloss.describe.model import Metadata
from gloss.embed.model import MAX_DOCUMENT_CHARACTERS, Embedding, document_text, text_hash
from tests.unit.describe.samples import METADATA


def test_the_document_has_one_line_per_field_and_the_words_of_the_file_name() -> None:
    assert document_text(METADATA, "old_harbor-2024-06-12.jpg").splitlines() == [
        METADATA.title,
        METADATA.alt_text,
        METADATA.caption,
        METADATA.description,
        "malta, market, fish, women, stall",
        "old harbor",
    ]


def test_repeated_lines_white_space_and_camera_names_are_left_out() -> None:
    metadata = Metadata(title="Old  harbor", alt_text="Old harbor", caption="Old\nharbor")
    assert document_text(metadata, "IMG_1234.JPG") == "Old harbor"
    assert document_text(Metadata(), "") == ""


def test_the_document_is_bounded() -> None:
    assert (
        len(document_text(replace(METADATA, description="word " * 9_000), "a.jpg")) == MAX_DOCUMENT_CHARACTERS
    )


def test_the_hash_is_of_the_text_alone() -> None:
    assert text_hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert text_hash("é") != text_hash("e")
    assert len(text_hash("\ud800")) == 64


def test_an_embedding_knows_its_dimensions() -> None:
    assert Embedding((0.6, 0.8), "m", "h").dimensions == 2
