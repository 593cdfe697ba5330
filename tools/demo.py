"""What Gloss does, in one command: pictures go in through the public API, metadata comes out.

``python -m tools.demo [--images FOLDER]`` needs the local stack (``make demo`` starts it). The user is made
once; everything after that is what any client of the API does.
"""

import argparse
import itertools
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tools import demo_view, samples
from tools.client import UPLOADS_PER_REQUEST, File, GlossClient, Refused
from tools.local_engine import LocalStackError
from tools.local_stack import FOLDER, LocalStack, chosen_port

EMAIL: Final = "demo@gloss.example"
PASSWORD: Final = "Gloss-demo-2026"  # noqa: S105 - printed for the person at the terminal, local stack only
OPERATOR: Final = "operator@gloss.example"
SENDERS: Final = 8
POLL_S: Final = 0.25
PATIENCE_S: Final = 180.0
"""How long nothing may move before the demo shows what it has: longer than an attempt may take."""

ENDED: Final = frozenset({"complete", "failed", "cancelled"})
_UNSAFE: Final = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that the API took, and when it was sent (seconds since the epoch)."""

    name: str
    at: float


@dataclass(frozen=True, slots=True)
class Skipped:
    name: str
    reason: str


class Demo:
    def __init__(self, client: GlossClient, folder: Path, console: Console) -> None:
        self._client = client
        self._folder = folder
        self._console = console
        self._saved: set[Path] = set()
        self.skipped: list[Skipped] = []

    def run(self, pictures: Iterable[Path]) -> bool:
        """Show what becomes of the pictures; whether there is one whose metadata is complete."""
        before = self._client.quota()["meters"]["images"]
        sent = self._upload(self._readable(pictures))
        images = self._await_end(sent) if sent else []
        rows = [self._row(image, sent[image["id"]]) for image in images]
        demo_view.show_images(self._console, rows)
        demo_view.show_skipped(self._console, [(skipped.name, skipped.reason) for skipped in self.skipped])
        demo_view.show_quota(self._console, before, self._client.quota()["meters"]["images"])
        return any(image["status"] == "complete" for image in images)

    def _readable(self, paths: Iterable[Path]) -> Iterator[File]:
        """Whatever calls itself a picture; the API judges the rest."""
        for path in paths:
            try:
                file = File.at(path)
            except OSError as error:
                self._skip(path.name, error.strerror or "cannot be read")
                continue
            if file.content_type.startswith("image/"):
                yield file
            else:
                self._skip(path.name, "is no picture")

    def _upload(self, files: Iterator[File]) -> dict[str, Sent]:
        sent: dict[str, Sent] = {}
        with ThreadPoolExecutor(SENDERS) as pool:
            while batch := list(itertools.islice(files, UPLOADS_PER_REQUEST)):
                jobs = self._start(batch)
                for upload, outcome in zip(jobs, pool.map(self._send, jobs), strict=True):
                    if outcome:
                        sent[upload[0]["id"]] = outcome
        return sent

    def _start(self, batch: Sequence[File]) -> list[tuple[dict[str, Any], File]]:
        """Forms for the files that the API takes. It takes all or none and names whom it refuses."""
        while batch:
            try:
                return list(zip(self._client.start_uploads(batch), batch, strict=True))
            except Refused as refusal:
                reasons = refused(refusal, len(batch))
                for position, reason in reasons.items():
                    self._skip(batch[position].name, reason)
                batch = [file for position, file in enumerate(batch) if position not in reasons]
        return []

    def _send(self, job: tuple[Mapping[str, Any], File]) -> Sent | None:
        upload, file = job
        try:
            self._client.send(upload, file)
        except (Refused, OSError) as error:
            self._skip(file.name, str(error))
            return None
        return Sent(file.name, time.time())

    def _skip(self, name: str, reason: str) -> None:
        self.skipped.append(Skipped(name, reason))

    def _await_end(self, sent: Mapping[str, Sent]) -> list[dict[str, Any]]:
        """The images in the order in which they were sent, as they are once nothing moves any more."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        moved = time.monotonic()
        states: dict[str, str] = {}
        with Progress(*columns, console=self._console) as progress:
            bar = progress.add_task("Processing", total=len(sent))
            while True:
                images = self._mine(sent)
                now = {image["id"]: image["status"] for image in images}
                done = sum(status in ENDED for status in now.values())
                progress.update(bar, completed=done)
                if now != states:
                    moved, states = time.monotonic(), now
                if done == len(sent) or time.monotonic() > moved + PATIENCE_S:
                    return images
                time.sleep(POLL_S)

    def _mine(self, sent: Mapping[str, Sent]) -> list[dict[str, Any]]:
        """Ids sort by time, so the listing (newest first) need not be read beyond the first one sent."""
        first = min(sent)
        listed = itertools.takewhile(lambda image: image["id"] >= first, self._client.images())
        found = {image["id"]: image for image in listed}
        return [found[image_id] for image_id in sent if image_id in found]

    def _row(self, image: Mapping[str, Any], sent: Sent) -> demo_view.Row:
        link = image["links"].get("thumbnail")
        return demo_view.Row.of(image, self._save(link, image) if link else None, sent.at)

    def _save(self, link: str, image: Mapping[str, Any]) -> Path:
        """The thumbnail in a file called like the picture; of several, all but the first get a number."""
        stem = _UNSAFE.sub("-", Path(image["fileName"]).stem)
        folder = self._folder / "thumbnails"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{stem}.jpg"
        if path in self._saved:
            path = folder / f"{stem}-{image['id'][-6:]}.jpg"
        self._saved.add(path)
        path.write_bytes(self._client.download(link))
        return path


def refused(refusal: Refused, count: int) -> dict[int, str]:
    """Which of ``count`` files a refusal is about, and why: all of them where it names none."""
    if "remaining" in refusal.details:
        return dict.fromkeys(range(refusal.details["remaining"], count), "no credits are left for it")
    named = [{"message": str(refusal), **refusal.details}, *refusal.details.get("fields", ())]
    reasons = {
        int(match[1]): str(item["message"])
        for item in named
        if (match := re.match(r"files\.(\d+)\b", str(item.get("field", ""))))
    }
    return reasons or dict.fromkeys(range(count), str(refusal))


def pictures(folder: Path | None) -> Sequence[Path]:
    """The files below ``folder``, or the samples, drawn where nothing is named.

    Raises:
        LocalStackError: there is no such folder, or nothing in it.
    """
    if folder is None:
        return samples.draw_into(FOLDER / "demo" / "pictures")
    if not folder.is_dir():
        raise LocalStackError(f"There is no folder {folder}: name one with IMAGES=…")
    hidden = re.compile(r"(^|/)\.")
    found = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not hidden.search(str(path.relative_to(folder)))
    ]
    if not found:
        raise LocalStackError(f"There are no files in {folder}.")
    return found


def sign_in(stack: LocalStack) -> str:
    """An ID token of the demo user, who is made where there is none yet.

    Raises:
        LocalStackError: the stack is down.
    """
    if not stack.is_healthy():
        raise LocalStackError("The stack is down: `make up` starts it.")
    stack.access.create_user(EMAIL, PASSWORD)
    return stack.access.id_token(EMAIL, PASSWORD)


def grant_missing(client: GlossClient, operator: Callable[[], GlossClient], wanted: int) -> int:
    """Make sure that the account has a credit for each of so many pictures; how many it was given.

    An account begins with a hundred a month, which a few demos use up; this stack is the demo's own.
    """
    quota = client.quota()
    missing = wanted - int(quota["meters"]["images"]["remaining"])
    if missing <= 0:
        return 0
    with operator() as granting:
        granting.grant(quota["account"], missing, reason="demo")
    return missing


def as_operator(stack: LocalStack) -> GlossClient:
    """The API as an operator of the local stack sees it; nobody else knows the password."""
    password = f"Aa1-{secrets.token_urlsafe(24)}"
    stack.access.create_user(OPERATOR, password, groups=["operators"])
    return GlossClient(stack.outputs["ApiUrl"], stack.access.id_token(OPERATOR, password))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; exit code 1 and one sentence where something does not work."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--images", type=Path, help="folder with pictures, searched with all below it")
    parser.add_argument("--token", action="store_true", help="only print an ID token of the demo user")
    parsed = parser.parse_args(arguments)
    try:
        stack = LocalStack(FOLDER, chosen_port(FOLDER))
        token = sign_in(stack)
        if parsed.token:
            print(token)
            return 0
        return _show(stack, token, pictures(parsed.images and parsed.images.expanduser()))
    except (LocalStackError, Refused) as error:
        print(f"gloss: {error}", file=sys.stderr)
    except httpx.TransportError as error:
        print(
            f"gloss: The stack does not answer ({error}): `make status` and `make logs` say more.",
            file=sys.stderr,
        )
    return 1


def _show(stack: LocalStack, token: str, paths: Sequence[Path]) -> int:
    console = Console(highlight=False)
    url = stack.outputs["ApiUrl"]
    with GlossClient(url, token) as client:
        given = grant_missing(client, lambda: as_operator(stack), len(paths))
        demo_view.show_granted(console, given)
        demo = Demo(client, FOLDER / "demo", console)
        complete = demo.run(paths)
    demo_view.show_access(console, url, stack.console.url, EMAIL, PASSWORD)
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
