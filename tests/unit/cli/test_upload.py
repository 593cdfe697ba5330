import json
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from gloss_cli.files import content_type, find
from gloss_cli.index import TOMBSTONES_S
from gloss_cli.output import Bar, Output
from tests.unit.cli.conftest import Gloss, Service, image, no, ok

BUCKET = "https://bucket.s3.amazonaws.com/"


class Library:
    """What the API and its storage know; counts on a file's bytes being its name."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.credits = 1000
        self.images: dict[str, dict[str, Any]] = {}
        self.removed: list[str] = []
        self.cancelled: set[str] = set()
        self._lock = threading.Lock()
        service.on("GET", "/images", self._changes)
        service.on("POST", "/uploads", self._start)
        service.on("POST", BUCKET, self._store)

    def _start(self, request: httpx.Request) -> httpx.Response:
        files = json.loads(request.content)["files"]
        for position, file in enumerate(files):
            if file["contentType"] == "text/plain":
                return no(415, "UNSUPPORTED_MEDIA_TYPE", "No picture.", field=f"files.{position}.contentType")
        if len(files) > self.credits:
            return no(403, "QUOTA_EXCEEDED", remaining=self.credits)
        self.credits -= len(files)
        uploads = [self._form(file["name"]) for file in files]
        return ok({"uploads": uploads, "remaining": self.credits}, 201)

    def _form(self, name: str) -> dict[str, Any]:
        upload = f"i-{len(self.images)}"
        self.images[upload] = image(upload, fileName=name, status="pending", facts={})
        self.service.on("DELETE", f"/uploads/{upload}", lambda _: self._cancel(upload))
        self.service.on("GET", f"/images/{upload}", lambda _: ok(self.images[upload]))
        return {"id": upload, "url": BUCKET, "fields": {"key": upload}}

    def _cancel(self, upload: str) -> httpx.Response:
        with self._lock:
            self.cancelled.add(upload)
            self.credits += 1
        return ok({"id": upload, "status": "cancelled"})

    def _store(self, request: httpx.Request) -> httpx.Response:
        if b"refuse me" in request.content:
            return httpx.Response(403)
        return httpx.Response(204)

    def _changes(self, request: httpx.Request) -> httpx.Response:
        since = request.url.params["since"]
        changed = [found for found in self.images.values() if found["updatedAt"] >= since]
        return ok({"images": changed, "removed": self.removed, "next": None})


@pytest.fixture
def library(service: Service) -> Library:
    return Library(service)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "pictures", {"a.jpg": "a", "b.png": "b", "deep/c.webp": "c"})


def written(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def names(results: list[dict[str, Any]]) -> list[str]:
    return sorted(Path(result["path"]).name for result in results)


def test_a_folder_is_sent_once(gloss: Gloss, library: Library, folder: Path) -> None:
    first = gloss.json("upload", "-r", str(folder))
    second = gloss.json("upload", "-r", str(folder))

    assert names(first["sent"]) == ["a.jpg", "b.png", "c.webp"]
    assert (first["there"], first["failed"]) == ([], [])
    assert (second["sent"], names(second["there"])) == ([], ["a.jpg", "b.png", "c.webp"])
    assert {result["image"] for result in second["there"]} == {result["image"] for result in first["sent"]}
    assert library.credits == 997
    announced = {file["name"]: file for file in gloss.service.body("POST", "/uploads")["files"]}
    assert announced["b.png"] == {"name": "b.png", "contentType": "image/png", "size": 1}


def test_people_read_ids_and_a_sum(gloss: Gloss, library: Library, folder: Path) -> None:
    result = gloss("upload", str(folder / "a.jpg"))

    assert result.stdout.split() == ["i-0", str(folder / "a.jpg")]
    assert result.stderr.strip() == "1 sent, 0 there already, 0 failed."


def test_contents_count_and_not_names(gloss: Gloss, library: Library, folder: Path) -> None:
    written(folder, {"copy of a.jpg": "a"})

    report = gloss.json("upload", "-r", str(folder))

    assert len(report["sent"]) == 3
    assert [result["reason"] for result in report["there"]] == [f"the same as {folder / 'a.jpg'}"]


def test_what_was_uploaded_elsewhere_is_known(gloss: Gloss, library: Library, folder: Path) -> None:
    sha256 = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"  # of "a"
    library.images["elsewhere"] = image("elsewhere", facts={"sha256": sha256})

    report = gloss.json("upload", str(folder / "a.jpg"))

    assert [result["image"] for result in report["there"]] == ["elsewhere"]


@pytest.mark.parametrize("how", ["removed", "failed", "cancelled"])
def test_what_is_no_longer_there_is_sent_again(
    gloss: Gloss, library: Library, folder: Path, how: str
) -> None:
    (sent,) = gloss.json("upload", str(folder / "a.jpg"))["sent"]
    if how == "removed":
        del library.images[sent["image"]]
        library.removed.append(sent["image"])
    else:
        library.images[sent["image"]] = image(sent["image"], status=how)

    assert len(gloss.json("upload", str(folder / "a.jpg"))["sent"]) == 1


def test_only_what_changed_is_asked_for(gloss: Gloss, library: Library, folder: Path) -> None:
    library.images["old"] = image("old", updatedAt="2026-05-01T00:00:00Z")

    for _ in range(2):
        gloss("upload", str(folder / "a.jpg"))
    gloss.now += TOMBSTONES_S
    gloss.sign_in(expires_in=TOMBSTONES_S + 3600)
    gloss("upload", str(folder / "a.jpg"))

    asked = [request.url.params["since"] for request in gloss.service.to("GET", "/images")]
    assert asked == ["2000-01-01T00:00:00Z", "2026-05-01T00:00:00Z", "2000-01-01T00:00:00Z"]


def test_another_user_of_this_machine_has_another_library(
    gloss: Gloss, library: Library, folder: Path
) -> None:
    gloss("upload", str(folder / "a.jpg"))
    env = {
        "GLOSS_TOKEN": "another",
        "GLOSS_API_URL": "https://abc.execute-api.eu-central-1.amazonaws.com/api",
    }

    assert "1 sent" in gloss("upload", str(folder / "a.jpg"), env=env).stderr


def test_a_refused_file_does_not_keep_the_others_out(gloss: Gloss, library: Library, folder: Path) -> None:
    text = written(folder, {"notes.txt": "n"}) / "notes.txt"
    bad = written(folder, {"bad.jpg": "refuse me"}) / "bad.jpg"

    report = gloss.json("upload", str(text), str(bad), str(folder / "a.jpg"), code=7)

    assert names(report["sent"]) == ["a.jpg"]
    assert {Path(result["path"]).name: result["reason"] for result in report["failed"]} == {
        "notes.txt": "No picture.",
        "bad.jpg": "The storage did not take the file.",
    }
    assert library.cancelled == {"i-0"}, "the credit of the file that was not taken goes back"
    assert library.credits == 999


def test_nothing_uploaded_is_a_failure(gloss: Gloss, library: Library, folder: Path) -> None:
    bad = written(folder, {"bad.jpg": "refuse me"}) / "bad.jpg"

    result = gloss("upload", str(bad))

    assert result.exit_code == 1
    assert "1 of 1 files were not uploaded" in result.stderr


def test_a_file_that_cannot_be_read_is_named(gloss: Gloss, library: Library, folder: Path) -> None:
    def find_and_lose(*_: object, **__: object) -> list[Path]:
        return [folder / "gone.jpg", folder / "a.jpg"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gloss_cli.upload.find", find_and_lose)
        report = gloss.json("upload", "x", code=7)

    assert [result["reason"] for result in report["failed"]] == ["No such file or directory"]
    assert names(report["sent"]) == ["a.jpg"]


def test_credits_go_to_the_first_files(gloss: Gloss, library: Library, folder: Path) -> None:
    written(folder, {f"{number:02}.jpg": str(number) for number in range(60)})
    library.credits = 30

    report = gloss.json("upload", "-r", str(folder), code=4)

    assert len(report["sent"]) == 30
    assert {result["reason"] for result in report["failed"]} == {"no credits are left"}
    assert len(report["failed"]) == 33
    assert library.credits == 0
    assert len(gloss.service.to("POST", "/uploads")) == 4, "nothing is asked once there are none"


def test_a_sign_in_that_ends_ends_the_upload(gloss: Gloss, library: Library, folder: Path) -> None:
    gloss.service.on("POST", "/uploads", no(401, "UNAUTHENTICATED"))
    env = {"GLOSS_TOKEN": "t", "GLOSS_API_URL": "https://abc.execute-api.eu-central-1.amazonaws.com/api"}

    assert gloss("upload", "-r", str(folder), env=env).exit_code == 3


def test_after_ctrl_c_the_rest_is_sent_and_no_credit_is_lost(
    gloss: Gloss, library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(folder, {f"{number:02}.jpg": str(number) for number in range(40)})
    monkeypatch.setattr("gloss_cli.uploading.SENDERS", 1)

    with monkeypatch.context() as patch:
        patch.setattr(Output, "progress", interrupted_at(5))
        stopped = gloss("upload", "-r", str(folder))

    assert stopped.exit_code == 130
    assert "same command again" in stopped.stderr
    sent = len(stopped.stdout.splitlines())
    assert 5 <= sent <= 25
    assert library.credits == 1000 - sent
    assert len(library.cancelled) == 25 - sent
    again = gloss.json("upload", "-r", str(folder))
    assert (len(again["there"]), len(again["sent"])) == (sent, 43 - sent)
    assert library.credits == 1000 - 43


def interrupted_at(count: int) -> Callable[..., AbstractContextManager[Bar]]:
    """A progress bar that stands for somebody who watches it and presses Ctrl-C."""

    @contextmanager
    def progress(_self: Output, _what: str) -> Iterator[Bar]:
        def bar(done: int, _total: int, _what: str = "") -> None:
            if done == count:
                signal.raise_signal(signal.SIGINT)

        yield bar

    return progress


def test_waiting_ends_with_the_last_image(gloss: Gloss, library: Library, folder: Path) -> None:
    def describe(seconds: float) -> None:
        gloss.slept.append(seconds)
        pending = [found for found in library.images.values() if found["status"] == "pending"]
        pending[0]["status"] = "complete"

    gloss.world = type(gloss.world)(gloss.world.folder, gloss.world.transport, describe, gloss.world.now)

    assert gloss("upload", "-r", "--wait", str(folder)).exit_code == 0
    assert len(gloss.slept) == 3


def test_an_image_that_fails_while_one_waits_is_named(gloss: Gloss, library: Library, folder: Path) -> None:
    def fail(_: float) -> None:
        for found in library.images.values():
            found |= {"status": "failed", "failure": {"code": "CORRUPT_IMAGE", "message": "It is broken."}}

    gloss.world = type(gloss.world)(gloss.world.folder, gloss.world.transport, fail, gloss.world.now)

    result = gloss("upload", "--wait", str(folder / "a.jpg"))

    assert result.exit_code == 1
    assert "a.jpg (i-0): It is broken." in result.stderr


def test_leaving_while_one_waits_loses_nothing(gloss: Gloss, library: Library, folder: Path) -> None:
    def leave(_: float) -> None:
        raise KeyboardInterrupt

    gloss.world = type(gloss.world)(gloss.world.folder, gloss.world.transport, leave, gloss.world.now)

    result = gloss("upload", "--wait", str(folder / "a.jpg"))

    assert result.exit_code == 130
    assert "gloss images list" in result.stderr


def test_a_folder_needs_a_word_and_pictures(gloss: Gloss, library: Library, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert "--recursive" in gloss("upload", str(tmp_path)).stderr
    assert "no file" in gloss("upload", str(tmp_path / "nowhere")).stderr
    empty = gloss("upload", "-r", str(tmp_path / "empty"))
    assert (empty.exit_code, "no pictures" in empty.stderr) == (2, True)


def test_hidden_files_other_files_and_repetitions_are_left_out(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "p", {"a.JPG": "", "b.txt": "", ".c.jpg": "", ".d/e.jpg": "", "f/g.heic": "", "h": ""}
    )

    found = find([folder / "a.JPG", folder, folder / "h"], recursive=True)

    assert [path.name for path in found] == ["a.JPG", "g.heic", "h"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.JPEG", "image/jpeg"),
        ("a.hif", "image/heic"),
        ("a.txt", "text/plain"),
        ("a", "application/octet-stream"),
    ],
)
def test_endings_have_media_types(name: str, expected: str) -> None:
    assert content_type(name) == expected
