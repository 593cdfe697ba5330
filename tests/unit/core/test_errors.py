"""The exception tree: drawn as it is, every class with a sentence, a code and a status."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from gloss import errors
from gloss.errors import GlossError
from gloss.web import problems

CODE = re.compile(r"[A-Z]+(_[A-Z]+)*")


def tree(kind: type[GlossError], depth: int = 0) -> Iterator[tuple[int, type[GlossError]]]:
    yield depth, kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from tree(child, depth + 1)


CLASSES = [kind for _, kind in tree(GlossError)]


def drawn(text: str) -> list[tuple[int, str]]:
    lines = text.split("\n\n")[1].splitlines()
    return [(len(re.match(r"[│ ├└─]*", line)[0]) // 4, line.lstrip("│ ├└─")) for line in lines]  # type: ignore[index]


def test_the_drawing_is_the_tree() -> None:
    assert drawn(errors.__doc__ or "") == [(depth, kind.__name__) for depth, kind in tree(GlossError)]


def test_a_class_that_is_not_drawn_is_seen() -> None:
    without = (errors.__doc__ or "").replace("├── Busy\n", "")
    assert drawn(without) != [(depth, kind.__name__) for depth, kind in tree(GlossError)]


@pytest.mark.parametrize("kind", CLASSES[1:], ids=lambda kind: kind.__name__)
def test_every_error_has_a_status_of_its_own_or_of_its_kind(kind: type[GlossError]) -> None:
    assert any(known in problems.STATUS for known in kind.__mro__), kind
    assert problems.status_of(kind()) >= 400


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_has_a_code_and_says_what_it_means(kind: type[GlossError]) -> None:
    assert CODE.fullmatch(kind.code)
    assert kind().message.endswith((".", "seconds."))
    assert kind("Other words.", limit=3).message == "Other words."
    assert kind(limit=3).details == {"limit": 3}


def test_details_speak_the_language_of_the_api() -> None:
    error = errors.QuotaExceeded(remaining=0, upgrade_url="https://gloss.example")
    envelope = problems.of_error(error)
    assert envelope["error"]["details"] == {"remaining": 0, "upgradeUrl": "https://gloss.example"}
    assert problems.status_of(error) == HTTPStatus.FORBIDDEN


def test_an_error_that_nobody_mapped_is_ours() -> None:
    class Strange(GlossError):
        """Something new."""

        code = "STRANGE"

    assert problems.status_of(Strange("hunter2")) == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "hunter2" not in str(problems.of_error(Strange("hunter2")))


def test_a_wrong_form_is_told_field_by_field() -> None:
    failures: list[dict[str, Any]] = [
        {"loc": ("body", "files", 0, "size"), "type": "greater_than", "ctx": {"gt": 4}, "input": "hunter2"},
        {"loc": ("query", "limit"), "type": "less_than_equal", "ctx": {"le": 100}},
        {"loc": ("body",), "type": "dict_type", "msg": "no object"},
    ]
    envelope = problems.of_validation(failures)
    assert envelope["error"]["details"]["fields"] == [
        {"field": "files.0.size", "message": "This has to be greater than 4."},
        {"field": "limit", "message": "This has to be at most 100."},
        {"field": "body", "message": "An object is needed."},
    ]
