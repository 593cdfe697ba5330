import pytest

from gloss.describe.language import guess, is_language_tag, mismatch, primary

ENGLISH = "A dog runs on the beach with a ball"
GERMAN = "Ein Hund läuft am Strand mit einem Ball"
FRENCH = "Un chien court sur la plage avec une balle"


@pytest.mark.parametrize(
    "tag",
    ["en", "de-CH", "zh-Hant-TW", "es-419", "sl-rozaj-biske", "de-1996", "en-x-mine", "de-u-co-phonebk"],
)
def test_language_tags(tag: str) -> None:
    assert is_language_tag(tag)


@pytest.mark.parametrize(
    "tag",
    [
        "",
        "x",
        "english language",
        "overlongtag",
        "de_CH",
        "en-",
        "en\n",
        "en-x",
        "a" * 36,
        "en-x-" + "abcd-" * 8 + "a",
    ],
)
def test_what_is_no_language_tag(tag: str) -> None:
    assert not is_language_tag(tag)


def test_primary_subtag() -> None:
    assert primary("DE-ch") == "de"


@pytest.mark.parametrize(
    ("text", "language"),
    [(ENGLISH, "en"), (GERMAN, "de"), (FRENCH, "fr"), ("Un perro corre en la playa con una pelota", "es")],
)
def test_the_commonest_words_tell_the_language(text: str, language: str) -> None:
    assert guess(text) == language


@pytest.mark.parametrize(
    "text", ["", "the sea", "Valletta harbor boats fish", "海辺を走る犬", "un la de un la de"]
)
def test_doubt_is_no_guess(text: str) -> None:
    assert guess(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (GERMAN, "en"),
        (ENGLISH, "de-CH"),
        (ENGLISH, "ja"),
        ("海辺を走る犬", "en"),
        ("Собака бежит", "de"),
        ("Собака бежит", "el"),
        ("海辺を走る犬", "ru"),
    ],
)
def test_another_language_is_noticed(text: str, language: str) -> None:
    assert mismatch(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en-GB"),
        (GERMAN, "de"),
        ("Sunset beach", "de"),
        ("Nike Air Max スニーカー 赤い", "ja"),
        (ENGLISH, "und"),
        (ENGLISH, "sr-Cyrl"),
        (ENGLISH, "fi"),
        ("", "ja"),
        ("1234", "ja"),
    ],
)
def test_doubt_is_no_mismatch(text: str, language: str) -> None:
    assert not mismatch(text, language)
