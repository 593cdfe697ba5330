"""The profile: which installation, and who is signed in. One file that only its owner can read."""

import json
import os
import re
import stat
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from gloss_cli.errors import CliError, UsageError

_AWS_API: Final = re.compile(r"\.execute-api\.([\w-]+)\.amazonaws\.com$")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Installation:
    """Where the API is and where its users sign in."""

    api_url: str
    client_id: str
    cognito_url: str

    @classmethod
    def at(cls, api_url: str, client_id: str, cognito_url: str | None) -> Self:
        """Where users of an API on AWS sign in follows from its address.

        Raises:
            UsageError: it does not, or an address would carry secrets over the network unencrypted.
        """
        api_url = protected(api_url)
        match = _AWS_API.search(urlsplit(api_url).hostname or "")
        if cognito_url is None and match is None:
            raise UsageError("Where to sign in does not follow from this address: add --cognito-endpoint.")
        region_url = f"https://cognito-idp.{match[1]}.amazonaws.com/" if match else ""
        return cls(api_url, client_id, protected(cognito_url or region_url))

    @classmethod
    def local(cls, outputs: Path) -> Self:
        """The local stack, as ``make up`` wrote it down.

        Raises:
            UsageError: it is not up, or this is not its folder.
        """
        try:
            found = json.loads(outputs.read_text())
            address = urlsplit(found["ApiUrl"])
            return cls.at(found["ApiUrl"], found["UserPoolClientId"], f"{address.scheme}://{address.netloc}/")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"There is no local stack in {outputs}: run `make up`, and this in the same folder."
            ) from error


@dataclass(frozen=True, slots=True)
class Profile:
    """A signed-in user. ``id_token`` is good until ``expires_at`` (seconds since the epoch)."""

    installation: Installation
    email: str
    refresh_token: str = field(repr=False)
    id_token: str = field(repr=False)
    expires_at: float

    @classmethod
    def from_json(cls, text: str) -> Self:
        values = json.loads(text)
        return cls(**{**values, "installation": Installation(**values["installation"])})


class ProfileFile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> Profile | None:
        """The profile; ``None`` where nobody signed in.

        Raises:
            CliError: others can read the file, or it is none of ours.
        """
        try:
            with self.path.open() as file:
                mode = os.fstat(file.fileno()).st_mode
                text = file.read()
        except FileNotFoundError:
            return None
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise CliError(
                f"Others can read {self.path}, which holds your sign-in: run `chmod 600` on it, "
                "or `gloss login` anew if somebody may have."
            )
        try:
            return Profile.from_json(text)
        except (ValueError, KeyError, TypeError) as error:
            raise CliError(f"{self.path} cannot be read: remove it and run `gloss login`.") from error

    def save(self, profile: Profile) -> None:
        """Replace the file at once; a reader sees the old or the new one, and nobody else sees either."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".profile-")  # made with mode 0600
        try:
            with os.fdopen(handle, "w") as file:
                json.dump(asdict(profile), file)
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def protected(url: str) -> str:
    """The address without a slash at its end.

    Raises:
        UsageError: it is none, or not https though it leads off this machine.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"{url!r} is no address: it begins with https://.")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise UsageError(f"{url} is not encrypted: your sign-in would be readable on its way. Use https.")
    return url.rstrip("/")
