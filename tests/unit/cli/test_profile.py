import json
from pathlib import Path

import pytest

from gloss_cli.errors import CliError, UsageError
from gloss_cli.profile import Installation, Profile, ProfileFile
from tests.unit.cli.conftest import API, COGNITO

PROFILE = Profile(Installation(API, "client", COGNITO), "ann@example.com", "refresh-secret", "id-secret", 5.0)


@pytest.fixture
def file(tmp_path: Path) -> ProfileFile:
    return ProfileFile(tmp_path / "gloss" / "profile.json")


def test_a_profile_comes_back_as_it_was_saved(file: ProfileFile) -> None:
    assert file.load() is None

    file.save(PROFILE)

    assert file.load() == PROFILE


def test_only_its_owner_can_read_the_profile_and_its_folder(file: ProfileFile) -> None:
    file.save(PROFILE)
    file.save(PROFILE)

    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.path.parent.stat().st_mode & 0o777 == 0o700
    assert list(file.path.parent.iterdir()) == [file.path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_profile_that_others_can_read_is_refused(file: ProfileFile, mode: int) -> None:
    file.save(PROFILE)
    file.path.chmod(mode)

    with pytest.raises(CliError, match="chmod 600"):
        file.load()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"installation": {}}'])
def test_a_profile_that_is_none_is_named_and_not_guessed_at(file: ProfileFile, text: str) -> None:
    file.save(PROFILE)
    file.path.write_text(text)

    with pytest.raises(CliError, match=r"profile\.json cannot be read"):
        file.load()


def test_a_profile_shows_no_tokens() -> None:
    assert "secret" not in repr(PROFILE)


def test_where_to_sign_in_follows_from_an_address_on_aws() -> None:
    assert Installation.at(f"{API}/", "client", None) == Installation(API, "client", COGNITO)


def test_a_domain_of_its_own_needs_to_be_told_where_to_sign_in() -> None:
    with pytest.raises(UsageError, match="--cognito-endpoint"):
        Installation.at("https://api.example.com", "client", None)
    assert Installation.at("https://api.example.com", "client", COGNITO).cognito_url == COGNITO


@pytest.mark.parametrize("url", ["http://api.example.com", "api.example.com", "ftp://localhost", "https://"])
def test_tokens_do_not_leave_this_machine_unencrypted(url: str) -> None:
    with pytest.raises(UsageError):
        Installation.at(url, "client", COGNITO)
    with pytest.raises(UsageError):
        Installation.at(API, "client", url)


def test_the_local_stack_says_itself_where_it_is(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps({"ApiUrl": "http://127.0.0.1:4711/x/api", "UserPoolClientId": "c"}))

    assert Installation.local(outputs) == Installation(
        "http://127.0.0.1:4711/x/api", "c", "http://127.0.0.1:4711"
    )


@pytest.mark.parametrize("text", [None, "no json", "{}", "[]"])
def test_where_there_is_no_local_stack_make_up_is_named(tmp_path: Path, text: str | None) -> None:
    outputs = tmp_path / "outputs.json"
    if text is not None:
        outputs.write_text(text)

    with pytest.raises(UsageError, match="make up"):
        Installation.local(outputs)
