"""login, logout, whoami."""

from pathlib import Path
from typing import Annotated, Final

import typer

from gloss_cli.asking import ask, secret
from gloss_cli.errors import CliError, UsageError
from gloss_cli.profile import Installation, Profile
from gloss_cli.state import State, state_of

_LOCAL: Final = Path(".local/outputs.json")


def add_to(app: typer.Typer) -> None:
    for command in (login, logout, whoami):
        app.command()(command)


def login(
    context: typer.Context,
    *,
    email: Annotated[str | None, typer.Option(help="Who signs in; asked for where it is not given.")] = None,
    user_pool_client: Annotated[
        str | None, typer.Option(help="Id of the user pool's client (output UserPoolClientId of the stack).")
    ] = None,
    cognito_endpoint: Annotated[
        str | None, typer.Option(help="Where users sign in; needed where the API has a domain of its own.")
    ] = None,
    local: Annotated[bool, typer.Option("--local", help="Sign in at the stack of `make up`.")] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from the standard input.")
    ] = False,
) -> None:
    """Sign in, and stay signed in for 30 days.

    The password is asked for. The profile, with the tokens, can be read by you alone. The address is that of
    --api-url, or of the last sign-in.
    """
    state = state_of(context)
    installation = _installation(state, user_pool_client, cognito_endpoint, local=local)
    email = email or ask("Email", "--email")
    password = secret("Password", "--password-stdin", from_stdin=password_stdin)
    tokens = state.world.cognito(installation).sign_in(email, password)
    if tokens.refresh_token is None:
        raise CliError(
            "This client of the user pool gives no refresh tokens: allow ALLOW_REFRESH_TOKEN_AUTH."
        )
    expires_at = state.world.now() + tokens.lifetime_s
    state.world.profile.save(Profile(installation, email, tokens.refresh_token, tokens.id_token, expires_at))
    state.output.note(f"Signed in as {email} at {installation.api_url}.")


def logout(context: typer.Context) -> None:
    """Sign out: the refresh token ends everywhere, the profile is removed."""
    state = state_of(context)
    profile = state.world.profile.load()
    if profile is None:
        state.output.note("Nobody is signed in.")
        return
    try:
        state.world.cognito(profile.installation).revoke(profile.refresh_token)
    finally:
        state.world.profile.remove()
    state.output.note(f"Signed out: {profile.email}.")


def whoami(context: typer.Context) -> None:
    """Show who is signed in, where, and with which plan."""
    state = state_of(context)
    session = state.session
    quota = session.api.get("/quota")
    who = {
        "email": session.email,
        "account": quota["account"],
        "plan": quota["plan"],
        "apiUrl": session.api_url,
    }
    if state.output.as_json:
        state.output.json(who)
    else:
        state.output.facts(who.items())


def _installation(
    state: State, client_id: str | None, cognito_url: str | None, *, local: bool
) -> Installation:
    if local:
        return Installation.local(_LOCAL)
    if state.api_url and client_id:
        return Installation.at(state.api_url, client_id, cognito_url)
    known = state.world.profile.load()
    if known and state.api_url in {None, known.installation.api_url} and client_id is None:
        return known.installation
    raise UsageError(
        "Say where to sign in: --local, or --api-url before `login` and --user-pool-client behind."
    )
