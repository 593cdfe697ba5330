from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gloss_cli.client import ATTEMPTS, Api
from gloss_cli.errors import CliError, ExitCode, Refused, Unreachable
from gloss_cli.session import GivenToken
from tests.unit.cli.conftest import API, Service, no, ok

BUCKET = "https://bucket.s3.amazonaws.com/"
LOST = httpx.ReadTimeout("no answer")


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def api(service: Service, slept: list[float]) -> Api:
    return Api(API, GivenToken("t"), transport=httpx.MockTransport(service), sleep=slept.append)


def test_a_busy_service_is_asked_again_when_it_says(api: Api, service: Service, slept: list[float]) -> None:
    later = httpx.Response(429, headers={"Retry-After": "7"}, json={"message": "Too Many Requests"})
    service.on("GET", "/quota", later, no(503, "BUSY"), ok({"plan": "free"}))

    assert api.get("/quota") == {"plan": "free"}

    assert slept[0] == 7
    assert 0 < slept[1] <= 1


def test_nobody_waits_for_longer_than_a_minute(api: Api, service: Service, slept: list[float]) -> None:
    service.on("GET", "/quota", httpx.Response(429, headers={"Retry-After": "86400"}), ok({}))

    api.get("/quota")

    assert slept == [60]


def test_a_service_that_stays_busy_is_given_up(api: Api, service: Service, slept: list[float]) -> None:
    service.on("GET", "/quota", no(503, "BUSY"))

    with pytest.raises(Refused, match="try again"):
        api.get("/quota")

    assert len(service.asked) == ATTEMPTS
    assert all(early < late for early, late in zip(slept, slept[2:], strict=False))


def test_a_post_whose_answer_was_lost_is_the_same_post_again(api: Api, service: Service) -> None:
    service.on("POST", "/jobs", LOST, no(409, "IDEMPOTENCY_IN_PROGRESS"), ok({"id": "j"}))

    assert api.post("/jobs", {"x": 1}) == {"id": "j"}

    assert len({request.headers["idempotency-key"] for request in service.asked}) == 1
    assert len({request.content for request in service.asked}) == 1


def test_two_posts_have_two_keys(api: Api, service: Service) -> None:
    service.on("POST", "/jobs", ok({}))

    api.post("/jobs")
    api.post("/jobs")

    assert len({request.headers["idempotency-key"] for request in service.asked}) == 2


@pytest.mark.parametrize(("call", "path"), [("patch", "/images/i/metadata"), ("put", "/settings")])
def test_a_change_whose_answer_was_lost_is_not_made_again(
    api: Api, service: Service, call: str, path: str
) -> None:
    service.on(call.upper(), path, LOST)

    with pytest.raises(Unreachable):
        getattr(api, call)(path, {})

    assert len(service.asked) == 1


def test_what_never_arrived_may_always_be_sent_again(api: Api, service: Service) -> None:
    service.on("PUT", "/settings", httpx.ConnectError("refused"), ok({"version": 2}))

    assert api.put("/settings", {}) == {"version": 2}


def test_a_network_that_stays_away_is_named(api: Api, service: Service) -> None:
    service.on("GET", "/quota", LOST)

    with pytest.raises(Unreachable, match="no answer"):
        api.get("/quota")

    assert len(service.asked) == ATTEMPTS


@pytest.mark.parametrize(
    ("status", "code", "exit_code"),
    [
        (400, "VALIDATION_FAILED", ExitCode.USAGE),
        (401, "UNAUTHENTICATED", ExitCode.SIGN_IN),
        (403, "QUOTA_EXCEEDED", ExitCode.QUOTA),
        (403, "UNAUTHORIZED", ExitCode.FAILURE),
        (404, "IMAGE_NOT_FOUND", ExitCode.NOT_FOUND),
        (409, "VERSION_CONFLICT", ExitCode.CONFLICT),
        (500, "INTERNAL", ExitCode.FAILURE),
    ],
)
def test_a_refusal_has_its_exit_code(
    api: Api, service: Service, status: int, code: str, exit_code: ExitCode
) -> None:
    service.on("GET", "/quota", no(status, code, "Because."))

    with pytest.raises(Refused, match=r"Because\.") as refusal:
        api.get("/quota")

    assert (refusal.value.code, refusal.value.exit_code) == (code, exit_code)
    assert len(service.asked) == 1


def test_a_refused_form_names_the_fields(api: Api, service: Service) -> None:
    fields = [{"field": "limit", "message": "too large"}]
    service.on("GET", "/images", no(400, "VALIDATION_FAILED", "The request is not valid.", fields=fields))

    with pytest.raises(Refused, match=r"not valid\. \(limit: too large\)"):
        api.get("/images")


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (httpx.Response(401, json={"message": "Unauthorized"}), "gloss login"),
        (httpx.Response(418, text="teapot"), "HTTP 418"),
        (httpx.Response(200, text="<html>"), "not Gloss"),
        (httpx.Response(200, json=["x"]), "not Gloss"),
    ],
)
def test_an_answer_of_something_else_is_understood_as_that(
    api: Api, service: Service, answer: httpx.Response, word: str
) -> None:
    service.on("GET", "/quota", answer)

    with pytest.raises(CliError, match=word):
        api.get("/quota")


def test_a_list_is_read_to_its_end_or_as_far_as_asked(api: Api, service: Service) -> None:
    def page(request: httpx.Request) -> httpx.Response:
        cursor = request.url.params.get("cursor")
        return ok(
            {"images": [{"n": 3}], "next": None} if cursor else {"images": [{"n": 1}, {"n": 2}], "next": "c"}
        )

    service.on("GET", "/images", page)

    assert [item["n"] for item in api.items("/images", "images", status=None)] == [1, 2, 3]
    assert "status" not in service.asked[0].url.params
    assert [item["n"] for item in api.items("/images", "images", limit=2)] == [1, 2]
    assert service.asked[-1].url.params["limit"] == "2"
    assert len(service.asked) == 3


def test_a_table_in_parts_has_one_header(api: Api, service: Service) -> None:
    first = httpx.Response(200, text="a,b\r\n1,2\r\n", headers={"X-Next-Cursor": "c"})
    service.on("GET", "/jobs/j/report.csv", first, httpx.Response(200, text="a,b\r\n3,4\r\n"))

    assert "".join(api.csv("/jobs/j/report.csv")) == "a,b\r\n1,2\r\n3,4\r\n"
    assert service.asked[1].url.params["cursor"] == "c"


def test_a_file_goes_to_the_storage_without_the_token_and_again_if_it_must(
    api: Api, service: Service, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"picture")
    service.on("POST", BUCKET, LOST, httpx.Response(503), httpx.Response(204))

    with path.open("rb") as file:
        api.send({"url": BUCKET, "fields": {"key": "k"}}, "a.jpg", "image/jpeg", file)

    assert len(service.asked) == 3
    assert all(
        b"picture" in request.content and b'name="key"' in request.content for request in service.asked
    )
    assert not any("authorization" in request.headers for request in service.asked)


def test_a_storage_that_refuses_is_believed(api: Api, service: Service, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"picture")
    service.on("POST", BUCKET, httpx.Response(403, text="<Error/>"))

    with path.open("rb") as file, pytest.raises(Refused, match="storage"):
        api.send({"url": BUCKET, "fields": {}}, "a.jpg", "image/jpeg", file)


def test_a_download_replaces_nothing(api: Api, service: Service, tmp_path: Path) -> None:
    service.on("GET", f"{BUCKET}a", httpx.Response(200, content=b"picture"))
    target = tmp_path / "a.jpg"

    assert api.download(f"{BUCKET}a", target) == 7
    assert target.read_bytes() == b"picture"
    with pytest.raises(FileExistsError):
        api.download(f"{BUCKET}a", target)


def test_a_download_that_is_refused_leaves_no_file(api: Api, service: Service, tmp_path: Path) -> None:
    service.on("GET", f"{BUCKET}a", httpx.Response(403))

    with pytest.raises(Refused):
        api.download(f"{BUCKET}a", tmp_path / "a.jpg")

    assert list(tmp_path.iterdir()) == []


def test_a_download_that_breaks_off_leaves_no_file(api: Api, service: Service, tmp_path: Path) -> None:
    class Breaks(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b"pic"
            raise httpx.ReadError("cut")

    service.on("GET", f"{BUCKET}a", lambda _: httpx.Response(200, stream=Breaks()))

    with pytest.raises(Unreachable, match="cut"):
        api.download(f"{BUCKET}a", tmp_path / "a.jpg")

    assert list(tmp_path.iterdir()) == []
