import re
from pathlib import Path

import pytest

from gloss.errors import ProviderUnavailable
from gloss.providers import model
from gloss.providers.model import MESSAGES, ProviderChoice, Registry, permanent, transient


def never() -> str:
    raise AssertionError("the stack's key was asked for")


def test_a_choice_with_a_key_keeps_its_address_and_leaves_the_stacks_key_alone() -> None:
    own = ProviderChoice("openai", key="sk-own", base_url="https://own.example/v1")

    assert own.with_stack_access(never, "https://stack.example/v1") == own


def test_the_stacks_key_only_goes_to_the_stacks_address() -> None:
    choice = ProviderChoice("openai", "m", base_url="https://evil.example/v1")

    assert choice.with_stack_access(lambda: "sk-stack", "") == ProviderChoice("openai", "m", "sk-stack", "")


def test_a_key_is_not_shown() -> None:
    assert "sk-own" not in repr(ProviderChoice("openai", key="sk-own"))


def test_a_provider_is_made_for_the_choice() -> None:
    registry = Registry({"echo": lambda choice: choice.model})

    assert registry.get(ProviderChoice("echo", "m1")) == "m1"


def test_an_unknown_provider_is_unavailable() -> None:
    with pytest.raises(ProviderUnavailable):
        Registry({}).get(ProviderChoice("oracle"))


def test_every_code_has_a_message() -> None:
    source = Path(model.__file__).read_text()
    codes = re.findall(r'^([A-Z_]+): Final = "\1"$', source, re.MULTILINE)

    assert set(codes) == set(MESSAGES)
    for code in codes:
        assert transient(code).message == permanent(code).message == MESSAGES[code]
