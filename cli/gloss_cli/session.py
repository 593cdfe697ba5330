"""From profile and environment to a client that stays signed in."""

import base64
import binascii
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import httpx

from gloss_cli.client import Api
from gloss_cli.cognito import Cognito
from gloss_cli.errors import CliError, SignInNeeded
from gloss_cli.profile import Installation, Profile, ProfileFile, protected

_EARLY_S: Final = 60.0
"""A token is renewed so long before its end: clocks differ."""


@dataclass(frozen=True, slots=True)
class World:
    """What lies around a command: its folder, the network, the clock."""

    folder: Path
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time

    @property
    def profile(self) -> ProfileFile:
        return ProfileFile(self.folder / "profile.json")

    def cognito(self, installation: Installation) -> Cognito:
        return Cognito(installation.cognito_url, installation.client_id, self.transport)


def default_folder() -> Path:
    """``gloss`` in the folder that the XDG specification has for configuration."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "gloss"


class StaysSignedIn(httpx.Auth):
    """A profile's token on every request, renewed before it ends or once it is refused."""

    def __init__(self, world: World, profile: Profile) -> None:
        self._world = world
        self._profile = profile
        self._lock = threading.Lock()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = self.token()
        request.headers["Authorization"] = token
        answer = yield request
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            request.headers["Authorization"] = self.token(other_than=token)
            yield request

    def token(self, *, other_than: str | None = None) -> str:
        """A good id token; with ``other_than`` a newer one than that.

        Raises:
            SignInNeeded: the sign-in has ended.
        """
        with self._lock:
            ends = self._profile.expires_at - _EARLY_S
            if self._profile.id_token == other_than or self._world.now() >= ends:
                self._renew()
            return self._profile.id_token

    def _renew(self) -> None:
        profile = self._profile
        tokens = self._world.cognito(profile.installation).refresh(profile.refresh_token)
        self._profile = replace(
            profile,
            id_token=tokens.id_token,
            refresh_token=tokens.refresh_token or profile.refresh_token,
            expires_at=self._world.now() + tokens.lifetime_s,
        )
        self._world.profile.save(self._profile)


class GivenToken(httpx.Auth):
    """A token that a script brought along; when it has ended, so has the script's right."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._token
        yield request


@dataclass(frozen=True, slots=True)
class Session:
    """A client, and ``account``: who that is at which installation, for what is kept on this machine."""

    api: Api
    account: str
    email: str
    api_url: str


def open_session(world: World, api_url: str | None) -> Session:
    """The session of GLOSS_TOKEN where it is set, else that of the profile.

    Raises:
        SignInNeeded: there is neither.
        CliError: the profile is another installation's than ``api_url``.
    """
    if token := os.environ.get("GLOSS_TOKEN"):
        if not api_url:
            raise SignInNeeded("GLOSS_TOKEN needs GLOSS_API_URL (or --api-url) beside it.")
        url = protected(api_url)
        return _session(world, url, GivenToken(token), token)
    profile = world.profile.load()
    if profile is None:
        raise SignInNeeded("You are not signed in: run `gloss login`.")
    url = profile.installation.api_url
    if api_url and protected(api_url) != url:
        raise CliError(
            f"You are signed in at {url}: run `gloss login --api-url {api_url}` for the other one."
        )
    auth = StaysSignedIn(world, profile)
    return _session(world, url, auth, profile.id_token)


def _session(world: World, url: str, auth: httpx.Auth, token: str) -> Session:
    claims = _claims(token)
    account = hashlib.sha256(f"{url}\n{claims.get('sub', token)}".encode()).hexdigest()
    api = Api(url, auth, transport=world.transport, sleep=world.sleep)
    return Session(api, account, str(claims.get("email", "")), url)


def _claims(token: str) -> dict[str, object]:
    """What a token says of its owner, unverified: the API is who verifies."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return {}
    return claims if isinstance(claims, dict) else {}
