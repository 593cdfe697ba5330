"""What every command is handed: where it runs, how it speaks, who is signed in."""

from dataclasses import dataclass, field
from typing import cast
from urllib.parse import quote

import typer

from gloss_cli.client import Api
from gloss_cli.output import Output
from gloss_cli.session import Session, World, open_session


@dataclass(slots=True)
class State:
    """``session`` is opened by the first command that needs it."""

    world: World
    output: Output = field(default_factory=Output)
    api_url: str | None = None
    _session: Session | None = None

    @property
    def session(self) -> Session:
        if self._session is None:
            self._session = open_session(self.world, self.api_url)
        return self._session

    @property
    def api(self) -> Api:
        return self.session.api

    def close(self) -> None:
        if self._session:
            self._session.api.close()


def state_of(context: typer.Context) -> State:
    return cast("State", context.find_root().obj)


def part(name: str) -> str:
    """A name as one part of a path, whatever it holds."""
    return quote(name, safe="")
