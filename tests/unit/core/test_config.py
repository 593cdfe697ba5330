from typing import Any

import pytest

from gloss.environment import Settings, load
from gloss.errors import ConfigurationError


class Example(Settings):
    images_table: str
    workers: int = 3
    upgrade_url: str = "none"


def test_fields_are_read_from_variables_of_their_name() -> None:
    found = load(Example, {"IMAGES_TABLE": "t", "WORKERS": "7", "UPGRADE_URL": "", "OTHER": "x"})
    assert found == Example(images_table="t", workers=7, upgrade_url="")


def test_what_has_a_default_may_be_missing() -> None:
    assert load(Example, {"IMAGES_TABLE": "t"}) == Example(images_table="t")


def test_the_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGES_TABLE", "mine")
    assert load(Example).images_table == "mine"


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({}, "IMAGES_TABLE"),
        ({"IMAGES_TABLE": ""}, "IMAGES_TABLE"),
        ({"IMAGES_TABLE": "t", "WORKERS": "many"}, "WORKERS"),
        ({"IMAGES_TABLE": "t", "WORKERS": ""}, "WORKERS"),
    ],
)
def test_an_error_names_its_variable(environment: dict[str, str], variable: str) -> None:
    with pytest.raises(ConfigurationError, match=variable) as refused:
        load(Example, environment)
    assert refused.value.details == {"variable": variable}


class Longer(Example):
    bucket: str


def test_fields_are_inherited() -> None:
    found = load(Longer, {"IMAGES_TABLE": "t", "BUCKET": "b"})
    assert (found.images_table, found.workers, found.bucket) == ("t", 3, "b")
    with pytest.raises(ConfigurationError, match="BUCKET"):
        load(Longer, {"IMAGES_TABLE": "t"})


def test_settings_are_complete_frozen_and_equal_by_content() -> None:
    incomplete: dict[str, Any] = {"workers": 3}
    with pytest.raises(TypeError, match="Example needs images_table"):
        Example(**incomplete)
    found = Example(images_table="t")
    with pytest.raises(AttributeError, match="workers"):
        found.workers = 4  # type: ignore[misc]  # that is what is refused
    assert found == Example(images_table="t", workers=3)
    assert hash(found) == hash(Example(images_table="t", workers=3))
    assert found not in (Example(images_table="u"), Longer(images_table="t", bucket="b"), "t")
