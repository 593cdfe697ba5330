import pytest
from hypothesis import given, settings

from gloss.describe.filename import MAX_WORDS, FileName, looks_like_file_name, parse
from tests.unit.describe.samples import any_text


@pytest.mark.parametrize(
    "name",
    [
        "IMG_1234.JPG",
        "IMG_E1234.HEIC",
        "_DSC0001.jpg",
        "DSCN0345.jpg",
        "P1010023.JPG",
        "100_0345.JPG",
        "GOPR0123.JPG",
        "DJI_0001.JPG",
        "R0010023.JPG",
        "PXL_20230514_101112345.NIGHT.jpg",
        "MVIMG_20190101_123456.jpg",
        "IMG_20230514_101112_HDR.jpg",
    ],
)
def test_a_name_that_a_camera_gave_says_no_word(name: str) -> None:
    assert parse(name).words == ()
    assert parse(name).origin == "camera"


@pytest.mark.parametrize(
    "name",
    [
        "WhatsApp Image 2021-03-04 at 10.12.33 (1).jpeg",
        "IMG-20230514-WA0012.jpg",
        "FB_IMG_1556677.jpg",
        "received_123456789.jpeg",
        "Image 12.png",
        "photo2.jpg",
        "550e8400-e29b-41d4-a716-446655440000.png",
        "a8f5f167f44f4964e6c998dee827110c.jpg",
        "0123456789012345678.jpg",
        "123456.jpg",
        "20230514_123456.jpg",
        "AbCdEfGhIj.jpg",
        "dQw4w9WgXcQ.jpg",
        "copy final v2 (3).png",
        ".jpg",
        "",
        "///",
    ],
)
def test_a_name_without_meaning_says_no_word_and_claims_no_camera(name: str) -> None:
    assert parse(name).words == ()
    assert parse(name).origin is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Screenshot 2024-05-01 at 10.12.33 AM.png", ()),
        ("Screenshot_20240501-101233_Chrome.jpg", ("Chrome",)),
        ("Bildschirmfoto 2024-05-01 um 10.12.33.png", ()),
        ("Capture d’écran 2024-05-01 à 10.12.33.png", ()),
        ("Снимок экрана 2024-05-01 в 10.12.33.png", ()),
        ("スクリーンショット 2024-05-01 10.12.33.png", ()),
    ],
)
def test_a_screenshot_is_known_by_its_name(name: str, words: tuple[str, ...]) -> None:
    assert parse(name) == FileName(words, (2024, 5), "screenshot")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sunsetBeach_malta-2024-06-12_1920x1080 copy final v2 (1).jpg", "sunset Beach malta"),
        ("NewYorkSkyline.jpg", "New York Skyline"),
        ("HTMLPage.png", "HTML Page"),
        ("SUNSET_BEACH.JPG", "sunset beach"),
        ("NASA.png", "NASA"),
        ("Old_Town%20Square.jpg", "Old Town Square"),
        ("C:\\pictures\\red-bicycle.jpg", "red bicycle"),
        ("photos/2024/lake.jpg.jpg", "lake"),
        ("Müller's_Café à Paris.png", "Müller's Café à Paris"),
        ("cafe\u0301.jpg", "café"),
        ("東京タワー.jpg", "東京タワー"),
        ("海.jpg", "海"),
        ("प्रयागराज मेला.jpg", "प्रयागराज मेला"),
        ("beach01.jpg", "beach"),
        ("hotel-lobby-1.webp", "hotel lobby"),
        ("cat-in-a-hat.png", "cat in a hat"),
        ("a-b-sea.jpg", "sea"),
        ("photo of grandma.jpg", "grandma"),
        ("IMG_1234 Grandma's birthday.jpg", "Grandma's birthday"),
        ("john-doe-AbCdEfGhIjk-unsplash.jpg", "john doe"),
        ("facade.jpg", "facade"),
        ("portrait-of-a-man.jpg", "portrait of a man"),
        ("iphone-13-pro-max.heic", "iphone 13 pro max"),
        ("apollo-11-landing-012.jpg", "apollo 11 landing"),
        ("2 dogs 7.jpg", "dogs"),
        ("beach 0123 sea.jpg", "beach sea"),
        ("header@2x.png", "header"),
        ("19991231 party.jpg", "party"),
    ],
)
def test_words_are_found(name: str, words: str) -> None:
    assert " ".join(parse(name).words) == words


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("IMG_20230514_101112.jpg", (2023, 5)),
        ("2024-06-12 beach.jpg", (2024, 6)),
        ("beach_2024.06.12.jpg", (2024, 6)),
        ("beach 2024-13-12.jpg", None),
        ("beach 1824-06-12.jpg", None),
        ("12024061299.jpg", None),
        ("beach.jpg", None),
    ],
)
def test_a_date_is_found(name: str, taken: tuple[int, int] | None) -> None:
    assert parse(name).taken == taken


@pytest.mark.parametrize(
    "text", ["IMG_1234", "beach.jpg", "old_town_square", "DCIM\\100MEDIA", "1234", "DSC0001.JPG"]
)
def test_text_that_is_a_file_name(text: str) -> None:
    assert looks_like_file_name(text)


@pytest.mark.parametrize(
    "text", ["", "  ", "Old town", "Harbor", "海辺", "Apollo 11 lands", "A file_name inside words"]
)
def test_text_that_is_none(text: str) -> None:
    assert not looks_like_file_name(text)


@given(any_text)
@settings(max_examples=60, deadline=None)
def test_any_name_is_read(name: str) -> None:
    words = parse(name).words
    assert len(words) <= MAX_WORDS
    assert all(word.strip() == word != "" for word in words)


def test_a_hostile_name_is_read_at_once() -> None:
    assert len(parse("a1-" * 200_000).words) <= MAX_WORDS
    assert parse(".jpg" * 10_000 + "x").words == ()


def test_a_name_that_is_cut_does_not_end_with_a_word_that_leads_on() -> None:
    name = "two very old men play chess under a plane tree by the fountain.jpg"
    assert " ".join(parse(name).words) == "two very old men play chess under a plane tree"
