"""The demo with a client that answers from memory."""

from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tools import demo, demo_view, samples
from tools.client import File, Refused, content_type
from tools.demo_view import Row
from tools.local_engine import LocalStackError

ACCEPTED = {"image/jpeg", "image/png"}


class Api:
    """Takes JPEG and PNG, describes each by its name, and has a few credits."""

    def __init__(self, left: int = 10) -> None:
        self.credits = left
        self.listed: list[dict[str, Any]] = []

    def quota(self) -> dict[str, Any]:
        meter = {
            "period": "2026-11",
            "limit": 10,
            "used": 10 - self.credits,
            "held": 0,
            "remaining": self.credits,
        }
        return {"account": "ann", "meters": {"images": meter}}

    def start_uploads(self, files: Sequence[File]) -> list[dict[str, Any]]:
        for position, file in enumerate(files):
            if file.content_type not in ACCEPTED:
                details = {"field": f"files.{position}.contentType"}
                raise Refused(415, {"code": "UNSUPPORTED_MEDIA_TYPE", "message": "no", "details": details})
        if len(files) > self.credits:
            raise Refused(
                403, {"code": "QUOTA_EXCEEDED", "message": "no", "details": {"remaining": self.credits}}
            )
        self.credits -= len(files)
        return [{"id": f"{len(self.listed) + number:03d}"} for number in range(len(files))]

    def send(self, upload: Mapping[str, Any], file: File) -> None:
        complete = file.read() != b"broken"
        image = {
            "id": upload["id"],
            "fileName": file.name,
            "status": "complete" if complete else "failed",
            "metadata": {"title": f"About {file.name}", "altText": "A thing", "tags": ["thing"]},
            "palette": [{"hex": "#102030"}],
            "provenance": {"title": {"source": "ai", "provider": "openai", "model": "m"}} if complete else {},
            "updatedAt": "2026-11-20T12:00:00.000000Z",
            "failure": None if complete else {"code": "CORRUPT_IMAGE", "message": "It is broken."},
            "links": {"thumbnail": "thumb"} if complete else {},
        }
        self.listed.append(image)

    def images(self) -> Iterator[dict[str, Any]]:
        yield from sorted(self.listed, key=lambda image: str(image["id"]), reverse=True)

    def download(self, link: str) -> bytes:
        return link.encode()


@pytest.fixture
def run(tmp_path: Path) -> Any:
    def run(api: Api, files: Mapping[str, bytes]) -> tuple[bool, str]:
        paths = [tmp_path / name for name in files]
        for path in paths:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(files[str(path.relative_to(tmp_path))])
        output = StringIO()
        shown = demo.Demo(api, tmp_path / "out", Console(file=output, width=80))  # type: ignore[arg-type]
        return shown.run(paths), output.getvalue()

    return run


def test_pictures_become_rows_thumbnails_and_a_bill(run: Any, tmp_path: Path) -> None:
    done, shown = run(Api(), {"a.jpg": b"1", "b.png": b"2"})
    assert done
    assert "About a.jpg" in shown
    assert shown.index("About a.jpg") < shown.index("About b.png")
    assert "openai (m)" in shown
    assert "#102030" in shown
    assert (tmp_path / "out/thumbnails/a.jpg").read_bytes() == b"thumb"
    assert [line.split()[-2] for line in shown.splitlines() if "before" in line or "after" in line] == [
        "10",
        "8",
    ]


def test_what_the_api_refuses_is_listed_and_the_rest_goes_on(run: Any) -> None:
    done, shown = run(Api(), {"a.jpg": b"1", "b.svg": b"2", "c.webp": b"3", "notes.txt": b"4", "d.jpg": b"5"})
    assert done
    assert "About a.jpg" in shown
    assert "About d.jpg" in shown
    assert [line for line in shown.splitlines() if line.startswith("skipped")] == [
        "skipped notes.txt: is no picture",
        "skipped b.svg: no",
        "skipped c.webp: no",
    ]


def test_credits_go_to_the_first_files(run: Any) -> None:
    done, shown = run(Api(left=1), {"a.jpg": b"1", "b.jpg": b"2"})
    assert done
    assert "About a.jpg" in shown
    assert "skipped b.jpg: no credits are left for it" in shown


class Operator:
    """Grants credits to an account of the API."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.asked = 0

    def __call__(self) -> "Operator":
        self.asked += 1
        return self

    def __enter__(self) -> "Operator":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def grant(self, account: str, amount: int, *, reason: str) -> None:
        assert (account, reason) == ("ann", "demo")
        self.api.credits += amount


def test_demo_after_demo_is_complete(run: Any) -> None:
    """What the account lacks it is granted, and no more; said where it was."""
    api = Api(left=3)
    operator = Operator(api)
    for number, given in enumerate((0, 1, 2, 2)):
        assert demo.grant_missing(api, operator, 2) == given  # type: ignore[arg-type]
        done, shown = run(api, {f"{number}a.jpg": b"1", f"{number}b.jpg": b"2"})
        assert done
        assert "skipped" not in shown
    assert (operator.asked, api.credits) == (3, 0)


def test_a_grant_is_said_and_nothing_else() -> None:
    output = StringIO()
    for given in (0, 14):
        demo_view.show_granted(Console(file=output, width=200), given)
    (line,) = output.getvalue().splitlines()
    assert line.endswith("granted it 14 more.")


def test_a_picture_that_cannot_be_processed_is_shown_with_its_reason(run: Any) -> None:
    done, shown = run(Api(), {"a.jpg": b"broken"})
    assert not done
    assert "failed: CORRUPT_IMAGE" in shown


def test_pictures_of_the_same_name_keep_their_thumbnails(run: Any, tmp_path: Path) -> None:
    run(Api(), {"one/a.jpg": b"1", "two/a.jpg": b"2"})
    assert len(list((tmp_path / "out/thumbnails").iterdir())) == 2


def test_a_refusal_of_several_fields_names_each_file() -> None:
    fields = [{"field": "files.0.size", "message": "too small"}, {"field": "files.2.name", "message": "odd"}]
    refusal = Refused(400, {"code": "VALIDATION_FAILED", "message": "no", "details": {"fields": fields}})
    assert demo.refused(refusal, 3) == {0: "too small", 2: "odd"}


def test_a_refusal_that_names_nobody_is_about_all() -> None:
    assert demo.refused(Refused(503, {"message": "busy"}), 2) == {0: "busy", 1: "busy"}


def test_a_folder_is_searched_with_all_below_it_but_nothing_hidden(tmp_path: Path) -> None:
    for name in ("a.jpg", "sub/b.jpg", ".hidden/c.jpg", ".DS_Store"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in demo.pictures(tmp_path)] == ["a.jpg", "b.jpg"]


def test_no_folder_and_an_empty_one_are_said(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match="no folder"):
        demo.pictures(tmp_path / "none")
    with pytest.raises(LocalStackError, match="no files"):
        demo.pictures(tmp_path)


def test_who_wrote_the_fields_is_said_once() -> None:
    image = {
        "fileName": "a.jpg",
        "status": "complete",
        "metadata": {},
        "palette": [],
        "provenance": {
            "title": {"source": "embedded"},
            "tags": {"source": "heuristic"},
            "caption": {"source": "embedded"},
        },
        "updatedAt": "1970-01-01T00:00:02.500000Z",
    }
    row = Row.of(image, None, sent_at=1.0)
    assert (row.provider, row.seconds) == ("embedded + heuristic", 1.5)


def test_there_are_a_dozen_samples_of_many_formats_and_one_is_turned() -> None:
    names = [sample.name for sample in samples.SAMPLES]
    assert len(set(names)) == len(names) >= 12
    assert len({content_type(name) for name in names}) >= 6
    assert any(sample.turned for sample in samples.SAMPLES)
    assert sum(bool(sample.keywords) for sample in samples.SAMPLES) >= 2
