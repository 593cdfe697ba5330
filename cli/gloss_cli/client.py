"""Calls of the API that are safe to repeat, and repeated where it helps."""

import secrets
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

import httpx

from gloss_cli.errors import CliError, Refused, Unreachable

ATTEMPTS: Final = 6
MAX_WAIT_S: Final = 60.0
PAGE: Final = 100
_TIMEOUT_S: Final = 60.0

_AGAIN: Final = frozenset({429, 502, 503, 504})
_STILL_RUNNING: Final = "IDEMPOTENCY_IN_PROGRESS"
_NEVER_ARRIVED: Final = (httpx.ConnectError, httpx.ConnectTimeout)
_REPEATABLE: Final = frozenset({"GET", "POST"})
"""What may be sent again when the answer was lost: a POST has its Idempotency-Key."""

Json = dict[str, Any]
Value = str | int | float | list[str] | None
"""Of a parameter in an address; ``None`` leaves it out."""


class Api:
    """The API in the name of one user. Safe to share between threads."""

    def __init__(
        self,
        url: str,
        auth: httpx.Auth,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = httpx.Client(base_url=url, auth=auth, transport=transport, timeout=_TIMEOUT_S)
        self._storage = httpx.Client(transport=transport, timeout=_TIMEOUT_S)
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()
        self._storage.close()

    def get(self, path: str, **query: Value) -> Json:
        return self._data("GET", path, query)

    def post(self, path: str, body: object = None) -> Json:
        return self._data("POST", path, {}, body)

    def put(self, path: str, body: object) -> Json:
        return self._data("PUT", path, {}, body)

    def patch(self, path: str, body: object) -> Json:
        return self._data("PATCH", path, {}, body)

    def delete(self, path: str, **query: Value) -> Json:
        return self._data("DELETE", path, query)

    def pages(self, path: str, **query: Value) -> Iterator[Json]:
        """Every page of a list."""
        while True:
            page = self.get(path, **query)
            yield page
            if not page.get("next"):
                return
            query["cursor"] = page["next"]

    def items(self, path: str, key: str, *, limit: int | None = None, **query: Value) -> Iterator[Json]:
        """What a list holds, over all its pages or up to a number."""
        size = min(limit or PAGE, PAGE)
        pages = self.pages(path, limit=size, **query)
        return islice((item for page in pages for item in page[key]), limit)

    def csv(self, path: str, **query: Value) -> Iterator[str]:
        """A table in parts; only the first has the header line."""
        while True:
            answer = self._request("GET", path, query)
            text = answer.text if "cursor" not in query else answer.text.partition("\n")[2]
            yield text
            if not (cursor := answer.headers.get("x-next-cursor")):
                return
            query["cursor"] = cursor

    def send(self, form: Mapping[str, Any], name: str, content_type: str, file: BinaryIO) -> None:
        """Send a file with its form, straight to the storage.

        Raises:
            Refused, Unreachable: it was not taken.
        """

        def post() -> httpx.Response:
            file.seek(0)
            return self._storage.post(
                form["url"], data=form["fields"], files={"file": (name, file, content_type)}
            )

        answer = self._insist(post, repeatable=True)
        if answer.is_error:
            raise Refused(answer.status_code, {"message": "The storage did not take the file."})

    def download(self, link: str, target: Path) -> int:
        """Write what a time-limited link leads to, all of it or nothing; the bytes written.

        Raises:
            FileExistsError: an existing file is not replaced.
            Refused, Unreachable: the file was not given.
        """
        try:
            with self._storage.stream("GET", link) as answer:
                if answer.is_error:
                    raise Refused(answer.status_code, {"message": "The storage did not give the file."})
                return _write(answer.iter_bytes(), target)
        except httpx.TransportError as error:
            raise _unreachable(error) from error

    def _data(self, method: str, path: str, query: Mapping[str, Value], body: object = None) -> Json:
        data = _body(self._request(method, path, query, body)).get("data")
        if not isinstance(data, dict):
            raise CliError(f"What answers at {self._http.base_url} is not Gloss: check --api-url.")
        return data

    def _request(
        self, method: str, path: str, query: Mapping[str, Value], body: object = None
    ) -> httpx.Response:
        request = self._http.build_request(
            method,
            path,
            params={name: value for name, value in query.items() if value is not None},
            json=body,
            headers={"Idempotency-Key": uuid.uuid4().hex} if method == "POST" else {},
        )
        answer = self._insist(lambda: self._http.send(request), repeatable=method in _REPEATABLE)
        if answer.is_error:
            raise Refused(answer.status_code, _body(answer).get("error") or {})
        return answer

    def _insist(self, send: Callable[[], httpx.Response], *, repeatable: bool) -> httpx.Response:
        """The first answer that is worth having, or the last one."""
        for attempt in range(1, ATTEMPTS):
            try:
                answer = send()
            except httpx.TransportError as error:
                if not (repeatable or isinstance(error, _NEVER_ARRIVED)):
                    raise _unreachable(error) from error
                pause = _pause(attempt)
            else:
                if not _worth_repeating(answer):
                    return answer
                pause = _asked_for(answer) or _pause(attempt)
            self._sleep(pause)
        try:
            return send()
        except httpx.TransportError as error:
            raise _unreachable(error) from error


def _write(parts: Iterator[bytes], target: Path) -> int:
    with target.open("xb") as file:
        try:
            return sum(file.write(part) for part in parts)
        except BaseException:
            target.unlink()
            raise


def _unreachable(error: httpx.TransportError) -> Unreachable:
    return Unreachable(f"The service does not answer ({error}): check the network and try again.")


def _worth_repeating(answer: httpx.Response) -> bool:
    if answer.status_code == httpx.codes.CONFLICT:
        return (_body(answer).get("error") or {}).get("code") == _STILL_RUNNING
    return answer.status_code in _AGAIN


def _body(answer: httpx.Response) -> Json:
    """The envelope; an empty one where something before the API answered."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _asked_for(answer: httpx.Response) -> float | None:
    """Seconds of Retry-After, where it has that form and is no longer than anyone would wait."""
    value = answer.headers.get("retry-after", "")
    return min(float(value), MAX_WAIT_S) if value.isdecimal() else None


def _pause(attempt: int) -> float:
    """Doubles from half a second, up to half of it at random so that many clients do not come at once."""
    return min(2.0 ** (attempt - 2), MAX_WAIT_S) * secrets.SystemRandom().uniform(0.5, 1)
