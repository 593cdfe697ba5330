"""Which contents a library holds, remembered on this machine and kept true by the API's list of changes."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Self

from gloss_cli.client import Api, Json

_BEGINNING: Final = "2000-01-01T00:00:00Z"
TOMBSTONES_S: Final = 28 * 24 * 3600.0
"""An index that is older starts anew: the API remembers deletions for 30 days."""

_GONE: Final = frozenset({"failed", "cancelled"})
"""States of images whose file may well be sent again."""

# What a power failure takes with it is learned anew from the API: no wait for the disk at each file.
_TABLES: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS contents (
  account TEXT, image TEXT, sha256 TEXT NOT NULL, PRIMARY KEY (account, image)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_content ON contents (account, sha256);
CREATE TABLE IF NOT EXISTS seen (
  account TEXT PRIMARY KEY, until TEXT NOT NULL, asked_at REAL NOT NULL) WITHOUT ROWID;
"""


class ContentIndex:
    """One account's contents. Safe to share between threads, and between commands that run at once."""

    def __init__(self, path: Path, account: str, now: Callable[[], float] = time.time) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._account = account
        self._now = now
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, timeout=30)
        self._db.executescript(_TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def image_with(self, sha256: str) -> str | None:
        """The image that has this content, if the library holds one."""
        query = "SELECT image FROM contents WHERE account = ? AND sha256 = ?"
        with self._lock:
            row = self._db.execute(query, (self._account, sha256)).fetchone()
        return row[0] if row else None

    def add(self, image: str, sha256: str) -> None:
        with self._lock, self._db:
            self._put(image, sha256)

    def refresh(self, api: Api) -> None:
        """Learn what changed in the library since the last time, on whichever machine it was changed."""
        until = self._begin()
        asked_at = self._now()
        for page in api.pages("/images", since=until, limit=100):
            with self._lock, self._db:
                self._learn(page["images"], page["removed"])
            until = max([until, *(image["updatedAt"] for image in page["images"])])
        with self._lock, self._db:
            self._db.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (self._account, until, asked_at))

    def _begin(self) -> str:
        with self._lock, self._db:
            query = "SELECT until, asked_at FROM seen WHERE account = ?"
            until, asked_at = self._db.execute(query, (self._account,)).fetchone() or (_BEGINNING, 0.0)
            if self._now() - asked_at < TOMBSTONES_S:
                return str(until)
            self._db.execute("DELETE FROM contents WHERE account = ?", (self._account,))
            return _BEGINNING

    def _learn(self, images: Iterable[Json], removed: Iterable[str]) -> None:
        for image in images:
            if image["status"] in _GONE:
                self._forget(image["id"])
            elif sha256 := image["facts"].get("sha256"):
                self._put(image["id"], sha256)
        for image_id in removed:
            self._forget(image_id)

    def _put(self, image: str, sha256: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO contents VALUES (?, ?, ?)", (self._account, image, sha256))

    def _forget(self, image: str) -> None:
        self._db.execute("DELETE FROM contents WHERE account = ? AND image = ?", (self._account, image))
