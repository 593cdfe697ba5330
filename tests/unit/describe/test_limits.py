import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gloss.describe.limits import (
    MAX_CHARACTERS,
    MAX_TAG_CHARACTERS,
    MAX_TAGS,
    description_within_limits,
    limited_tags,
    within_limits,
    without_image_of,
)
from gloss.describe.model import Description, Metadata
from tests.unit.describe.samples import AI, METADATA, any_text, every, short_texts

wild = st.builds(
    Metadata,
    title=any_text,
    alt_text=any_text | any_text.map(lambda text: f"A photo of {text}"),
    caption=any_text.map(lambda text: text * 5),
    description=any_text.map(lambda text: text * 20),
    tags=short_texts,
    decorative=st.booleans(),
)


def test_what_is_cut_does_not_end_with_a_word_that_leads_on() -> None:
    title = "A small red fishing boat in the morning light in front of the old harbor"
    assert (
        within_limits(Metadata(title=title)).title == "A small red fishing boat in the morning light in front"
    )
    whole = "What we dream of"
    assert within_limits(Metadata(title=whole)).title == whole


@given(wild)
@settings(max_examples=60, deadline=None)
def test_nothing_is_ever_over_its_limit(metadata: Metadata) -> None:
    limited = within_limits(metadata)
    assert all(len(str(limited.value(name))) <= limit for name, limit in MAX_CHARACTERS.items())
    assert len(limited.tags) <= MAX_TAGS
    assert all(0 < len(tag) <= MAX_TAG_CHARACTERS for tag in limited.tags)
    assert len({tag.casefold() for tag in limited.tags}) == len(limited.tags)
    assert not (limited.decorative and limited.alt_text)


@given(wild)
@settings(max_examples=60, deadline=None)
def test_limiting_twice_is_limiting_once(metadata: Metadata) -> None:
    limited = within_limits(metadata)
    assert within_limits(limited) == limited


def test_what_is_within_the_limits_stays() -> None:
    assert within_limits(METADATA) == METADATA
    description = Description(METADATA, every(AI))
    assert description_within_limits(description) == description


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Image of a dog", "A dog"),
        ("A picture of the sea", "The sea"),
        ("This is a photo of two men", "Two men"),
        ("The image shows a red car", "A red car"),
        ("Image of a picture of a cat", "A cat"),
        ("Picture of image of cats", "Cats"),
        ("Ein Foto von zwei Hunden", "Zwei Hunden"),
        ("Das Bild zeigt einen Hafen", "Einen Hafen"),
        ("Photo d'un chien", "Un chien"),
        ("L’image montre une plage", "Une plage"),
        ("Una foto de un perro", "Un perro"),
        ("Uma fotografia de um gato", "Um gato"),
        ("Un'immagine di una barca", "Una barca"),
        ("Een afbeelding van een fiets", "Een fiets"),
        ("En bild av en hund", "En hund"),
        ("Zdjęcie przedstawia psa", "Psa"),
        ("Photo of ßtraße", "ßtraße"),
        ("Photo of", "Photo of"),
        ("Photographer at work", "Photographer at work"),
        ("Dog in a photo of a cat", "Dog in a photo of a cat"),
        ("Bildungsroman auf einem Tisch", "Bildungsroman auf einem Tisch"),
    ],
)
def test_an_alt_text_does_not_say_that_it_is_an_image(text: str, expected: str) -> None:
    assert without_image_of(text) == expected
    assert within_limits(Metadata(alt_text=text)).alt_text == expected


def test_a_title_may_speak_of_photos() -> None:
    assert within_limits(Metadata(title="Photo of the year")).title == "Photo of the year"


def test_the_alt_text_of_a_decorative_image_is_empty() -> None:
    assert within_limits(Metadata(alt_text="Wavy lines", decorative=True)).alt_text == ""


def test_tags_are_trimmed_and_unique_in_their_first_spelling() -> None:
    assert limited_tags(["#Sea", " sea ", "", "# ", "STRASSE", "straße", "old\ttown"]) == (
        "Sea",
        "STRASSE",
        "old town",
    )


def test_only_the_first_tags_stay() -> None:
    assert limited_tags(map(str, range(40))) == tuple(map(str, range(MAX_TAGS)))
