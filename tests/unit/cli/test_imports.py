from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.cli.conftest import Gloss, Service, ok


def made(status: str = "listed", outcomes: tuple[str, ...] = (), **values: Any) -> dict[str, Any]:
    files = [
        {"outcome": outcome, "imageId": f"i-{place}", "name": f"{place}.jpg", "reason": None}
        for place, outcome in enumerate(outcomes)
    ]
    shown = {"id": "m-1", "source": "url", "status": status, "createdAt": "now", "images": 1, "skipped": 0}
    return {**shown, "reason": None, "message": None, "files": files, "next": None, **values}


def test_addresses_are_imported_25_at_a_time(gloss: Gloss, service: Service, tmp_path: Path) -> None:
    service.on("POST", "/imports", ok(made(), 202))
    addresses = [f"https://example.com/{number}.jpg" for number in range(29)]
    (tmp_path / "list.txt").write_text("\n".join([*addresses[1:], "", addresses[5]]))

    assert len(gloss.json("import", "url", addresses[0], "--from-file", "list.txt")) == 2

    assert service.body("POST", "/imports") == {"source": "url", "urls": addresses[25:]}
    assert "m-1" in gloss("import", "url", addresses[0]).stdout


def test_an_import_of_nothing_is_a_mistake(gloss: Gloss) -> None:
    assert gloss("import", "url").exit_code == 2


def test_a_folder_of_dropbox_is_imported(gloss: Gloss, service: Service) -> None:
    service.on("POST", "/imports", ok(made("listing", source="dropbox"), 202))

    assert gloss("import", "dropbox", "/Photos", "--no-recursive").exit_code == 0

    assert service.body("POST", "/imports") == {"source": "dropbox", "path": "/Photos", "recursive": False}


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (made(outcomes=("imported", "skipped")), 0),
        (made(outcomes=("imported", "failed")), 7),
        (made(outcomes=("failed",)), 1),
        (made("stopped", message="The folder is gone."), 1),
    ],
)
def test_waiting_ends_when_all_files_have(
    gloss: Gloss, service: Service, end: dict[str, Any], code: int
) -> None:
    service.on("POST", "/imports", ok(made(), 202))
    underway = ok(made(outcomes=("waiting",)))
    service.on("GET", "/imports/m-1", ok(made("listing")), underway, ok(end))

    result = gloss("import", "url", "https://example.com/a.jpg", "--wait")

    assert result.exit_code == code
    assert len(gloss.slept) == 2
    assert (end["message"] or "") in result.stderr


def test_an_import_is_shown_with_the_files_of_all_pages(gloss: Gloss, service: Service) -> None:
    def page(request: httpx.Request) -> httpx.Response:
        last = "cursor" in request.url.params
        return ok(made(outcomes=("imported",), next=None if last else "more"))

    service.on("GET", "/imports/m-1", page)

    (shown,) = gloss.json("import", "show", "m-1")
    assert len(shown["files"]) == 2
    assert gloss("import", "show", "m-1").stdout.count("imported") == 2


def test_imports_are_listed(gloss: Gloss, service: Service) -> None:
    service.on("GET", "/imports", ok({"imports": [made()]}))

    assert [found["id"] for found in gloss.json("import", "list")] == ["m-1"]
