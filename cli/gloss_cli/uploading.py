"""Send many files: several at a time, none twice, and whenever it stops it can go on from there."""

import contextlib
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Final, Literal, TypeVar

from gloss_cli.client import Api, Json
from gloss_cli.errors import CliError, ExitCode, Refused
from gloss_cli.files import Picture
from gloss_cli.index import ContentIndex
from gloss_cli.output import Bar
from gloss_cli.state import part

SENDERS: Final = 8
FORMS: Final = 25
"""Files of one request, at most."""

NO_CREDITS: Final = "no credits are left"

_T = TypeVar("_T")
Outcome = Literal["sent", "there", "failed"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a file: ``image`` is the image that it is now, or was already."""

    path: Path
    outcome: Outcome
    image: str | None = None
    reason: str | None = None


@dataclass(slots=True)
class Report:
    """``interrupted``: the user stopped it; what is not in ``results`` was not touched."""

    results: list[Result] = field(default_factory=list)
    interrupted: bool = False

    def of(self, outcome: Outcome) -> list[Result]:
        return [result for result in self.results if result.outcome == outcome]

    @property
    def exit_code(self) -> ExitCode:
        failed = self.of("failed")
        if self.interrupted:
            return ExitCode.INTERRUPTED
        if any(result.reason == NO_CREDITS for result in failed):
            return ExitCode.QUOTA
        if failed and len(failed) == len(self.results):
            return ExitCode.FAILURE
        return ExitCode.PARTIAL if failed else ExitCode.OK


class Uploader:
    """``stop`` is set to end it early."""

    def __init__(self, api: Api, index: ContentIndex, bar: Bar, stop: Event) -> None:
        self._api = api
        self._index = index
        self._bar = bar
        self._stop = stop
        self._total = 0
        self._report = Report()
        self._out_of_credits = False

    def run(self, paths: Sequence[Path]) -> Report:
        """Upload what the library does not hold yet; once told to stop, let what is on its way arrive."""
        self._total = len(paths)
        with ThreadPoolExecutor(SENDERS) as pool:
            for batch in _batches(self._new(pool, paths)):
                if not self._stop.is_set():
                    self._upload(pool, batch)
        self._report.interrupted = self._stop.is_set() and len(self._report.results) < self._total
        return self._report

    def _new(self, pool: ThreadPoolExecutor, paths: Sequence[Path]) -> Iterator[Picture]:
        """The files whose content neither the library nor an earlier one of them has."""
        chosen: dict[str, Path] = {}
        for some in itertools.takewhile(lambda _: not self._stop.is_set(), _batches(paths)):
            for path, read in zip(some, pool.map(_read, some), strict=True):
                if isinstance(read, str):
                    self._ended(Result(path, "failed", reason=read))
                elif image := self._index.image_with(read.sha256):
                    self._ended(Result(path, "there", image))
                elif twin := chosen.get(read.sha256):
                    self._ended(Result(path, "there", reason=f"the same as {twin}"))
                else:
                    chosen[read.sha256] = path
                    yield read

    def _upload(self, pool: ThreadPoolExecutor, batch: Sequence[Picture]) -> None:
        sending = [pool.submit(self._send, form, picture) for form, picture in self._start(batch)]
        for future in sending:
            if result := future.result():
                self._ended(result)

    def _start(self, batch: Sequence[Picture]) -> list[tuple[Json, Picture]]:
        """Forms for the files that the API takes. It takes all or none and names whom it refuses."""
        while batch and not self._out_of_credits:
            try:
                body = {"files": [picture.announcement() for picture in batch]}
                return list(zip(self._api.post("/uploads", body)["uploads"], batch, strict=True))
            except Refused as refusal:
                if refusal.exit_code is ExitCode.SIGN_IN:
                    raise
                reasons = refused(refusal, len(batch))
                self._out_of_credits = refusal.code == "QUOTA_EXCEEDED" and not refusal.details.get(
                    "remaining"
                )
                for position, reason in reasons.items():
                    self._ended(Result(batch[position].path, "failed", reason=reason))
                batch = [picture for position, picture in enumerate(batch) if position not in reasons]
        for picture in batch:
            self._ended(Result(picture.path, "failed", reason=NO_CREDITS))
        return []

    def _send(self, form: Json, picture: Picture) -> Result | None:
        """``None``: told to stop before it began; the credit is given back."""
        if self._stop.is_set():
            self._cancel(form)
            return None
        try:
            with picture.path.open("rb") as file:
                self._api.send(form, picture.path.name, picture.content_type, file)
        except (CliError, OSError) as error:
            self._cancel(form)
            return Result(picture.path, "failed", reason=str(error))
        self._index.add(form["id"], picture.sha256)
        return Result(picture.path, "sent", form["id"])

    def _cancel(self, form: Json) -> None:
        """Best effort: a form that nobody uses expires, and its credit goes back then."""
        with contextlib.suppress(CliError):
            self._api.delete(f"/uploads/{part(form['id'])}")

    def _ended(self, result: Result) -> None:
        self._report.results.append(result)
        self._bar(len(self._report.results), self._total)


def refused(refusal: Refused, count: int) -> dict[int, str]:
    """Which of ``count`` files a refusal is about, and why: all of them where it names none."""
    if refusal.code == "QUOTA_EXCEEDED":
        left = min(int(refusal.details.get("remaining", 0)), count - 1)
        return dict.fromkeys(range(left, count), NO_CREDITS)
    named = [{"message": str(refusal), **refusal.details}, *refusal.details.get("fields", ())]
    reasons = {
        int(match[1]): str(item["message"])
        for item in named
        if (match := re.match(r"files\.(\d+)\b", str(item.get("field", ""))))
    }
    return reasons or dict.fromkeys(range(count), str(refusal))


def _read(path: Path) -> Picture | str:
    try:
        return Picture.at(path)
    except OSError as error:
        return error.strerror or "cannot be read"


def _batches(things: Iterable[_T]) -> Iterator[list[_T]]:
    things = iter(things)
    while batch := list(itertools.islice(things, FORMS)):
        yield batch
