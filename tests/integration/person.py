"""A user of the deployed stack: signs in, uploads and looks, over HTTP only, as any client would."""

import base64
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import httpx

from tools.local_engine import wait_for
from tools.local_stack import LocalStack
from tools.pictures import draw

PASSWORD: Final = "Correct-horse-7"
SETTLED: Final = {"complete", "failed", "cancelled"}
DEADLINE_S: Final = 60.0

MEDIA_TYPES: Final[Mapping[str, str]] = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "TIFF": "image/tiff",
    "AVIF": "image/avif",
    "HEIF": "image/heic",
}
"""The accepted media type of each of Pillow's formats."""


@dataclass(frozen=True)
class Picture:
    """A file that a person has; ``size`` may be set to announce another one than it has."""

    name: str
    content_type: str
    data: bytes

    @classmethod
    def drawn(cls, kind: str = "beach", *, seed: int = 0, format_: str = "JPEG", **options: Any) -> Self:
        data = draw(kind, seed=seed, size=options.pop("size", (320, 240)), format=format_, **options)
        return cls(f"{kind} {seed}.{format_.lower()}", MEDIA_TYPES[format_], data)

    def announced(self) -> dict[str, Any]:
        return {"name": self.name, "contentType": self.content_type, "size": max(1, len(self.data))}


class Person:
    """One signed-in user with credits of their own."""

    def __init__(self, stack: LocalStack, *, groups: Sequence[str] = (), email: str = "") -> None:
        self.email = email or f"{uuid.uuid4().hex}@example.com"
        stack.access.create_user(self.email, PASSWORD, groups=groups)
        self.token = stack.access.id_token(self.email, PASSWORD)
        self.id: str = claims(self.token)["sub"]
        self.http = httpx.Client(
            base_url=stack.outputs["ApiUrl"], headers={"Authorization": self.token}, timeout=60
        )

    def close(self) -> None:
        self.http.close()

    def start(self, *pictures: Picture) -> list[dict[str, Any]]:
        """The forms for these files, in order."""
        answer = self.http.post("/uploads", json={"files": [picture.announced() for picture in pictures]})
        uploads: list[dict[str, Any]] = data(answer, 201)["uploads"]
        return uploads

    def upload(self, *pictures: Picture) -> list[str]:
        """Start and send all of them; the ids, in order."""
        uploads = self.start(*pictures)
        for form, picture in zip(uploads, pictures, strict=True):
            assert send(form, picture).status_code == 204
        return [form["id"] for form in uploads]

    def image(self, image: str) -> dict[str, Any]:
        shown: dict[str, Any] = data(self.http.get(f"/images/{image}"))
        return shown

    def settled(self, images: Iterable[str], *, deadline_s: float = DEADLINE_S) -> list[dict[str, Any]]:
        """The images once all of them have ended; fails when the deadline passes first."""
        return [self.reaches(image, SETTLED, deadline_s=deadline_s) for image in images]

    def reaches(self, image: str, statuses: set[str], *, deadline_s: float = DEADLINE_S) -> dict[str, Any]:
        """The image once it stands in one of the statuses; fails when the deadline passes first."""
        seen: list[dict[str, Any]] = []

        def arrived() -> bool:
            seen[:] = [self.image(image)]
            return seen[0]["status"] in statuses

        assert wait_for(arrived, deadline_s), f"{image} is {seen[0]['status']}: {seen[0].get('failure')}"
        return seen[0]

    def credits(self) -> "Credits":
        meter = data(self.http.get("/quota"))["meters"]["images"]
        return Credits(used=meter["used"], held=meter["held"], remaining=meter["remaining"])


@dataclass(frozen=True)
class Credits:
    """The images meter: what is spent for good, what is set aside, what is left."""

    used: int
    held: int
    remaining: int

    def after(self, *, used: int = 0, held: int = 0) -> Self:
        """What it has to be after so many more were used and set aside."""
        return type(self)(self.used + used, self.held + held, self.remaining - used - held)


def send(form: Mapping[str, Any], picture: Picture, **fields: str) -> httpx.Response:
    """Post the file with the form's fields, some of them replaced."""
    return httpx.post(
        form["url"],
        data={**form["fields"], **fields},
        files={"file": (picture.name, picture.data, picture.content_type)},
        timeout=60,
    )


def data(answer: httpx.Response, status: int = 200) -> Any:
    """What a successful answer holds."""
    body = answer.json()
    assert (answer.status_code, body["success"]) == (status, True), answer.text
    return body["data"]


def error(answer: httpx.Response, status: int) -> dict[str, Any]:
    """What a refusal says: ``code``, ``message``, ``details``."""
    body = answer.json()
    assert (answer.status_code, body["success"]) == (status, False), answer.text
    assert set(body["error"]) == {"code", "message", "details"}
    refusal: dict[str, Any] = body["error"]
    return refusal


def refused_fields(answer: httpx.Response) -> set[str]:
    """The fields that a 400 complains about, each with a message."""
    refusal = error(answer, 400)
    assert refusal["code"] == "VALIDATION_FAILED"
    assert all(field["message"] for field in refusal["details"]["fields"])
    return {field["field"] for field in refusal["details"]["fields"]}


def claims(token: str) -> dict[str, Any]:
    """The payload of a token, unverified."""
    payload = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return decoded


def pictures(count: int) -> Sequence[Picture]:
    """So many different small JPEGs."""
    return [Picture.drawn("flowers", seed=seed, size=(160, 120)) for seed in range(count)]
