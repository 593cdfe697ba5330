"""Folders of Dropbox on the deployed stack, IAM enforced: the real SDK speaks to a scripted Dropbox."""

from typing import Any

from gloss.dynamodb import from_attributes
from tests.integration.backstage import Backstage
from tests.integration.person import Person, Picture, data, error
from tests.servers.dropbox_server import ACCOUNT, APP_KEY, DOWNLOAD, LIST, TOKEN, DropboxServer
from tools.local_engine import wait_for
from tools.local_stack import LocalStack

ENDED = {"imported", "skipped", "failed"}


def ended(person: Person, made: dict[str, Any]) -> dict[str, Any]:
    """An import once it is listed, or stopped, and each of its files has come to an end."""
    shown: list[dict[str, Any]] = []

    def over() -> bool:
        shown[:] = [data(person.http.get(f"/imports/{made['id']}"))]
        files_ended = all(one["outcome"] in ENDED for one in shown[0]["files"])
        return shown[0]["status"] != "listing" and files_ended

    assert wait_for(over, 60), shown
    return shown[0]


def start(person: Person, path: str) -> dict[str, Any]:
    made: dict[str, Any] = data(person.http.post("/imports", json={"source": "dropbox", "path": path}), 202)
    return made


def outcomes(shown: dict[str, Any]) -> dict[str, str]:
    return {one["path"]: one["reason"] or one["outcome"] for one in shown["files"]}


def connect(person: Person, token: str = TOKEN) -> Any:
    return person.http.put("/settings/sources/dropbox", json={"refreshToken": token, "appKey": APP_KEY})


def settings_rows(stack: LocalStack) -> list[dict[str, Any]]:
    found = stack.access.client("dynamodb").scan(TableName=stack.outputs["SettingsTable"])
    return [from_attributes(item) for item in found["Items"]]


def test_a_folder_of_dropbox(ann: Person, backstage: Backstage, stack: LocalStack, dropbox_port: int) -> None:
    """One test, for the stack looks for Dropbox in one place."""
    pictures = {f"/trip/{seed}.jpg": Picture.drawn(seed=seed).data for seed in range(4)}
    files = {**pictures, "/trip/notes.txt": b"no picture", "/trip/deep/liar.png": b"<html>"}
    with DropboxServer(files, port=dropbox_port) as server:
        refused = error(ann.http.post("/imports", json={"source": "dropbox", "path": "/trip"}), 409)
        assert refused["code"] == "SOURCE_DISCONNECTED"
        assert error(connect(ann, "unknown-token"), 400)["code"] == "KEY_REFUSED"
        assert data(connect(ann))["account"] == ACCOUNT
        shown = data(ann.http.get("/settings"))["sources"]
        assert [(one["source"], one["account"], one["status"]) for one in shown] == [
            ("dropbox", ACCOUNT, "active")
        ]
        assert TOKEN not in repr(settings_rows(stack))

        before = ann.credits()
        first = ended(ann, start(ann, "/trip"))
        assert first["status"] == "listed"
        assert outcomes(first) == {
            **dict.fromkeys(pictures, "imported"),
            "/trip/deep/liar.png": "UNSUPPORTED_FORMAT",
        }
        images = [one["imageId"] for one in first["files"] if one["outcome"] == "imported"]
        assert {one["status"] for one in ann.settled(images)} == {"complete"}
        assert ann.credits() == before.after(used=4)

        server.files["/trip/1.jpg"] = Picture.drawn(seed=11).data
        del server.files["/trip/deep/liar.png"]
        second = ended(ann, start(ann, "/trip"))
        assert outcomes(second) == {**dict.fromkeys(pictures, "ALREADY_IMPORTED"), "/trip/1.jpg": "imported"}
        ann.settled([one["imageId"] for one in second["files"]])
        assert ann.credits() == before.after(used=5)
        assert server.counted[DOWNLOAD] == 6

        assert ended(ann, start(ann, "/none"))["reason"] == "SOURCE_REFUSED"

        server.token = "rotated-by-the-user"
        assert ended(ann, start(ann, "/trip"))["reason"] == "SOURCE_DISCONNECTED"
        asked = server.counted[LIST]
        assert data(ann.http.get("/settings"))["sources"][0]["status"] == "refused"
        assert error(ann.http.post("/imports", json={"source": "dropbox"}), 409)
        assert server.counted[LIST] == asked
    assert data(ann.http.delete("/settings/sources/dropbox"))["removed"] is True
    for function in ("ImportsApi", "ImportImage", "SettingsApi"):
        lines = list(stack.access.logs(function))
        assert lines
        assert not [line for line in lines if TOKEN in line.message], function
    assert data(ann.http.get("/settings"))["sources"] == []
