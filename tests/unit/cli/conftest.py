"""The command line against an API that answers by script."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from typer.testing import CliRunner, Result

from gloss_cli.main import app
from gloss_cli.profile import Installation, Profile
from gloss_cli.session import World

API: Final = "https://abc.execute-api.eu-central-1.amazonaws.com/api"
COGNITO: Final = "https://cognito-idp.eu-central-1.amazonaws.com"
NOW: Final = 1_800_000_000.0
DESCRIPTION: Final = Path(__file__).parents[3] / "docs" / "openapi.json"
ANN: Final = "ann@example.com"

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def token(sub: str, mark: str = "") -> str:
    claims = json.dumps({"sub": sub, "email": ANN, "mark": mark}).encode()
    return f"h.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.s"


def ok(data: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json={"success": True, "data": data})


def no(status: int, code: str, message: str = "No.", **details: object) -> httpx.Response:
    error = {"code": code, "message": message, "details": details}
    return httpx.Response(status, json={"success": False, "error": error})


_ROUTES: Final = {
    (method.upper(), re.compile(re.sub(r"{\w+}", "[^/]+", path)))
    for path, operations in json.loads(DESCRIPTION.read_text())["paths"].items()
    for method in operations
}


def is_route(method: str, path: str) -> bool:
    """Whether the API's own description has such a route."""
    return any(method == known and route.fullmatch(path) for known, route in _ROUTES)


class Service:
    """Answers by method and path, each answer once and the last one for good; keeps what it was asked."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], list[Answer]] = {}
        self.asked: list[httpx.Request] = []

    def on(self, method: str, path: str, *answers: Answer) -> None:
        own = not path.startswith("https:")
        assert not own or is_route(method, path), f"the API has no {method} {path}"
        url = f"{API}{path}" if own else path
        self._answers[method, url] = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(
            httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        )
        answers = self._answers[request.method, str(request.url.copy_with(query=None))]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return answer(request)

    def to(self, method: str, path: str) -> list[httpx.Request]:
        """What was asked there."""
        return [
            request
            for request in self.asked
            if request.method == method and request.url.path.removeprefix("/api") == path
        ]

    def body(self, method: str, path: str) -> Any:
        """What the last such request held."""
        return json.loads(self.to(method, path)[-1].content)


class Gloss:
    """``gloss`` on a machine of its own: ``slept`` holds the pauses, the clock stands still."""

    def __init__(self, folder: Path, service: Service) -> None:
        self.service = service
        self.slept: list[float] = []
        self.now = NOW
        self.world = World(folder, httpx.MockTransport(service), self.slept.append, lambda: self.now)

    def __call__(self, *args: str, stdin: str = "", env: Mapping[str, str] | None = None) -> Result:
        return CliRunner().invoke(app, list(args), input=stdin, env=env, obj=self.world)

    def json(self, *args: str, code: int = 0) -> Any:
        """The result of a command as a script reads it."""
        result = self(*args, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    def sign_in(self, expires_in: float = 3600) -> None:
        installation = Installation(API, "client-1", COGNITO)
        self.world.profile.save(Profile(installation, ANN, "refresh-1", token("ann"), NOW + expires_in))


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def machine(tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch) -> Gloss:
    """Nobody is signed in."""
    for name in ("GLOSS_TOKEN", "GLOSS_API_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return Gloss(tmp_path / "config", service)


@pytest.fixture
def gloss(machine: Gloss) -> Gloss:
    """Ann is signed in."""
    machine.sign_in()
    return machine


def image(image_id: str = "i-1", **values: Any) -> dict[str, Any]:
    """An image as the API shows it."""
    return {
        "id": image_id,
        "status": "complete",
        "fileName": f"{image_id}.jpg",
        "contentType": "image/jpeg",
        "size": 1000,
        "createdAt": "2026-11-20T12:00:00.000000Z",
        "updatedAt": "2026-11-20T12:00:01.000000Z",
        "version": 1,
        "attempt": 0,
        "metadata": {
            "title": "A bridge",
            "altText": "A bridge of stone",
            "caption": "",
            "description": "",
            "tags": ["bridge", "stone"],
            "decorative": False,
            "language": "en",
        },
        "provenance": {"title": {"source": "ai"}},
        "facts": {"width": 640, "height": 480, "sha256": "00"},
        "camera": {},
        "palette": [{"hex": "#102030", "share": 0.5, "name": "navy"}],
        "failure": None,
        "retryAt": None,
        "links": {},
        **values,
    }


def job(status: str = "complete", **values: Any) -> dict[str, Any]:
    """A job of ten images as the API shows it."""
    counters = {
        "total": 10,
        "done": 10,
        "skipped": 0,
        "failed": 0,
        "cancelled": 0,
        "inFlight": 0,
        "waiting": 0,
    }
    estimate = {
        "complete": True,
        "matched": 12,
        "toProcess": 10,
        "skipped": {"nothing_to_do": 2},
        "creditsNeeded": 10,
        "creditsAvailable": 50,
        "costUsd": 0.25,
        "durationSeconds": 90,
    }
    return {
        "id": "j-1",
        "status": status,
        "dryRun": False,
        "autoResume": False,
        "window": 200,
        "selection": {},
        "createdAt": "2026-11-20T12:00:00.000000Z",
        "updatedAt": "2026-11-20T12:00:01.000000Z",
        "estimate": estimate,
        "counters": counters | values.pop("counters", {}),
        "progress": {"done": 10, "total": 10},
        "skipped": {"nothing_to_do": 2},
        "undone": 0,
        "kept": 0,
        "stopped": None,
        "etaSeconds": None,
        **values,
    }
