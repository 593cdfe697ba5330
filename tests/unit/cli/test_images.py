from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.cli.conftest import Gloss, Service, image, no, ok

LINK = "https://bucket.s3.amazonaws.com/file"


def listing(request: httpx.Request) -> httpx.Response:
    if "cursor" in request.url.params:
        return ok({"images": [image("i-2")], "next": None})
    return ok({"images": [image("i-1")], "next": "more"})


def test_a_list_goes_on_to_its_end(gloss: Gloss, service: Service) -> None:
    service.on("GET", "/images", listing)

    assert [found["id"] for found in gloss.json("images", "list", "--status", "complete")] == ["i-1", "i-2"]
    assert service.asked[0].url.params["status"] == "complete"
    assert "A bridge" in gloss("images", "list", "--limit", "1").stdout


def test_an_image_is_shown_with_where_its_words_come_from(gloss: Gloss, service: Service) -> None:
    failure = {"code": "TRUNCATED_IMAGE", "message": "The file ends too early."}
    service.on("GET", "/images/i-1", ok(image(failure=failure)))

    shown = gloss("images", "show", "i-1").stdout

    assert "A bridge  [ai]" in shown
    assert "640 × 480 pixels" in shown
    assert "The file ends too early." in shown
    assert gloss.json("images", "show", "i-1")["failure"] == failure


def test_names_that_others_chose_cannot_command_the_terminal(gloss: Gloss, service: Service) -> None:
    service.on("GET", "/images/i-1", ok(image(fileName="\x1b]0;evil\x07[red]x.jpg", facts={})))

    shown = gloss("images", "show", "i-1").stdout

    assert "]0;evil[red]x.jpg" in shown
    assert not {"\x1b", "\x07"} & set(shown)


def test_an_id_is_one_part_of_a_path_whatever_it_holds(gloss: Gloss, service: Service) -> None:
    service.on("GET", "/images/..%2Fquota", no(404, "IMAGE_NOT_FOUND", "There is no such image."))

    result = gloss("images", "show", "../quota")

    assert (result.exit_code, result.stderr) == (5, "gloss: There is no such image.\n")


def test_an_edit_is_of_the_version_that_is_there(gloss: Gloss, service: Service) -> None:
    service.on("GET", "/images/i-1", ok(image(version=4)))
    service.on("PATCH", "/images/i-1/metadata", ok(image(version=5)))

    edited = gloss.json(
        "images", "edit", "i-1", "--title", "Mine", "--tag", "a", "--tag", "b", "--decorative"
    )

    assert edited["version"] == 5
    assert service.body("PATCH", "/images/i-1/metadata") == {
        "version": 4,
        "title": "Mine",
        "tags": ["a", "b"],
        "decorative": True,
    }


def test_an_edit_of_a_version_that_was_seen_is_refused_after_another(gloss: Gloss, service: Service) -> None:
    service.on("PATCH", "/images/i-1/metadata", no(409, "VERSION_CONFLICT", "It changed."))

    result = gloss("images", "edit", "i-1", "--title", "Mine", "--version", "0")

    assert result.exit_code == 6
    assert "gloss images show" in result.stderr
    assert service.body("PATCH", "/images/i-1/metadata")["version"] == 0


def test_an_edit_of_nothing_is_a_mistake(gloss: Gloss) -> None:
    assert gloss("images", "edit", "i-1").exit_code == 2


def test_history_marks_the_current_version(gloss: Gloss, service: Service) -> None:
    version = {
        "number": 2,
        "at": "2026-11-20",
        "cause": "edit",
        "current": True,
        "metadata": image()["metadata"],
        "differences": {"title": {"before": "x", "after": "y"}},
    }
    first = {**version, "number": 1, "current": False, "cause": "run", "differences": {}}
    pages = {None: {"versions": [version], "next": "older"}, "older": {"versions": [first], "next": None}}
    service.on("GET", "/images/i-1/versions", lambda request: ok(pages[request.url.params.get("cursor")]))

    shown = gloss("images", "history", "i-1").stdout

    assert "* 2" in shown
    assert "* 1" not in shown
    assert [found["number"] for found in gloss.json("images", "history", "i-1")] == [2, 1]
    assert [found["number"] for found in gloss.json("images", "history", "i-1", "--limit", "1")] == [2]


def test_a_version_is_restored(gloss: Gloss, service: Service) -> None:
    service.on("POST", "/images/i-1/versions/1/restore", ok(image(version=3)))

    assert gloss.json("images", "restore", "i-1", "1")["version"] == 3


@pytest.fixture
def file(service: Service) -> dict[str, Any]:
    found = {"url": LINK, "fileName": "../../a.jpg", "embedded": True, "expiresAt": "x"}
    service.on("GET", "/images/i-1/download", ok(found))
    service.on("GET", LINK, httpx.Response(200, content=b"picture"))
    return found


def test_a_download_goes_into_this_folder_whatever_its_name(
    gloss: Gloss, service: Service, file: dict[str, Any], tmp_path: Path
) -> None:
    assert gloss.json("images", "download", "i-1", "--embed") == {
        "path": "a.jpg",
        "size": 7,
        "embedded": True,
    }
    assert (tmp_path / "a.jpg").read_bytes() == b"picture"
    assert service.asked[0].url.params["embed"] == "xmp"
    again = gloss("images", "download", "i-1")
    assert (again.exit_code, "--to" in again.stderr) == (1, True)


def test_a_download_goes_where_it_is_sent(gloss: Gloss, file: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()

    assert gloss("images", "download", "i-1", "--to", str(folder)).stdout.strip() == str(folder / "a.jpg")
    assert gloss("images", "download", "i-1", "--to", "b.jpg").exit_code == 0
    assert (tmp_path / "b.jpg").exists()


def test_deleting_asks_first(gloss: Gloss, service: Service) -> None:
    service.on("DELETE", "/images/i-1", ok({"id": "i-1"}))

    assert gloss("images", "delete", "i-1", stdin="n\n").exit_code == 1
    assert service.asked == []
    assert gloss("images", "delete", "i-1", stdin="y\n").exit_code == 0
    assert gloss.json("images", "delete", "i-1", "--yes") == ["i-1"]
    assert len(service.asked) == 2


@pytest.mark.parametrize(
    ("args", "path", "asked"),
    [
        (("old", "bridge", "--tag", "a", "--tag", "b"), "/search", {"q": "old bridge", "tags": "a"}),
        (("old", "--color", "102030"), "/search", {"q": "old", "color": "102030"}),
        (("--similar-to", "i-9", "--language", "en"), "/search/similar/i-9", {"language": "en"}),
        (("--color", "102030", "--tolerance", "5"), "/search/color", {"hex": "102030", "tolerance": "5.0"}),
    ],
)
def test_a_search_asks_by_words_likeness_or_colour(
    gloss: Gloss, service: Service, args: tuple[str, ...], path: str, asked: dict[str, str]
) -> None:
    found = {"image": image(), "score": 0.5, "matched": ["title"]}
    service.on("GET", path, ok({"hits": [found], "next": None}))

    assert [hit["score"] for hit in gloss.json("search", *args)] == [0.5]

    params = service.to("GET", path)[0].url.params
    assert {name: params[name] for name in asked} == asked
    assert params.get_list("tags") == (["a", "b"] if "tags" in asked else [])
    assert "A bridge" in gloss("search", *args).stdout


@pytest.mark.parametrize("args", [(), ("words", "--similar-to", "i-9")])
def test_a_search_without_one_question_is_a_mistake(gloss: Gloss, args: tuple[str, ...]) -> None:
    assert gloss("search", *args).exit_code == 2
