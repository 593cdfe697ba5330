import re

import pytest
from hypothesis import given, settings

from gloss.describe.heuristic import describe
from gloss.describe.limits import MIN_TAGS, within_limits
from gloss.describe.model import FIELDS, Context, DescribeRequest, EmbeddedText, Field, Swatch
from tests.unit.describe.samples import STEEL_BLUE, WHITE, request, requests

GRAY = Swatch("#808080", 1.0, "gray")


@given(requests)
@settings(max_examples=80, deadline=None)
def test_any_image_gets_a_text_within_the_limits(asked: DescribeRequest) -> None:
    description = describe(asked)
    metadata = description.metadata
    assert within_limits(metadata) == metadata
    assert set(description.provenance) == set(FIELDS)
    assert {origin.source for origin in description.provenance.values()} <= {"heuristic", "embedded"}
    assert describe(asked) == description


def sources(asked: DescribeRequest) -> set[Field]:
    """The fields marked as embedded."""
    return {name for name, origin in describe(asked).provenance.items() if origin.source == "embedded"}


def test_nothing_but_pixels() -> None:
    description = describe(request())
    assert description.metadata.title == "Landscape photo in steel blue and white"
    assert description.metadata.alt_text == "Landscape photo in steel blue and white"
    assert description.metadata.caption == "Landscape photo in steel blue and white"
    assert description.metadata.description == (
        "Landscape photo, 4032 × 3024 pixels. "
        "Dominant colors: steel blue (50%), white (30%), indian red (10%)."
    )
    assert description.metadata.tags == ("steel blue", "white", "indian red", "landscape", "photo")
    assert description.metadata.language == "en"
    assert {origin.source for origin in description.provenance.values()} == {"heuristic"}


def test_file_name_date_and_camera_are_told() -> None:
    asked = request("sunset_beach.jpg", camera="Canon Canon EOS R5", taken_at="2024-06-12T10:00:00+02:00")
    metadata = describe(asked).metadata
    assert metadata.title == "Sunset beach"
    assert metadata.alt_text == "Sunset beach: landscape photo in steel blue and white"
    assert metadata.caption == "Sunset beach, June 2024"
    assert "Dated June 2024. Camera: Canon EOS R5." in metadata.description
    assert 'File name: "Sunset beach".' in metadata.description
    assert metadata.tags[:2] == ("sunset", "beach")
    assert {"June 2024", "Canon EOS R5", "landscape", "photo"} <= set(metadata.tags)


@pytest.mark.parametrize(
    ("camera", "told"),
    [
        ("Canon Canon EOS R5", "Canon EOS R5"),
        ("NIKON CORPORATION NIKON D90", "NIKON D90"),
        ("samsung SM-G935L", "samsung SM-G935L"),
        ("x" * 200, "x" * 40),
    ],
)
def test_the_make_is_not_told_twice(camera: str, told: str) -> None:
    assert f"Camera: {told}." in describe(request(camera=camera)).metadata.description


def test_a_file_named_after_the_camera_says_nothing_of_the_picture() -> None:
    asked = request("canon-eos-r5.jpg", camera="Canon EOS R5")
    assert describe(asked).metadata.title == "Landscape photo in steel blue and white"


def test_shades_of_one_name_are_one_color() -> None:
    shades = (Swatch("#000001", 0.3, "black"), WHITE, Swatch("#000000", 0.2, "black"))
    metadata = describe(request(palette=shades)).metadata
    assert metadata.title == "Landscape photo in black and white"
    assert "Dominant colors: black (50%), white (30%)." in metadata.description


def test_numbers_in_the_file_name_are_no_tags() -> None:
    assert describe(request("apollo-11-landing.jpg")).metadata.tags[:3] == ("apollo", "landing", "steel blue")


def test_the_date_in_the_file_name_serves_where_the_file_has_none() -> None:
    assert describe(request("IMG_20230514_101112.jpg")).metadata.caption.endswith(", May 2023")


@pytest.mark.parametrize("taken_at", ["0000-00-00", "1700-01-01", "yesterday", "2024-13-01", ""])
def test_a_date_that_cannot_be_is_not_told(taken_at: str) -> None:
    assert describe(request(taken_at=taken_at)) == describe(request())


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        (request("x.png", palette=(STEEL_BLUE,)), "Landscape image in steel blue"),
        (request("x.png", size=(900, 900), palette=()), "Square image"),
        (request("Screenshot 2024-05-01 at 10.12.33.png", palette=()), "Landscape screenshot"),
        (request("", size=(0, 0), palette=()), "Image"),
        (
            request("x.png", size=(3000, 1000), palette=(STEEL_BLUE, STEEL_BLUE)),
            "Panorama image in steel blue",
        ),
    ],
)
def test_it_says_photo_only_where_a_camera_is_known(asked: DescribeRequest, title: str) -> None:
    assert describe(asked).metadata.title == title


def test_embedded_fields_are_taken_and_marked() -> None:
    embedded = EmbeddedText(
        title="Fish market",
        caption="Two women sell fish.",
        alt_text="Two women at a stall",
        description="On the old market of Valletta, two women sell the fish of the day to all of the town.",
        keywords=("Malta", "market", "fish", "women", "stall"),
    )
    description = describe(request(embedded=embedded))
    metadata = description.metadata
    assert (metadata.title, metadata.caption, metadata.alt_text, metadata.description, metadata.tags) == (
        embedded.title,
        embedded.caption,
        embedded.alt_text,
        embedded.description,
        embedded.keywords,
    )
    assert metadata.language == "en"
    assert sources(request(embedded=embedded)) == set(FIELDS)


def test_what_is_derived_from_a_caption_is_not_marked_as_embedded() -> None:
    asked = request(embedded=EmbeddedText(caption="Two women sell fish."))
    metadata = describe(asked).metadata
    assert metadata.title == metadata.alt_text == metadata.caption == "Two women sell fish."
    assert sources(asked) == {"caption"}


def test_an_embedded_title_serves_alt_text_and_caption() -> None:
    asked = request(embedded=EmbeddedText(title="Fish market"), taken_at="2024-06-12")
    metadata = describe(asked).metadata
    assert (metadata.alt_text, metadata.caption) == ("Fish market", "Fish market, June 2024")
    assert sources(asked) == {"title"}


def test_a_caption_too_long_for_its_field_is_told_in_full_by_the_description() -> None:
    caption = " ".join(["Zwei Frauen verkaufen auf dem alten Markt den Fisch."] * 8)
    asked = request(embedded=EmbeddedText(caption=caption))
    metadata = describe(asked).metadata
    assert metadata.description == caption
    assert caption.startswith(metadata.caption)
    assert metadata.language == "de"
    assert sources(asked) == {"caption", "description"}


def test_an_embedded_description_in_an_unknown_language_is_undetermined() -> None:
    assert describe(request(embedded=EmbeddedText(description="Valletta, Malta"))).metadata.language == "und"


@pytest.mark.parametrize(
    "junk",
    [
        "OLYMPUS DIGITAL CAMERA",
        "SONY DSC",
        "DCIM\\100MEDIA\\DJI_0001.JPG",
        "Created with GIMP",
        "IMG_1234",
        "hdr",
        "Untitled 1",
        "  ",
    ],
)
def test_what_a_camera_writes_is_no_caption(junk: str) -> None:
    assert describe(request(embedded=EmbeddedText(title=junk, caption=junk, description=junk))) == describe(
        request()
    )


def test_few_keywords_are_kept_first_and_filled_up() -> None:
    asked = request(embedded=EmbeddedText(keywords=("Malta", "malta", "market")))
    assert describe(asked).metadata.tags == ("Malta", "market", "steel blue", "white", "indian red")
    assert sources(asked) == {"tags"}


@pytest.mark.parametrize(
    ("palette", "size", "tags"),
    [
        ((GRAY,), (1000, 1500), ("gray", "portrait", "image", "black and white", "2:3")),
        (
            (Swatch("#050505", 1, "black"),),
            (900, 900),
            ("black", "square", "image", "dark", "black and white"),
        ),
        (
            (Swatch("#ffffe0", 1, "light yellow"),),
            (4000, 3000),
            ("light yellow", "landscape", "image", "bright", "4:3"),
        ),
        ((Swatch("no color", 1, "blue"),), (1000, 700), ("blue", "landscape", "image", "0.7 megapixels")),
        ((), (0, 0), ("image",)),
    ],
)
def test_tags_come_from_what_is_measured(
    palette: tuple[Swatch, ...], size: tuple[int, int], tags: tuple[str, ...]
) -> None:
    assert describe(request("x.png", size=size, palette=palette)).metadata.tags == tags


def test_a_palette_of_no_share_says_nothing() -> None:
    assert describe(
        request("x.png", size=(0, 0), palette=(Swatch("#000000", 0, "black"),))
    ).metadata.tags == ("image",)


def test_stop_words_of_the_file_name_are_no_tags() -> None:
    assert describe(request("cat_in_the_hat.png")).metadata.tags[:3] == ("cat", "hat", "steel blue")


def test_words_to_avoid_and_a_vocabulary_rule_the_tags() -> None:
    context = Context(
        avoid=("blue", "Photo", "Malta"), vocabulary=("Landscape", "steel blue", "photo", "white")
    )
    asked = request(context=context, embedded=EmbeddedText(keywords=("Malta",)))
    assert describe(asked).metadata.tags == ("white", "Landscape")
    assert sources(asked) == set()


def test_a_language_without_phrases_gets_english_and_says_so() -> None:
    assert describe(request(context=Context(language="de"))).metadata.language == "en"


def test_every_inspected_photo_has_enough_tags() -> None:
    assert len(describe(request("IMG_1.JPG", palette=(STEEL_BLUE,))).metadata.tags) >= MIN_TAGS


def test_it_never_claims_to_see() -> None:
    text = describe(request("IMG_1.JPG")).metadata.description
    assert not re.search(r"\b(shows?|depicts?|see|seen)\b", text)
