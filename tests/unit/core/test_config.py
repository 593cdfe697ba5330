from dataclasses import dataclass

import pytest

from gloss.config import load
from gloss.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
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
