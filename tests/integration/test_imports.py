"""Imports on the deployed stack, IAM enforced, from a scripted server."""

import time
from contextlib import closing
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from gloss.dynamodb import to_attributes
from gloss.images.model import Status, Work
from tests.integration.backstage import Backstage
from tests.integration.person import Person, Picture, data, error, refused_fields
from tests.servers.file_server import FileServer, bomb, file, redirect
from tools.local_engine import wait_for
from tools.local_stack import LocalStack

ENDED = {"imported", "skipped", "failed"}


def start(person: Person, *urls: str, key: str = "") -> dict[str, Any]:
    headers = {"Idempotency-Key": key} if key else {}
    body = {"source": "url", "urls": list(urls)}
    made: dict[str, Any] = data(person.http.post("/imports", json=body, headers=headers), 202)
    return made


def ended(person: Person, made: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The files of an import by name, once each has come to an end."""
    shown: list[dict[str, Any]] = []

    def over() -> bool:
        shown[:] = [data(person.http.get(f"/imports/{made['id']}"))]
        return all(one["outcome"] in ENDED for one in shown[0]["files"])

    assert wait_for(over, 60), shown
    return {one["name"]: one for one in shown[0]["files"]}


def test_files_of_the_web_become_images_or_fail_with_a_reason(ann: Person, backstage: Backstage) -> None:
    picture = Picture.drawn(seed=1)
    scripts = {
        "/beach.jpg": file(picture.data),
        "/moved.jpg": redirect("/there.jpg"),
        "/there.jpg": file(Picture.drawn(seed=2).data, "application/octet-stream"),
        "/page.html": file(b"<html>", "text/html"),
        "/liar.jpg": file(b"<html>"),
        "/bomb.jpg": bomb(),
    }
    before = ann.credits()
    with FileServer(scripts) as server:
        urls = [f"{server.url}{path}" for path in (*scripts, "/none.jpg") if path != "/there.jpg"]
        made = start(ann, *urls, key="once")
        assert start(ann, *urls, key="once") == made
        files = ended(ann, made)
    (image, moved) = ann.settled([files["beach.jpg"]["imageId"], files["moved.jpg"]["imageId"]])
    assert {name: one["reason"] for name, one in files.items() if one["outcome"] == "failed"} == {
        "page.html": "UNSUPPORTED_FORMAT",
        "liar.jpg": "UNSUPPORTED_FORMAT",
        "bomb.jpg": "SOURCE_REFUSED",
        "none.jpg": "SOURCE_REFUSED",
    }
    assert (image["status"], image["size"], image["contentType"]) == (
        "complete",
        len(picture.data),
        "image/jpeg",
    )
    assert moved["status"] == "complete"
    assert server.counted["/beach.jpg"] == 1
    assert ann.credits() == before.after(used=2)


def test_what_was_imported_is_imported_again_only_when_it_changed(ann: Person, backstage: Backstage) -> None:
    scripts = {"/a.jpg": file(Picture.drawn(seed=3).data)}
    with FileServer(scripts) as server:
        url = f"{server.url}/a.jpg"
        first = ended(ann, start(ann, url))["a.jpg"]
        ann.settled([first["imageId"]])
        before = ann.credits()
        again = ended(ann, start(ann, url))["a.jpg"]
        assert (again["outcome"], again["reason"]) == ("skipped", "ALREADY_IMPORTED")
        assert ann.credits() == before
        scripts["/a.jpg"] = file(Picture.drawn(seed=4).data)
        changed = ended(ann, start(ann, url))["a.jpg"]
        ann.settled([changed["imageId"]])
    assert ann.credits() == before.after(used=1)
    assert [one["images"] for one in data(ann.http.get("/imports"))["imports"]] == [1, 1, 1]


def test_requests_of_another_form_and_imports_of_others_are_refused(ann: Person, ben: Person) -> None:
    assert refused_fields(ann.http.post("/imports", json={"source": "url", "urls": []})) == {"urls"}
    answer = ann.http.post("/imports", json={"source": "url", "urls": ["ftp://example.com/a.jpg"]})
    refusal = error(answer, 400)
    assert (refusal["code"], refusal["details"]["field"]) == ("ADDRESS_REFUSED", "urls.0")
    with FileServer({}) as server:
        made = start(ann, f"{server.url}/none.jpg")
        ended(ann, made)
    assert error(ben.http.get(f"/imports/{made['id']}"), 404)["code"] == "IMPORT_NOT_FOUND"


def test_older_clients_are_answered(ann: Person, backstage: Backstage) -> None:
    (image,) = ann.upload(Picture.drawn(seed=5))
    ann.settled([image])
    before = ann.credits()
    done = data(ann.http.post("/process_image", json={"imageId": image}))
    assert (done["imageId"], done["status"]) == (image, "complete")
    assert done["palette"]
    assert ann.http.get(done["thumbnail"], headers={"Authorization": ""}).status_code == 200
    assert ann.credits() == before
    assert error(ann.http.post("/retry_queue", json={}), 403)["code"] == "UNAUTHORIZED"


def test_operators_run_the_sweep_at_once(stack: LocalStack, backstage: Backstage) -> None:
    with closing(Person(stack, groups=["operators"])) as operator:
        (image,) = operator.settled(operator.upload(Picture.drawn()))
        waiting = replace(
            backstage.record(operator.id, image["id"]),
            status=Status.RETRYING,
            work=Work("upload-again", credits=0, kind="regenerate"),
            due_at=int(time.time()) - 1,
        )

        def swept() -> bool:
            # Anew each time: the sweep of the schedule may have been quicker.
            item = to_attributes(waiting.to_item())
            backstage.dynamodb.put_item(TableName=backstage.images.table, Item=item)
            answer = operator.http.post("/retry_queue", json={})
            return answer.status_code == HTTPStatus.OK and data(answer)["done"].get("queued", 0) >= 1

        assert wait_for(swept, 30)
