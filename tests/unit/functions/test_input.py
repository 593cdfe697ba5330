"""What the API refuses to read, and how it says so: for every route alike."""

import json
from typing import Any

import pytest

from gloss.web import problems
from tests.fakes.product import Product
from tests.unit.functions.conftest import Invoke
from tests.unit.functions.events import complete, request

OVERRIDE = "\u202e"


def fields(answer: dict[str, Any]) -> dict[str, str]:
    """Field and message of everything that was refused."""
    assert answer["statusCode"] == 400, answer["body"]
    details = json.loads(answer["body"])["error"]["details"]
    return {field["field"]: field["message"] for field in details["fields"]}


def data(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["statusCode"] < 300, answer["body"]
    found: dict[str, Any] = json.loads(answer["body"])["data"]
    return found


def edit(**texts: object) -> dict[str, Any]:
    return request("images_api.edit", body={"version": 1, **texts})


def settings(**preferences: object) -> dict[str, Any]:
    return request("settings_api", httpMethod="PUT", resource="/settings", body={"version": 0} | preferences)


def upload(name: str) -> dict[str, Any]:
    return request(
        "uploads_api", body={"files": [{"name": name, "contentType": "image/png", "size": 9}]}, headers={}
    )


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\x85", OVERRIDE, "\u2066", "\u2028"])
def test_what_nobody_sees_is_no_part_of_a_text(invoke: Invoke, product: Product, character: str) -> None:
    complete(product)
    answer = invoke(
        "images_api", edit(title=f"ab{character}c", caption=f"a{character}b", tags=[f"t{character}t"])
    )
    seen = f"(U+{ord(character):04X})."
    assert fields(answer) == {
        "title": f"Character 3 cannot be seen {seen}",
        "caption": f"Character 2 cannot be seen {seen}",
        "tags.0": f"Character 2 cannot be seen {seen}",
    }


def test_a_caption_has_lines_and_a_title_has_one(invoke: Invoke, product: Product) -> None:
    complete(product)
    assert data(invoke("images_api", edit(caption="one\n\ttwo")))["metadata"]["caption"] == "one\n\ttwo"
    assert fields(invoke("images_api", edit(title="one\ntwo"))) == {
        "title": "Character 4 cannot be seen (U+000A)."
    }


def test_marks_that_scripts_need_stay(invoke: Invoke, product: Product) -> None:
    complete(product)
    title = "کتاب\u200cها \u200f👩\u200d🎨"
    assert data(invoke("images_api", edit(title=title)))["metadata"]["title"] == title


@pytest.mark.parametrize("name", [f"a{OVERRIDE}gpj.exe", "a\x00.png", "..", ".", " ", "a/b.png", "..\\b.png"])
def test_a_file_name_is_one_name_that_reads_as_it_is(invoke: Invoke, name: str) -> None:
    assert list(fields(invoke("uploads_api", upload(name)))) == ["files.0.name"]


def test_what_goes_to_a_prompt_is_visible(invoke: Invoke) -> None:
    context = {"brand": f"A{OVERRIDE}", "keywords": ["k\x00"], "vocabulary": ["v\nw"]}
    assert set(fields(invoke("settings_api", settings(context=context)))) == {
        "context.brand",
        "context.keywords.0",
        "context.vocabulary.0",
    }


def test_settings_name_fields_as_everything_else_does(invoke: Invoke) -> None:
    saved = data(invoke("settings_api", settings(policies={"altText": "always"})))
    assert saved["policies"] == {"altText": "always"}
    assert list(fields(invoke("settings_api", settings(policies={"alt_text": "always"})))) == [
        "policies.alt_text.[key]"
    ]


@pytest.mark.parametrize(
    ("folder", "event"),
    [
        ("images_api", request("images_api", query={"stauts": "complete"})),
        ("search_api", request("search_api", query={"q": "boat", "stauts": "complete"})),
        ("quota_api", request("quota_api", query={"stauts": "1"})),
        ("uploads_api", upload("a.png") | {"queryStringParameters": {"stauts": "1"}}),
    ],
)
def test_a_parameter_that_the_route_does_not_know_is_named(
    invoke: Invoke, folder: str, event: dict[str, Any]
) -> None:
    assert fields(invoke(folder, event)) == {"stauts": "There is no such parameter."}


def test_messages_are_sentences(invoke: Invoke) -> None:
    wrong = settings(context={"keywords": [""]}, detail="x", policies=[], version="a", monthlyCapUsd=-1, zz=1)
    assert fields(invoke("settings_api", wrong)) == {
        "context.keywords.0": "This must not be empty.",
        "detail": "This has to be 'low' or 'high'.",
        "policies": "An object is needed.",
        "version": "A whole number is needed.",
        "monthlyCapUsd": "This has to be at least 0.0.",
        "zz": "There is no such field.",
    }


def test_a_failure_that_has_no_sentence_still_is_told_in_one() -> None:
    told = problems.of_validation(
        [{"loc": ("body", "it"), "type": "a_new_type", "msg": "Input should be it"}]
    )
    assert told["error"]["details"]["fields"] == [
        {"field": "it", "message": "This does not have the form that is needed."}
    ]
