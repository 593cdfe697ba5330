"""Search on the deployed stack: what is uploaded, edited, restored and deleted, and by whom."""

import time
from dataclasses import replace
from typing import Any

import pytest

from tests.integration.person import Person, Picture, data, error
from tools.local_engine import wait_for
from tools.local_stack import LocalStack
from tools.reindex import Target, reindex


def hits(person: Person, path: str = "/search", **query: Any) -> list[str]:
    return [hit["image"]["id"] for hit in page(person, path, **query)["hits"]]


def page(person: Person, path: str = "/search", **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = data(person.http.get(path, params=query))
    return found


def library(person: Person, *names: str) -> list[str]:
    """Finished images of these names."""
    pictures = [replace(Picture.drawn(seed=seed), name=name) for seed, name in enumerate(names)]
    images = person.upload(*pictures)
    person.settled(images)
    return images


def edit(person: Person, image: str, **changes: Any) -> None:
    version = person.image(image)["version"]
    data(person.http.patch(f"/images/{image}/metadata", json={"version": version, **changes}))


def test_the_index_follows_the_life_of_an_image(ann: Person) -> None:
    boat, lake = library(ann, "red-fishing-boat.jpg", "quiet-mountain-lake.jpg")
    best = page(ann, q="fishing boat")["hits"][0]
    assert best["image"]["id"] == boat
    assert set(best["matched"]) >= {"title", "fileName"}
    assert best["similarity"] > 0
    assert best["image"]["links"]["thumbnail"].startswith("http")

    edit(ann, lake, title="Zebra crossing", tags=["zebra"])
    assert hits(ann, q="zebra")[0] == lake
    assert hits(ann, q="zebra", tags="Zebra") == [lake]

    data(ann.http.post(f"/images/{lake}/versions/1/restore"))
    assert hits(ann, q="zebra", tags="zebra") == []
    assert hits(ann, q="mountain lake")[0] == lake

    data(ann.http.delete(f"/images/{boat}"))
    assert boat not in hits(ann, q="fishing boat")
    assert hits(ann, f"/search/similar/{lake}") == []


def test_likeness_colour_and_pages(ann: Person) -> None:
    first, second, third = library(ann, "old-harbor-day.jpg", "old-harbor-night.jpg", "forest-path.jpg")
    assert hits(ann, f"/search/similar/{first}")[0] == second
    swatch = ann.image(third)["palette"][0]["hex"].removeprefix("#")
    assert third in hits(ann, "/search/color", hex=swatch, tolerance=5)
    walked: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        part = page(ann, q="harbor", limit=1, **cursor)
        walked += [hit["image"]["id"] for hit in part["hits"]]
        cursor = {"cursor": part["next"]} if part["next"] else {}
    assert walked == hits(ann, q="harbor")
    assert set(walked) >= {first, second}


def test_users_find_only_their_own(ann: Person, ben: Person) -> None:
    (own,) = library(ann, "secret-garden.jpg")
    (other,) = library(ben, "secret-garden.jpg")
    assert hits(ann, q="secret garden") == [own]
    assert hits(ben, q="secret garden") == [other]
    assert error(ann.http.get(f"/search/similar/{other}"), 404)["code"] == "IMAGE_NOT_FOUND"
    cursor = page(ben, q="garden", limit=1)["next"] or "MS4xLmFi"
    assert error(ann.http.get("/search", params={"q": "garden", "cursor": cursor}), 400)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/search", {}),
        ("/search", {"q": "x", "limit": 0}),
        ("/search", {"q": "x", "cursor": "?"}),
        ("/search/color", {"hex": "red"}),
        ("/search/color", {"hex": "ff0000", "tolerance": -1}),
    ],
)
def test_a_question_of_another_form_is_refused(ann: Person, path: str, query: dict[str, Any]) -> None:
    assert error(ann.http.get(path, params=query), 400)["code"] == "VALIDATION_FAILED"


def test_rows_that_were_lost_come_back(ann: Person, stack: LocalStack) -> None:
    (image,) = library(ann, "lonely-lighthouse.jpg")
    dynamodb = stack.access.client("dynamodb")
    key = {"user": {"S": ann.id}, "image": {"S": image}}
    dynamodb.delete_item(TableName=stack.outputs["VectorsTable"], Key=key)
    report = reindex(Target.local(stack), ann.id)
    assert (report["embedded"], report["failure"]) == (1, None)
    assert hits(ann, q="lighthouse") == [image]


def test_an_image_without_a_vector_of_the_model_is_embedded_in_the_background(
    ann: Person, stack: LocalStack
) -> None:
    (image,) = library(ann, "northern-lights.jpg")
    dynamodb = stack.access.client("dynamodb")
    dynamodb.update_item(
        TableName=stack.outputs["VectorsTable"],
        Key={"user": {"S": ann.id}, "image": {"S": image}},
        UpdateExpression="SET model = :other, changed_at = :now",
        ExpressionAttributeValues={":other": {"S": "old-model"}, ":now": {"S": _now()}},
    )
    assert page(ann, q="lights")["unembedded"] == 1
    assert wait_for(lambda: page(ann, q="lights")["unembedded"] == 0, 60)
    assert page(ann, q="northern lights")["hits"][0]["similarity"] > 0


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
